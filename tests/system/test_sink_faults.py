"""The sink is killed, ClickHouse is killed, Postgres restarts: every event is stored once all the same."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.integration.events.conftest import OutboxBench, bench  # noqa: F401
from tests.process_family import kill_with_family
from tests.waiting import wait_until

from upbeat.embedded import stack as embedded_stack
from upbeat.errors import StoreUnavailableError
from upbeat.events.drain import drain
from upbeat.events.status import outbox_status

if TYPE_CHECKING:
    from upbeat.settings import Settings

EVENTS = 550
BATCHES = 6


SESSIONS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'upbeat sink' AND datname = current_database()"
)
POINTS = ["sink_after_claim", "sink_after_insert", "sink_before_delete", "sink_before_commit"]


@pytest.mark.parametrize("point", POINTS)
def test_a_sink_killed_between_any_two_steps_loses_nothing_and_stores_nothing_twice(
    bench: OutboxBench,  # noqa: F811
    point: str,
) -> None:
    batch = 2
    bench.fill(EVENTS)
    process = with_loops(bench, 1).sink_process(failpoint=f"{point}:{batch}")
    assert process.wait(timeout=240) == -signal.SIGKILL
    left, batches = bench.left()
    assert (left, batches) == (EVENTS - 100 * (batch - 1), 1), "what the killed sink held is still there"
    assert_the_rest_is_stored_once(bench, left)


@pytest.mark.parametrize("point", POINTS)
def test_a_sink_killed_with_two_batches_under_way_loses_nothing_and_stores_nothing_twice(
    bench: OutboxBench,  # noqa: F811
    point: str,
) -> None:
    bench.fill(EVENTS)
    process = with_loops(bench, 2).sink_process(failpoint=f"{point}:3")
    assert process.wait(timeout=240) == -signal.SIGKILL
    # What the other loop asked for last, Postgres may still do.
    wait_until(lambda: bench.rows(SESSIONS) == [])
    left, batches = bench.left()
    assert left >= EVENTS - 300
    assert 1 <= batches <= 2
    assert_the_rest_is_stored_once(bench, left)


def assert_the_rest_is_stored_once(bench: OutboxBench, left: int) -> None:  # noqa: F811
    bench.end_leases()
    summary = drain(with_loops(bench, 2).settings, time_budget=240, until_empty=True)
    assert summary.events == left
    assert bench.left() == (0, 0)
    physical, final, profiles = bench.stored()
    assert (final, profiles) == (EVENTS, EVENTS)
    assert physical == final, "within ClickHouse's window the token drops the repeated insert as well"


def test_after_the_window_of_tokens_a_repeated_insert_is_hidden_by_final(bench: OutboxBench) -> None:  # noqa: F811
    client = bench.client()
    client.command("ALTER TABLE profile_log MODIFY SETTING non_replicated_deduplication_window = 0")
    client.command("SYSTEM STOP MERGES profile_log")
    bench.fill(EVENTS)
    process = with_loops(bench, 1).sink_process(failpoint="sink_after_insert")
    assert process.wait(timeout=240) == -signal.SIGKILL
    bench.end_leases()
    drain(with_loops(bench, 2).settings, time_budget=240, until_empty=True)
    physical, final, profiles = bench.stored()
    assert (physical, final, profiles) == (EVENTS + 100, EVENTS, EVENTS)


def test_clickhouse_killed_between_batches_is_waited_for_and_nothing_is_lost(
    bench: OutboxBench,  # noqa: F811
    stack: Settings,
) -> None:
    bench.fill(EVENTS)
    bench = with_loops(bench, 2)
    settings = bench.settings
    first_batch = threading.Event()

    def pause_after_first(_: object) -> None:
        if not first_batch.is_set():
            first_batch.set()
            killed.wait(240)

    killed = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(
            drain, settings, time_budget=300, until_empty=True, on_progress=pause_after_first
        )
        assert first_batch.wait(240)
        kill_part(stack, "clickhouse")
        killed.set()

        def is_missed() -> bool:
            batches = outbox_status(settings)["batches"]
            return any("ClickHouse does not" in (batch["last_error"] or "") for batch in batches)

        wait_until(lambda: service.done() or is_missed())
        assert not service.done()
        events, batches = bench.left()
        assert EVENTS - 200 <= events < EVENTS
        assert 1 <= batches <= 2, "the loops try their batches again and take no others"
        embedded_stack.start(stack, ["clickhouse"])
        summary = service.result(timeout=240)
    assert summary.events == EVENTS
    assert bench.left() == (0, 0)
    assert bench.stored()[1:] == (EVENTS, EVENTS)


def test_with_clickhouse_away_for_the_whole_budget_the_sink_ends_with_one_clear_line(
    bench: OutboxBench,  # noqa: F811
) -> None:
    bench.fill(150)
    away = bench.settings.model_copy(update={"clickhouse_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnavailableError) as caught:
        drain(away, time_budget=2, until_empty=True)
    line = str(caught.value)
    assert "ClickHouse does not answer at http://127.0.0.1:9" in line
    assert "the rest stays in the outbox" in line
    assert "\n" not in line
    assert drain(bench.settings, time_budget=240, until_empty=True).events == 150


def test_postgres_cutting_the_connection_between_insert_and_delete_is_survived(bench: OutboxBench) -> None:  # noqa: F811
    bench.fill(EVENTS)
    cuts = 0
    # One loop: a cut falls between its insert and its delete, not into another loop's claim.
    bench = with_loops(bench, 1)

    def cut_the_sink_off(_: object) -> None:
        nonlocal cuts
        cuts += len(
            bench.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'upbeat sink' AND datname = current_database()"
            )
        )

    summary = drain(bench.settings, time_budget=240, until_empty=True, on_progress=cut_the_sink_off)
    assert cuts == BATCHES
    assert summary.events == EVENTS
    assert bench.stored() == (EVENTS, EVENTS, EVENTS)


def with_loops(bench: OutboxBench, loops: int) -> OutboxBench:  # noqa: F811
    """A sink of so many loops, whose lease no test waits for: an insert has half of it, and one that a busy machine makes late would
    be sent again."""
    return OutboxBench(bench.settings.model_copy(update={"sink_threads": loops, "sink_lease_seconds": 60.0}))


def kill_part(stack: Settings, name: str) -> None:
    status = embedded_stack.status(stack, [name])[0]
    assert status.pid is not None
    kill_with_family(status.pid)
    wait_until(lambda: embedded_stack.status(stack, [name])[0].state == "died")
