"""procrastinate: psycopg, uvloop, one worker with many jobs at once; finished jobs stay, as ours do.

Its jobs have a priority and a lock against queueing twice; it has no expiry. It fetches and finishes job by job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import psycopg
import uvloop

from benchmarks.queues.load import key, params, priority
from upbeat.settings import Settings

CONCURRENCY = 20


def _app(settings: Settings, connections: int = 4) -> procrastinate.App:
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=settings.postgres_dsn(), min_size=connections, max_size=connections
        )
    )


def _run(main: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await main()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(whole())


def install(settings: Settings) -> None:
    """Create its tables."""

    async def main() -> None:
        async with _app(settings).open_async() as app:
            await app.schema_manager.apply_schema_async()

    _run(main)


def clear(settings: Settings) -> None:
    """Empty tables."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute("TRUNCATE procrastinate_jobs CASCADE")


def fill(settings: Settings, tasks: int, flows: int = 1) -> None:
    """Jobs with a key, arguments and three priorities."""

    async def main() -> None:
        async with _app(settings).open_async() as app:
            for number in range(tasks):
                await app.configure_task(
                    f"flow_{number % flows}", queueing_lock=key(number), priority=priority(number)
                ).defer_async(**params(number))

    _run(main)


def work(settings: Settings, handler: Callable[[], Awaitable[None]], flows: int = 1) -> None:
    """Run jobs until none is left."""

    async def main() -> None:
        app = _app(settings)

        async def handle(**given: Any) -> None:
            await handler()

        for number in range(flows):
            app.task(name=f"flow_{number}")(handle)
        async with app.open_async():
            await app.run_worker_async(
                wait=False, concurrency=CONCURRENCY, install_signal_handlers=False, listen_notify=False
            )

    _run(main)


def complete(settings: Settings) -> int:
    """How many jobs are stored as succeeded."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'"
        ).fetchone()
    assert row is not None
    return int(row[0])
