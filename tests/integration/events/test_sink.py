"""The sink on real engines: everything is stored once, bad rows alone are parked, small batches wait."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.waiting import wait_until

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.drain import DrainSummary, Sink, drain, run_sink
from upbeat.events.encode import encode
from upbeat.events.observer import NoObserver
from upbeat.events.outbox import Outbox
from upbeat.events.outbox_errors import retry_errors
from upbeat.events.raw_insert import RawTables
from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.events.status import outbox_status
from upbeat.events.store_batch import RETRIES, RETRY_PAUSE_SECONDS, Stored, store_batch

if TYPE_CHECKING:
    from tests.integration.events.conftest import OutboxBench


def drain_all(bench: OutboxBench, budget: float = 240) -> DrainSummary:
    return drain(bench.settings, time_budget=budget, until_empty=True)


def test_every_event_of_every_kind_is_stored_with_its_values(bench: OutboxBench) -> None:
    bench.fill(250, metrics={"followers": 2**40, "following": None})
    bench.fill(
        30,
        kind="instagram_account",
        full_name="Zoë 🦓\t\\n",
        is_verified=True,
        is_private=False,
        followers_count=2**40,
    )
    bench.fill(
        20, kind="instagram_post", post_id="p", published_at="2026-01-02T03:04:05+05:30", likes_count=9
    )
    bench.fill(1, kind="post_log", post_id="p", metrics={"likes": 3})
    seen: list[int] = []
    summary = drain(
        bench.settings,
        time_budget=240,
        until_empty=True,
        on_progress=lambda so_far: seen.append(so_far.events),
    )
    assert (summary.events, summary.batches, summary.parked) == (301, 6, 0)
    assert summary.by_kind == {
        "profile_log": 250,
        "instagram_account": 30,
        "instagram_post": 20,
        "post_log": 1,
    }
    assert seen[-1] == 301
    assert bench.left() == (0, 0)
    client = bench.client()
    row = client.query(
        "SELECT full_name, is_verified, is_private, is_business, followers_count, toString(observed_at) "
        "FROM instagram_account FINAL WHERE profile_id = '7'"
    ).result_rows[0]
    assert row == ("Zoë 🦓\t\\n", True, False, None, 2**40, "2026-11-22 10:00:00.123456")
    log = client.query("SELECT followers, following, count() FROM profile_log FINAL GROUP BY ALL").result_rows
    assert log == [(2**40, None, 250)]
    published = client.query("SELECT toString(any(published_at)) FROM instagram_post FINAL").result_rows
    assert published == [("2026-01-01 21:34:05.000000",)]


def test_a_later_observation_wins_in_whatever_order_events_arrive(bench: OutboxBench) -> None:
    bench.fill(1, kind="instagram_account", observed="2026-11-22T12:00:00Z", followers_count=2)
    bench.fill(1, kind="instagram_account", observed="2026-11-22T11:00:00Z", followers_count=1)
    drain_all(bench)
    bench.fill(1, kind="instagram_account", observed="2026-11-22T12:00:00Z", followers_count=3)
    drain_all(bench)
    shown = bench.client().query("SELECT followers_count FROM instagram_account FINAL").result_rows
    assert shown == [(3,)], "a replay of the same observation corrects it; an older one never does"


def test_a_value_that_no_column_takes_is_parked_alone_and_can_be_sent_back(bench: OutboxBench) -> None:
    bench.fill(150)
    bench.fill(1, first=151, timestamp="not a time")
    bench.fill(49, first=152)
    summary = drain_all(bench)
    assert (summary.events, summary.parked) == (199, 1)
    assert bench.stored() == (199, 199, 199)
    status = outbox_status(bench.settings)
    assert [(row["kind"], row["errors"]) for row in status["kinds"] if row["errors"]] == [("profile_log", 1)]
    assert status["newest_errors"][0]["reason"] == "timestamp: 'not a time' is no ISO 8601 time"

    with_cause_mended = 'UPDATE beat.outbox_error SET payload = payload || \'{"timestamp": "2026-11-22T10:00:00Z"}\' RETURNING id'
    event = bench.rows(with_cause_mended)[0]["id"]
    assert retry_errors(bench.settings, "another_kind") == 0
    assert retry_errors(bench.settings, "profile_log") == 1
    assert bench.rows("SELECT id FROM beat.outbox")[0]["id"] == event, (
        "an event keeps its id, and its version"
    )
    assert drain_all(bench).events == 1
    assert bench.stored() == (200, 200, 200)


def test_what_clickhouse_itself_refuses_is_bisected_down_to_the_row(bench: OutboxBench) -> None:
    client = bench.client()
    client.command("ALTER TABLE profile_log MODIFY COLUMN handle FixedString(8)")
    bench.fill(36)
    bench.fill(1, first=37, handle="too long for it")
    bench.fill(50, first=38)
    bench.fill(1, first=88, handle="longer still")
    bench.fill(12, first=89)
    summary = drain_all(bench)
    assert (summary.events, summary.parked) == (98, 2)
    assert bench.stored() == (98, 98, 98)
    assert bench.left() == (0, 0)
    reasons = bench.rows("SELECT payload ->> 'profile_id' AS id, reason FROM beat.outbox_error ORDER BY 1")
    assert [row["id"] for row in reasons] == ["37", "88"]
    assert all("String too long" in row["reason"] for row in reasons)


def test_a_refused_row_of_a_consumer_that_retries_is_tried_twice_more_before_it_is_parked(
    bench: OutboxBench,
) -> None:
    consumer = load_consumers()["profile_log"].model_copy(update={"retry_on_error": True})
    client = bench.client()
    client.command("ALTER TABLE profile_log MODIFY COLUMN handle FixedString(8)")
    bench.fill(20)
    bench.fill(2, first=21, handle="too long for it")
    pauses: list[float] = []
    stored = store_one_batch(bench, consumer, pauses.append)
    assert (stored.events, stored.parked) == (20, 2)
    assert pauses == [RETRY_PAUSE_SECONDS] * RETRIES, "the pauses are the batch's, not each row's"

    def mend(seconds: float) -> None:
        pauses.append(seconds)
        client.command("ALTER TABLE profile_log MODIFY COLUMN handle String")

    assert retry_errors(bench.settings, "profile_log") == 2
    pauses.clear()
    stored = store_one_batch(bench, consumer, mend)
    assert (stored.events, stored.parked, len(pauses)) == (2, 0, 1)
    assert bench.stored() == (22, 22, 22)
    assert bench.left() == (0, 0)


def store_one_batch(bench: OutboxBench, consumer: Consumer, pause: Callable[[float], object]) -> Stored:
    source, destination = Outbox(bench.settings), RawTables(bench.settings)
    try:
        batch = source.claim(["profile_log"], whole_batches_only=False)
        assert batch is not None
        return store_batch(batch, consumer, source, destination, pause=pause)
    finally:
        source.close()
        destination.close()


def test_a_table_that_may_not_be_written_stops_its_kind_and_neither_the_others_nor_the_sink(
    bench: OutboxBench,
) -> None:
    client = bench.client()
    client.command("ALTER TABLE profile_log RENAME COLUMN handle TO name")
    bench.fill(10)
    bench.fill(10, kind="instagram_account")
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(run_sink, bench.settings, stop)
        try:
            wait_until(lambda: bench.left() == (10, 1))
            assert bench.stored("instagram_account") == (10, 10, 10)
            assert not service.done()
        finally:
            stop.set()
        assert service.result(timeout=240).events == 10
    client.command("ALTER TABLE profile_log RENAME COLUMN name TO handle")
    bench.end_leases()
    assert drain_all(bench).events == 10
    assert bench.rows("SELECT id FROM beat.outbox_error") == []


def test_a_large_batch_is_one_insert_and_one_part_and_its_repeat_is_dropped(bench: OutboxBench) -> None:
    rows, size = 6000, 2000
    settings = bench.settings.model_copy(update={"sink_largest_batch_rows": rows, "sink_lease_seconds": 60.0})
    bench.client().command("SYSTEM STOP MERGES profile_log")
    bench.fill(rows, dimensions={"biography": "x" * size})
    source, destination = Outbox(settings), RawTables(settings)
    batch = source.claim(["profile_log"], whole_batches_only=False)
    assert batch is not None
    encoded = encode(load_consumers()["profile_log"], batch.events)
    for _ in range(2):
        destination.insert("profile_log", "profile_log", encoded, comment="test")
    assert parts_of(bench, "profile_log") == 1
    for part in (encoded.part(0, rows // 2), encoded.part(rows // 2, rows)):
        destination.insert("profile_log", "profile_log", part, comment="test")
    assert parts_of(bench, "profile_log") == 3, "a part of the batch is another insert, by its own token"
    assert bench.stored() == (2 * rows, rows, rows)
    source.close()
    destination.close()


def parts_of(bench: OutboxBench, table: str) -> int:
    client = bench.client()
    try:
        statement = "SELECT count() FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}"
        return int(client.query(statement, {"table": table}).result_rows[0][0])
    finally:
        client.close()


def test_a_batch_takes_all_that_waits_up_to_the_largest_size(bench: OutboxBench) -> None:
    settings = bench.settings.model_copy(update={"sink_largest_batch_rows": 400, "sink_flush_seconds": 600.0})
    bench.fill(450)
    outbox = Outbox(settings)
    assert claims(outbox, 2) == [400]
    bench.rows("UPDATE beat.outbox SET created_at = now() - interval '601 s' RETURNING 1")
    assert claims(outbox, 1) == [50]
    outbox.close()


def test_a_batch_ends_by_the_bytes_of_its_events(bench: OutboxBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upbeat.events.outbox.LARGEST_BATCH_BYTES", 1000)
    bench.fill(9)
    source = Outbox(bench.settings)
    batches = [source.claim(["profile_log"], whole_batches_only=False) for _ in range(2)]
    source.close()
    assert all(batch is not None and 0 < len(batch.events) < 9 for batch in batches)


def test_a_kind_rests_between_batches_that_are_not_of_the_largest_size(bench: OutboxBench) -> None:
    settings = bench.settings.model_copy(
        update={
            "sink_largest_batch_rows": 400,
            "sink_least_interval_seconds": 60.0,
            "sink_flush_seconds": 600.0,
        }
    )
    outbox = Outbox(settings)
    bench.fill(150)
    assert claims(outbox, 2) == [150]
    bench.fill(399)
    assert claims(outbox, 1) == []
    bench.fill(1)
    assert claims(outbox, 2) == [400]
    outbox.close()


def claims(outbox: Outbox, tries: int) -> list[int]:
    """How many events the batches of so many claims held; each is settled before the next claim."""
    sizes = []
    for _ in range(tries):
        batch = outbox.claim(["profile_log"], whole_batches_only=True)
        if batch is not None:
            sizes.append(outbox.settle(batch, [event.id for event in batch.events]))
    return sizes


def test_the_observer_is_told_of_each_batch_once_and_of_lags_from_the_event_to_its_insert(
    bench: OutboxBench,
) -> None:
    bench.fill(150)
    bench.fill(1, first=151, timestamp="not a time")
    bench.rows("UPDATE beat.outbox SET created_at = now() - interval '1 hour' RETURNING 1")
    told: list[tuple[str, int, int, int]] = []
    lags: list[float] = []

    class Told(NoObserver):
        def stored(self, kind: str, events: int, inserts: int, parked: int, these: Sequence[float]) -> None:
            told.append((kind, events, inserts, parked))
            lags.extend(these)

        def store_available(self, available: bool) -> None:
            raise AssertionError("no store was away")

    drain(bench.settings, time_budget=240, until_empty=True, observer=Told())
    assert sorted(told) == [("profile_log", 50, 1, 1), ("profile_log", 100, 1, 0)]
    assert len(lags) == 150
    assert all(3600 <= lag < 3700 for lag in lags)


def test_a_fault_of_one_loop_ends_the_others_and_is_raised(bench: OutboxBench) -> None:
    class Broken(Outbox):
        def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
            raise ZeroDivisionError

    sources = [Outbox(bench.settings), Broken(bench.settings)]
    destinations = [RawTables(bench.settings) for _ in sources]
    sink = Sink(load_consumers(), sources, destinations, stop=threading.Event(), poll_seconds=0.05)
    with pytest.raises(ZeroDivisionError):
        sink.run(time_budget=None, until_empty=False)
    for one in (*sources, *destinations):
        one.close()


def test_a_kind_whose_table_is_missing_waits_and_holds_up_no_other(bench: OutboxBench) -> None:
    bench.client().command("DROP TABLE profile_log SYNC")
    bench.fill(10)
    bench.fill(10, kind="instagram_account")
    told = bench.left_over(lambda seconds: drain_all(bench, budget=seconds), "refuses")
    assert re.search(r"refuses .*profile_log.*rest stays in the outbox", told)
    assert bench.stored("instagram_account") == (10, 10, 10)
    assert bench.left() == (10, 1)
    ensure_raw_tables(bench.settings)
    assert drain_all(bench).events == 10
    assert bench.stored() == (10, 10, 10)


def test_events_without_a_consumer_stay_and_do_not_keep_the_sink_busy(bench: OutboxBench) -> None:
    bench.fill(3, kind="unheard_of")
    assert drain_all(bench).events == 0
    unconsumed = [row for row in outbox_status(bench.settings)["kinds"] if row["table"] is None]
    assert [(row["kind"], row["new"]) for row in unconsumed] == [("unheard_of", 3)]


def test_other_events_under_ids_that_clickhouse_has_seen_are_stored(bench: OutboxBench) -> None:
    bench.fill(100)
    drain_all(bench)
    bench.rows(
        "SELECT setval(pg_get_serial_sequence('beat.outbox', 'id'), 1, false)"
    )  # as a restored backup does
    bench.fill(100, first=101)
    assert bench.rows("SELECT min(id) AS least FROM beat.outbox") == [{"least": 1}]
    drain_all(bench)
    assert bench.stored() == (200, 200, 200)


def test_a_busy_kind_does_not_hold_up_a_quiet_one(bench: OutboxBench) -> None:
    bench.fill(5, kind="instagram_account")
    bench.fill(300)
    kinds = ["profile_log", "instagram_account"]
    claims = [Outbox(bench.settings).claim(kinds, whole_batches_only=False) for _ in range(2)]
    assert [claim.kind for claim in claims if claim] == ["instagram_account", "profile_log"]


def test_the_service_sends_full_batches_at_once_and_small_ones_when_they_are_old(bench: OutboxBench) -> None:
    settings = bench.settings.model_copy(update={"sink_flush_seconds": 600.0})
    bench.fill(130)
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(run_sink, settings, stop)
        try:
            wait_until(lambda: bench.left() == (30, 0))
            assert bench.stored()[1] == 100
            bench.rows("UPDATE beat.outbox SET created_at = now() - interval '601 s' RETURNING 1")
            wait_until(lambda: bench.left() == (0, 0))
            assert bench.stored()[1] == 130
        finally:
            stop.set()
        assert service.result(timeout=240).events == 130


def test_a_store_that_was_away_and_came_back_is_no_failure_of_the_run(bench: OutboxBench) -> None:
    """Postgres is cut off once at the beginning; then there is nothing to do until the budget ends."""

    class CutOffOnce(Outbox):
        cuts = 0

        def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
            if not self.cuts:
                self.cuts = 1
                raise StoreUnavailableError("Postgres does not answer: cut off")
            return super().claim(kinds, whole_batches_only=whole_batches_only)

    source = CutOffOnce(bench.settings)
    destination = RawTables(bench.settings)
    sink = Sink(load_consumers(), [source], [destination], stop=threading.Event(), poll_seconds=0.1)
    try:
        assert sink.run(time_budget=6.0, until_empty=False).events == 0
    finally:
        source.close()
        destination.close()


def test_many_sinks_at_once_store_every_event_once(bench: OutboxBench) -> None:
    bench.fill(2000)
    with ThreadPoolExecutor(4) as pool:
        summaries = list(pool.map(lambda _: drain_all(bench), range(4)))
    assert sum(summary.events for summary in summaries) == 2000
    assert bench.stored() == (2000, 2000, 2000)


def test_events_committed_late_with_lower_ids_are_not_passed_over(bench: OutboxBench) -> None:
    from upbeat.stores import postgres

    late = postgres.connect(bench.settings)
    late.execute(
        "INSERT INTO beat.outbox (kind, key, payload, observed_at) SELECT 'profile_log', 'late', payload || '{\"profile_id\": \"late\"}', now() "
        'FROM (VALUES (\'{"platform": "INSTAGRAM", "handle": "x", "dimensions": {}, "metrics": {}, "source": "s", '
        '"timestamp": "2026-11-22T10:00:00Z"}\'::jsonb)) AS t (payload)'
    )
    bench.fill(5)
    assert drain_all(bench).events == 5
    late.commit()
    late.close()
    assert drain_all(bench).events == 1
    assert bench.stored() == (6, 6, 6)


def test_a_batch_goes_back_to_another_sink_with_the_same_members_once_its_lease_ends(
    bench: OutboxBench,
) -> None:
    settings = bench.settings.model_copy(update={"sink_lease_seconds": 600.0})
    bench.fill(100)
    first = Outbox(settings).claim(["profile_log"], whole_batches_only=False)
    bench.fill(100, first=101)
    other = Outbox(settings)
    second = other.claim(["profile_log"], whole_batches_only=False)
    assert first is not None
    assert second is not None
    assert not {event.id for event in first.events} & {event.id for event in second.events}
    assert Outbox(settings).claim(["profile_log"], whole_batches_only=False) is None
    bench.end_leases()
    again = Outbox(settings).claim(["profile_log"], whole_batches_only=False)
    assert again == first
