"""Workers that are killed and a Postgres that is restarted, over and over: no task is lost and none is finished twice.

The long versions (50 kills, 100,000 tasks) take minutes: they have the marker `chaos` and run with `make chaos`.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from tests.child_process import ChildProcess
from tests.queue_chaos import EFFECTS, FLOW, worker_process

from upbeat.embedded import stack as embedded_stack
from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.settings import Settings

POINTS = ("after_claim:2", "after_handler:150", "before_commit:3", "after_commit:3")


@dataclass
class ChaosRun:
    """The queue of a test's own database, and the rows that its workers left."""

    settings: Settings
    workers: list[ChildProcess] = field(default_factory=list)

    def worker(self, **options: Any) -> ChildProcess:
        self.workers.append(worker_process(self.settings, **options))
        return self.workers[-1]

    def one(self, statement: str) -> Any:
        with psycopg.connect(self.settings.postgres_dsn(), autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0] if len(row) == 1 else row

    def enqueue(self, count: int, key: str) -> None:
        tasks = (
            NewTask(idempotency_key=f"{key}:{number}", platform=Platform.SHOPIFY, flow=FLOW)
            for number in range(count)
        )
        with psycopg.connect(self.settings.postgres_dsn(), autocommit=True) as connection:
            assert enqueue_many(connection, tasks) == count

    def in_state(self, status: str) -> int:
        return int(self.one(f"SELECT count(*) FROM beat.scrape_request_log WHERE status = '{status}'"))

    def wait_until(self, condition: Callable[[], bool], seconds: float = 240) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "this never came"
            time.sleep(0.02)

    def assert_each_task_is_done_once(self, count: int) -> None:
        assert self.in_state("COMPLETE") == count
        assert self.one("SELECT count(*), count(DISTINCT task_id) FROM public.effect") == (count, count)
        assert self.one("SELECT count(*) FROM beat.task_ready") == 0


@pytest.fixture
def chaos(settings: Settings) -> Iterator[ChaosRun]:
    short = settings.model_copy(
        update={
            "task_lease_seconds": 2.0,
            "stuck_after_seconds": 0.5,
            "drain_seconds": 5.0,
            "group_commit_milliseconds": 5.0,
        }
    )
    with psycopg.connect(short.postgres_dsn(), autocommit=True) as connection:
        connection.execute(EFFECTS)
    run = ChaosRun(short)
    yield run
    for process in run.workers:
        process.kill()  # those of a test that failed; the others have ended
        process.communicate()


def kill_workers(chaos: ChaosRun, kills: int, tasks: int) -> None:
    """One worker after another dies at a point between two steps, each with tasks in hand; the last one ends the work."""
    for number, point in zip(range(kills), itertools.cycle(POINTS), strict=False):
        chaos.enqueue(tasks, f"kill-{number}")
        process = chaos.worker(failpoint=point, until_idle=False)
        assert process.wait(timeout=240) == -signal.SIGKILL, (point, process.communicate())
        held = chaos.in_state("PROCESSING")
        done = chaos.in_state("COMPLETE")
        if point.startswith("after_commit"):
            assert done > 0, point
        else:
            assert held > 0, f"{point}: it died with nothing in flight"
    process = chaos.worker()
    assert process.wait(timeout=240) == 0, process.communicate()
    chaos.assert_each_task_is_done_once(kills * tasks)
    assert chaos.one("SELECT max(retry_count) FROM beat.scrape_request_log") >= 1


def test_four_killed_workers_lose_nothing_and_finish_nothing_twice(chaos: ChaosRun) -> None:
    kill_workers(chaos, 4, 500)


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_fifty_killed_workers_lose_nothing_and_finish_nothing_twice(chaos: ChaosRun) -> None:
    kill_workers(chaos, 50, 500)


def restart_postgres(chaos: ChaosRun, stack: Settings, restarts: int, tasks: int) -> None:
    """Two workers go on through restarts: half of these stop Postgres at once, half kill it."""
    chaos.settings = chaos.settings.model_copy(
        update={"task_lease_seconds": 20.0, "stuck_after_seconds": 5.0}
    )
    chaos.enqueue(tasks, "restart")
    # So slow that what is left at the last restart takes seconds.
    workers = [chaos.worker(pause=0.75, concurrency=500) for _ in range(2)]
    for number in range(restarts):
        before = tasks * (number + 1) // (restarts + 2)
        chaos.wait_until(lambda before=before: chaos.in_state("COMPLETE") >= before)
        assert chaos.in_state("PROCESSING") > 0, "work is in flight"
        if number % 2:
            (postgres,) = embedded_stack.status(stack, ["postgres"])
            assert postgres.pid
            os.kill(postgres.pid, signal.SIGKILL)
        else:
            embedded_stack.stop(stack, ["postgres"])
        embedded_stack.start(stack, ["postgres"])
        assert chaos.in_state("COMPLETE") < tasks, "the restart came in the middle"
    for worker in workers:
        _, told = worker.communicate(timeout=240)
        assert worker.returncode == 0, told
    chaos.assert_each_task_is_done_once(tasks)


def test_a_restarted_postgres_loses_nothing(chaos: ChaosRun, stack: Settings) -> None:
    restart_postgres(chaos, stack, restarts=2, tasks=20_000)


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_five_restarts_over_a_hundred_thousand_tasks_lose_nothing(chaos: ChaosRun, stack: Settings) -> None:
    restart_postgres(chaos, stack, restarts=5, tasks=100_000)


def test_a_worker_that_is_told_to_stop_with_a_thousand_tasks_in_flight_loses_none(chaos: ChaosRun) -> None:
    chaos.enqueue(3_000, "drain")
    chaos.settings = chaos.settings.model_copy(
        update={"drain_seconds": 1.0, "task_lease_seconds": 20.0, "stuck_after_seconds": 5.0}
    )
    process = chaos.worker(pause=30.0, concurrency=1_000, until_idle=False)
    chaos.wait_until(lambda: chaos.in_state("PROCESSING") == 1_000)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=240) == 0, process.communicate()
    assert (chaos.in_state("PENDING"), chaos.in_state("PROCESSING")) == (3_000, 0)
    assert chaos.one("SELECT max(retry_count) FROM beat.scrape_request_log") == 0
    assert chaos.one("SELECT count(*) FROM beat.task_lease") == 0
    assert chaos.worker().wait(timeout=240) == 0
    chaos.assert_each_task_is_done_once(3_000)
