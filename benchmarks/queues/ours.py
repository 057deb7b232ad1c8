"""Our queue: `upbeat.queue.handlers.consume`, the loop that the platform's workers run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event

import psycopg
import uvloop

from benchmarks.queues.load import EXPIRES, key, paced, params, priority, until
from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.consumer import Consumer
from upbeat.queue.handlers import Handlers, consume
from upbeat.queue.statements import SQL
from upbeat.queue.store import encode_new_tasks
from upbeat.queue.tasks import NewTask, Task, TaskEnd
from upbeat.records import Platform
from upbeat.settings import Settings

CONCURRENCY = 4_000
GROUP = 2_000


def install(settings: Settings) -> None:
    """The stack has migrated its database already."""


def clear(settings: Settings) -> None:
    """Empty tables."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute(
            "TRUNCATE beat.scrape_request_log, beat.task_ready, beat.task_lease, beat.outbox RESTART IDENTITY"
        )


def fill(settings: Settings, tasks: int, flows: int = 1, first: int = 0) -> None:
    """Tasks with a key, parameters, three priorities and an expiry."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        enqueue_many(
            connection,
            (
                NewTask(
                    idempotency_key=key(number),
                    platform=Platform.INSTAGRAM,
                    flow=f"flow_{number % flows}",
                    params=params(number),
                    priority=priority(number),
                    expires_at=EXPIRES,
                )
                for number in range(first, first + tasks)
            ),
        )


def work(settings: Settings, handler: Callable[[], Awaitable[None]], flows: int = 1) -> None:
    """Run tasks until none is left."""
    handlers = Handlers()

    async def handle(task: Task) -> None:
        await handler()

    for number in range(flows):
        handlers.flow(Platform.INSTAGRAM, f"flow_{number}", concurrency=CONCURRENCY)(handle)
    tuned = settings.model_copy(update={"group_commit_size": GROUP, "group_commit_milliseconds": 20})

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            consume(
                tuned,
                handlers,
                worker=f"bench:{os.getpid()}",
                until_idle=True,
                durable_claims=True,
            )
        )


def complete(settings: Settings) -> int:
    """How many tasks are stored as done. Raises `AssertionError` unless as many are told of as the setting asks for."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM beat.scrape_request_log WHERE status = 'COMPLETE'), "
            "(SELECT count(*) FROM beat.outbox WHERE kind = 'task_log')"
        ).fetchone()
    assert row is not None
    done, told = row
    assert told == (done if settings.task_log_events else 0), (told, done)
    return int(done)


def enqueue_paced(settings: Settings, rate: int, tasks: int, flows: int) -> dict[int, int]:
    """One task, one transaction: what a caller does that enqueues in a transaction of its own."""

    async def main() -> dict[int, int]:
        connection = await psycopg.AsyncConnection.connect(settings.postgres_dsn(), autocommit=True)
        async with connection:

            async def enqueue(number: int) -> None:
                task = NewTask(
                    idempotency_key=key(number),
                    platform=Platform.INSTAGRAM,
                    flow=f"flow_{number % flows}",
                    params={"number": number},
                )
                await connection.execute(
                    SQL["enqueue"].encode(), {"tasks": encode_new_tasks([task])}, prepare=True
                )

            return await paced(enqueue, rate, tasks)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def work_until(
    settings: Settings, stamp: Callable[[int], None], flows: int, stop: Event, ready: Callable[[], None]
) -> None:
    """Stamp each task until told to stop. Claims wait for no disk, which is how the platform's workers claim."""
    handlers = Handlers()

    async def handle(task: Task) -> None:
        stamp(task.params["number"])

    for number in range(flows):
        handlers.flow(Platform.INSTAGRAM, f"flow_{number}", concurrency=64)(handle)

    async def main() -> None:
        consumers: list[Consumer[TaskEnd]] = []
        work = consume(settings, handlers, worker=f"bench:{os.getpid()}", on_start=consumers.append)
        working = asyncio.create_task(work)
        await asyncio.sleep(1.0)
        ready()
        await until(stop)
        consumers[0].stop()
        await working

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
