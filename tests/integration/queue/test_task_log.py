"""Every way in which a task ends writes one event of it, with the end, and no other change of a task writes any."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from upbeat.events.consumers import load_consumers
from upbeat.events.drain import drain
from upbeat.queue.handlers import Handlers, consume
from upbeat.queue.store import CRASH_LIMIT, TaskQueue, finish
from upbeat.queue.tasks import NewTask, Task, TaskEnd, TaskStatus
from upbeat.queue.upkeep import keep_up
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.postgres import async_pool

IG = Platform.INSTAGRAM
FLOW = "profile_by_handle"
Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


class Bench:
    """A queue, and the events that it writes."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.queue = TaskQueue(pool)

    async def held(self, count: int, *, lease: float = 60.0, **fields: Any) -> list[Task]:
        """New tasks, claimed."""
        await self.add(count, **fields)
        return await self.queue.claim(IG, [FLOW], "w", count, lease)

    async def add(self, count: int, **fields: Any) -> None:
        """New tasks."""
        tasks = [
            NewTask(idempotency_key=str(uuid.uuid4()), platform=IG, flow=FLOW, **fields) for _ in range(count)
        ]
        assert await self.queue.enqueue(tasks) == count

    async def finish(self, *ends: TaskEnd, task_log: bool = True) -> set[int]:
        """In a transaction of its own."""
        async with self.pool.connection() as connection:
            return await finish(connection, ends, task_log=task_log)

    async def told(self) -> list[dict[str, Any]]:
        """The payloads, in the order of their tasks; all events are of this kind."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT kind, key, payload, observed_at FROM beat.outbox ORDER BY key::bigint"
            )
            rows = await cursor.fetchall()
        assert {row[0] for row in rows} <= {"task_log"}
        columns = dict.fromkeys(column.name for column in load_consumers()["task_log"].columns)
        for _, key, payload, observed in rows:
            assert payload.keys() <= columns.keys()
            assert key == str(payload["task_id"])
            assert datetime.fromisoformat(payload["scraped_at"]) == observed
        return [columns | row[2] for row in rows]


@pytest.fixture
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with async_pool(settings, max_size=4) as pool:
        yield Bench(pool)


async def test_an_end_is_told_with_what_led_to_it(bench: Bench) -> None:
    done, failed, late = await bench.held(3, priority=3, account_id="campaign 7")
    attempts = [{"source": "graphapi", "outcome": "away"}, {"source": "lama", "outcome": "answered"}]
    told = {"source": "lama", "attempts": attempts, "records": {"profile": 1, "post": 12}, "problems": []}
    error = {"class": "AllSourcesFailedError", "message": "none", "sources": {"graphapi": "429"}}
    await bench.finish(
        TaskEnd(done, TaskStatus.COMPLETE, told),
        TaskEnd(failed, TaskStatus.FAILED, {"error": error}, attempts=1),
        TaskEnd(late, TaskStatus.TIMEOUT, {"error": {"class": "TimeoutError", "message": "no end"}}),
    )
    one, two, three = await bench.told()
    for payload, task in ((one, done), (two, failed), (three, late)):
        assert (payload["task_id"], payload["platform"], payload["flow"]) == (task.id, "INSTAGRAM", FLOW)
        assert (payload["priority"], payload["account_id"]) == (3, "campaign 7")
        times = [datetime.fromisoformat(payload[name]) for name in ("created_at", "picked_at", "scraped_at")]
        assert times == sorted(times)
    assert (one["status"], one["source"], one["attempts"], one["records"]) == (
        "COMPLETE", "lama", attempts, {"profile": 1, "post": 12},
    )  # fmt: skip
    assert (one["error_class"], one["error_reason"], one["failures"]) == (None, None, None)
    assert (two["status"], two["retry_count"], two["error_class"], two["failures"]) == (
        "FAILED", 1, "AllSourcesFailedError", {"graphapi": "429"},
    )  # fmt: skip
    assert (three["status"], three["error_class"], three["error_reason"]) == (
        "TIMEOUT", "TimeoutError", "no end",
    )  # fmt: skip


async def test_a_task_that_waits_goes_back_or_is_rescued_is_not_told_of(bench: Bench) -> None:
    waits, back, lost = await bench.held(3, lease=0.001)
    await bench.finish(
        TaskEnd(waits, TaskStatus.WAITING, {"error": {"class": "X", "message": "y"}}, delay=60)
    )
    await bench.queue.give_back([back])
    await asyncio.sleep(0.02)
    assert await bench.queue.reap(0.001) == 1
    assert await bench.told() == []
    assert await bench.finish(TaskEnd(lost, TaskStatus.COMPLETE)) == set()
    assert await bench.told() == [], "a late result is nobody's end"


async def test_an_earlier_error_is_not_told_of_a_task_that_is_complete(bench: Bench) -> None:
    (task,) = await bench.held(1)
    error = {"error": {"class": "BackOffError", "message": "429", "sources": {"lama": "429"}}}
    await bench.finish(TaskEnd(task, TaskStatus.WAITING, error, delay=0.0, attempts=1))
    assert await bench.queue.promote_due([(IG, FLOW)]) == 1
    (again,) = await bench.queue.claim(IG, [FLOW], "w", 1, 60)
    await bench.finish(TaskEnd(again, TaskStatus.COMPLETE))
    (payload,) = await bench.told()
    assert (payload["retry_count"], payload["error_class"], payload["failures"]) == (1, None, None)


async def test_a_task_that_expires_is_told_of_once(bench: Bench, settings: Settings) -> None:
    await bench.add(2, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await bench.add(1)
    assert (await keep_up(settings, [(IG, FLOW)])).expired == 2
    assert (await keep_up(settings, [(IG, FLOW)])).expired == 0
    told = await bench.told()
    assert [(one["status"], one["error_class"], one["picked_at"]) for one in told] == [
        ("FAILED", "Expired", None)
    ] * 2


async def test_a_task_that_is_given_up_is_told_of_when_it_is(bench: Bench) -> None:
    await bench.add(1)
    for _ in range(CRASH_LIMIT):
        assert await bench.told() == []
        assert await bench.queue.claim(IG, [FLOW], "w", 1, 0.001)
        await asyncio.sleep(0.02)
        assert await bench.queue.reap(0.001) == 1
    (payload,) = await bench.told()
    assert (payload["status"], payload["error_class"], payload["retry_count"]) == (
        "FAILED", "WorkerLost", CRASH_LIMIT,
    )  # fmt: skip


async def test_the_event_is_committed_with_the_end_or_not_at_all(bench: Bench) -> None:
    (task,) = await bench.held(1)
    async with bench.pool.connection() as connection, connection.transaction(force_rollback=True):
        assert await finish(connection, [TaskEnd(task, TaskStatus.COMPLETE)]) == {task.id}
    assert await bench.told() == []
    await bench.finish(TaskEnd(task, TaskStatus.COMPLETE))
    assert len(await bench.told()) == 1


@pytest.mark.parametrize("switched_on", [True, False])
async def test_the_setting_switches_the_events_of_a_consumer(
    bench: Bench, settings: Settings, switched_on: bool
) -> None:
    handlers = Handlers()

    @handlers.flow(IG, FLOW, concurrency=8)
    async def handle(task: Task) -> dict[str, Any]:
        return {"source": "here"}

    await bench.add(20)
    await bench.add(3, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    own = settings.model_copy(update={"task_log_events": switched_on, "stuck_after_seconds": 0.1})
    assert (await keep_up(own, [(IG, FLOW)])).expired == 3
    await asyncio.wait_for(consume(own, handlers, worker="w", until_idle=True), 240)
    assert sorted(one["status"] for one in await bench.told()) == (
        ["COMPLETE"] * 20 + ["FAILED"] * 3 if switched_on else []
    )
    async with bench.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT count(*) FROM beat.scrape_request_log WHERE scraped_at IS NOT NULL"
        )
        assert await cursor.fetchone() == (23,)


async def test_clickhouse_tells_waits_durations_and_records_from_it(bench: Bench, settings: Settings) -> None:
    (done,) = await bench.held(1)
    await bench.finish(
        TaskEnd(done, TaskStatus.COMPLETE, {"records": {"profile": 1, "post": 12}, "source": "lama"})
    )
    await bench.add(1, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await bench.queue.expire() == 1
    summary = await asyncio.to_thread(drain, settings, time_budget=60, until_empty=True)
    assert (summary.by_kind, summary.parked) == ({"task_log": 2}, 0)
    client = clickhouse.client(settings, database=settings.clickhouse_raw_database)
    rows = client.query(
        "SELECT status, wait_seconds = dateDiff('microsecond', created_at, picked_at) / 1e6, "
        "duration_seconds = dateDiff('microsecond', picked_at, scraped_at) / 1e6, records_count, duration_seconds >= 0 "
        "FROM task_log FINAL ORDER BY task_id"
    ).result_rows
    client.close()
    assert rows == [("COMPLETE", True, True, 13, True), ("FAILED", None, None, 0, None)]
