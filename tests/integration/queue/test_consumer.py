"""The consumer with plain handlers: limits per flow, retries, deadlines, and tasks that come while it waits."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import psycopg
import pytest

from upbeat.errors import BackOffError
from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.consumer import Consumer
from upbeat.queue.handlers import Handlers, consume
from upbeat.queue.tasks import NewTask, Task, TaskEnd
from upbeat.records import Platform
from upbeat.settings import Settings

SHOP = Platform.SHOPIFY


def add(settings: Settings, count: int, flow: str, **fields: Any) -> int:
    tasks = (
        NewTask(idempotency_key=f"{flow}:{number}", platform=SHOP, flow=flow, params={"n": number}, **fields)
        for number in range(count)
    )
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        return enqueue_many(connection, tasks)


def rows(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.postgres_dsn()) as connection:
        return connection.execute(statement.encode()).fetchall()


async def test_each_flow_of_a_process_keeps_to_its_own_concurrency_and_none_starves(
    settings: Settings,
) -> None:
    handlers, running, most, first = Handlers(), Counter[str](), Counter[str](), list[str]()

    async def handle(task: Task) -> None:
        running[task.flow] += 1
        most[task.flow] = max(most[task.flow], running[task.flow])
        first.append(task.flow)
        await asyncio.sleep(0.005)
        running[task.flow] -= 1

    for flow, concurrency in (("busy", 5), ("quiet", 2)):
        handlers.flow(SHOP, flow, concurrency=concurrency)(handle)
    add(settings, 300, "busy", priority=9)
    add(settings, 4, "quiet")
    await consume(settings, handlers, worker="w", until_idle=True)
    assert most == {"busy": 5, "quiet": 2}
    assert "quiet" in first[:10]
    assert rows(settings, "SELECT status::text, count(*) FROM beat.scrape_request_log GROUP BY 1") == [
        ("COMPLETE", 304)
    ]


async def test_what_a_handler_raises_decides_and_what_it_returns_is_kept(settings: Settings) -> None:
    handlers = Handlers(deadline=0.2, max_attempts=2)

    @handlers.flow(SHOP, "mixed", concurrency=4)
    async def handle(task: Task) -> dict[str, Any] | None:
        match task.params["n"]:
            case 0:
                return {"answer": 42}
            case 1:
                raise ValueError("no such thing")
            case 2:
                await asyncio.sleep(60)
            case _ if task.retry_count == 0:
                raise BackOffError("later", retry_after=0.1)
        return None

    add(settings, 4, "mixed")
    await consume(settings, handlers, worker="w", until_idle=True)
    found = rows(
        settings,
        "SELECT status::text, retry_count, data ->> 'answer', data -> 'error' ->> 'message' "
        "FROM beat.scrape_request_log ORDER BY (params ->> 'n')::int",
    )
    assert found == [
        ("COMPLETE", 0, "42", None),
        ("FAILED", 0, None, "no such thing"),
        ("TIMEOUT", 0, None, "no end after 0.2 s, the task's time limit"),
        ("COMPLETE", 1, None, "later"),
    ]


async def test_a_run_until_idle_waits_for_what_is_due_soon_and_ends_before_what_is_due_tomorrow(
    settings: Settings,
) -> None:
    handlers = Handlers()

    @handlers.flow(SHOP, "waiting", concurrency=4)
    async def handle(task: Task) -> None:
        if task.params["n"] == 0:
            raise BackOffError("tomorrow", retry_after=36_000)
        if task.retry_count == 0:
            raise BackOffError("soon", retry_after=1.0)

    add(settings, 2, "waiting")
    await asyncio.wait_for(consume(settings, handlers, worker="w", until_idle=True), 240)
    found = rows(settings, "SELECT status::text FROM beat.scrape_request_log ORDER BY (params ->> 'n')::int")
    assert found == [("WAITING",), ("COMPLETE",)]


async def test_a_task_that_comes_while_the_consumer_waits_starts_at_its_notification(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every look that the consumer takes by itself is an hour away; only the notification can start the task."""
    monkeypatch.setattr("upbeat.queue.consumer.IDLE_POLL_SECONDS", 3600.0)
    handlers, started = Handlers(), asyncio.Queue[int]()

    @handlers.flow(SHOP, "late", concurrency=1)
    async def handle(task: Task) -> None:
        started.put_nowait(task.params["n"])

    consumers: list[Consumer[TaskEnd]] = []
    working = asyncio.create_task(consume(settings, handlers, worker="w", on_start=consumers.append))
    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'upbeat:claims' AND datname = current_database() AND state = 'idle'"
    while rows(settings, listening) != [(1,)]:  # noqa: ASYNC110 (another process is looked at)
        await asyncio.sleep(0.01)
    await asyncio.to_thread(add, settings, 3, "late")
    assert [await asyncio.wait_for(started.get(), 240) for _ in range(3)] == [0, 1, 2]
    consumers[0].stop()
    await working


async def test_a_connection_that_is_cut_is_made_anew(settings: Settings) -> None:
    handlers, done = Handlers(), list[int]()

    @handlers.flow(SHOP, "cut", concurrency=1)
    async def handle(task: Task) -> None:
        done.append(task.params["n"])
        if task.params["n"] == 2:
            await asyncio.to_thread(
                rows,
                settings,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'upbeat:claims' AND datname = current_database()",
            )

    add(settings, 10, "cut")
    await consume(settings, handlers, worker="w", until_idle=True)
    assert sorted(done) == list(range(10))


def test_a_batch_of_which_half_is_known_adds_the_other_half_and_leaves_no_stage_behind(
    settings: Settings,
) -> None:
    progress: list[tuple[int, int]] = []
    tasks = [
        NewTask(idempotency_key=f"k{number % 50}", platform=SHOP, flow="orders", params={"n": "a\tb\\c"})
        for number in range(100)
    ]
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        assert (
            enqueue_many(connection, tasks, batch_size=30, on_progress=lambda *told: progress.append(told))
            == 50
        )
        assert enqueue_many(connection, tasks) == 0
    assert progress == [(30, 30), (60, 50), (90, 50), (100, 50)]
    assert rows(settings, "SELECT count(*), min(params ->> 'n') FROM beat.scrape_request_log") == [
        (50, "a\tb\\c")
    ]
    assert rows(settings, "SELECT count(*) FROM beat.task_ready") == [(50,)]


async def test_a_task_that_breaks_the_workers_code_comes_back_and_is_counted(settings: Settings) -> None:
    handlers = Handlers()

    @handlers.flow(SHOP, "breaking", concurrency=2)
    async def handle(task: Task) -> None:
        if task.params["n"] == 0 and task.retry_count == 0:
            raise asyncio.CancelledError("nobody cancelled this task")

    add(settings, 3, "breaking")
    own = settings.model_copy(update={"task_lease_seconds": 5.0, "stuck_after_seconds": 0.2})
    await consume(own, handlers, worker="w", until_idle=True)
    ends = "SELECT status::text, retry_count FROM beat.scrape_request_log ORDER BY (params ->> 'n')::int"
    assert rows(settings, ends) == [("COMPLETE", 1), ("COMPLETE", 0), ("COMPLETE", 0)]
