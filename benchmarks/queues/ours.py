"""Our queue: `upbeat.queue.handlers.consume`, the loop that the platform's workers run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

import psycopg

from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.consumer import Consumer
from upbeat.queue.handlers import Handlers, consume
from upbeat.queue.tasks import NewTask, Task, TaskEnd
from upbeat.records import Platform
from upbeat.settings import Settings

CONCURRENCY = 2_000
GROUP = 1_000


def install(settings: Settings) -> None:
    """The stack has migrated its database already."""


def clear(settings: Settings) -> None:
    """Empty tables."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute(
            "TRUNCATE beat.scrape_request_log, beat.task_ready, beat.task_lease RESTART IDENTITY"
        )


def fill(settings: Settings, tasks: int, flows: int = 1) -> None:
    """Tasks with a key, parameters, three priorities and an expiry."""
    from benchmarks.queues.load import EXPIRES, key, params, priority

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
                for number in range(tasks)
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

    def started(consumer: Consumer[TaskEnd]) -> None:
        """Nothing to tell."""

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(
            consume(
                tuned,
                handlers,
                worker=f"bench:{os.getpid()}",
                until_idle=True,
                durable_claims=True,
                on_start=started,
            )
        )


def complete(settings: Settings) -> int:
    """How many tasks are stored as done."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM beat.scrape_request_log WHERE status = 'COMPLETE'"
        ).fetchone()
    assert row is not None
    return int(row[0])
