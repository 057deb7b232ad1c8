"""pgqueuer: logged tables (its durability `durable`), asyncpg, uvloop, large batches, drain mode.

Its jobs have a priority and a deduplication key; it has no expiry. Finished jobs go to its log table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from multiprocessing.synchronize import Event

import asyncpg
import orjson
import psycopg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

from benchmarks.queues.load import key, paced, params, priority, until
from upbeat.settings import Settings

BATCH = 1_000
PICKUP_BATCH = 10  # its default: smaller batches start sooner
_FILL_BATCH = 5_000


def _run(main: Callable[[asyncpg.Connection], Awaitable[None]], settings: Settings) -> None:
    async def with_connection() -> None:
        connection = await asyncpg.connect(settings.postgres_dsn())
        try:
            await main(connection)
        finally:
            await connection.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(with_connection())


def install(settings: Settings) -> None:
    """Create its tables."""

    async def main(connection: asyncpg.Connection) -> None:
        await Queries(AsyncpgDriver(connection)).install()

    _run(main, settings)
    with psycopg.connect(settings.postgres_dsn()) as connection:
        rows = connection.execute(
            "SELECT relname, relpersistence FROM pg_class WHERE relname LIKE 'pgqueuer%' AND relkind = 'r'"
        ).fetchall()
        assert rows, "no tables"
        assert {persistence for _, persistence in rows} == {"p"}, rows


def clear(settings: Settings) -> None:
    """Empty tables."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute("TRUNCATE pgqueuer, pgqueuer_log, pgqueuer_statistics RESTART IDENTITY")


def fill(settings: Settings, tasks: int, flows: int = 1) -> None:
    """Jobs with a key, a payload and three priorities."""

    async def main(connection: asyncpg.Connection) -> None:
        queries = Queries(AsyncpgDriver(connection))
        for start in range(0, tasks, _FILL_BATCH):
            numbers = range(start, min(start + _FILL_BATCH, tasks))
            await queries.enqueue(
                [f"flow_{number % flows}" for number in numbers],
                [orjson.dumps(params(number)) for number in numbers],
                [priority(number) for number in numbers],
                dedupe_key=[key(number) for number in numbers],
            )

    _run(main, settings)


def work(settings: Settings, handler: Callable[[], Awaitable[None]], flows: int = 1) -> None:
    """Run jobs until none is left."""

    async def main(connection: asyncpg.Connection) -> None:
        consumer = PgQueuer(AsyncpgDriver(connection))

        async def handle(job: Job) -> None:
            orjson.loads(job.payload or b"{}")
            await handler()

        for number in range(flows):
            consumer.entrypoint(f"flow_{number}")(handle)
        await consumer.run(batch_size=BATCH, mode=QueueExecutionMode.drain)

    _run(main, settings)


def complete(settings: Settings) -> int:
    """How many jobs its log has as successful."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        row = connection.execute("SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'").fetchone()
    assert row is not None
    return int(row[0])


def enqueue_paced(settings: Settings, rate: int, tasks: int, flows: int) -> dict[int, int]:
    """One job, one transaction."""
    committed: dict[int, int] = {}

    async def main(connection: asyncpg.Connection) -> None:
        queries = Queries(AsyncpgDriver(connection))

        async def enqueue(number: int) -> None:
            await queries.enqueue(
                f"flow_{number % flows}", orjson.dumps({"number": number}), dedupe_key=key(number)
            )

        committed.update(await paced(enqueue, rate, tasks))

    _run(main, settings)
    return committed


def work_until(
    settings: Settings, stamp: Callable[[int], None], flows: int, stop: Event, ready: Callable[[], None]
) -> None:
    """Stamp each job until told to stop."""

    async def main(connection: asyncpg.Connection) -> None:
        consumer = PgQueuer(AsyncpgDriver(connection))

        async def handle(job: Job) -> None:
            stamp(orjson.loads(job.payload or b"{}")["number"])

        for number in range(flows):
            consumer.entrypoint(f"flow_{number}")(handle)
        working = asyncio.create_task(consumer.run(batch_size=PICKUP_BATCH))
        await asyncio.sleep(1.0)
        ready()
        await until(stop)
        consumer.shutdown.set()
        await working

    _run(main, settings)
