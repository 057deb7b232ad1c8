"""How many keys a second does the batch enqueue take, half of them known already, against an insert per row?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice

import psycopg

from benchmarks.private_stack import private_stack
from benchmarks.queues import ours
from benchmarks.queues.load import EXPIRES, key, params, priority
from benchmarks.queues.race import durability, settle
from benchmarks.rows import Row
from upbeat.queue.bulk_enqueue import enqueue_many
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.settings import Settings

REPEATS = 3
KEYS, PEER_KEYS = 1_000_000, 20_000
TARGET = 50_000.0
ROW = (
    "INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, expires_at) "
    "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (idempotency_key) DO NOTHING"
)


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peer in turn, each into empty tables."""
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    with private_stack(["postgres"]) as settings:
        say(durability(settings))
        for repeat in range(REPEATS):
            rates["ours"].append(_rate(settings, KEYS, _batches))
            rates["peer"].append(_rate(settings, PEER_KEYS, _row_by_row))
            say(
                f"repeat {repeat + 1} of {REPEATS}: {rates['ours'][-1]:,.0f}/s against {rates['peer'][-1]:,.0f}/s"
            )
    return [
        Row(
            what="enqueue",
            unit="keys/s",
            ours=rates["ours"],
            peer=rates["peer"],
            peer_name="one insert and one transaction per row",
            target=TARGET,
            note=f"{KEYS:,} keys ({PEER_KEYS:,} for the peer), each twice, mixed; one connection, from Python objects to committed rows with indexes",
        )
    ]


def _task(number: int) -> NewTask:
    return NewTask(
        idempotency_key=key(number),
        platform=Platform.INSTAGRAM,
        flow="profile_by_handle",
        params=params(number),
        priority=priority(number),
        expires_at=EXPIRES,
    )


def _rate(
    settings: Settings, keys: int, enqueue: Callable[[psycopg.Connection, Iterator[NewTask]], None]
) -> float:
    ours.clear(settings)
    settle(settings)
    numbers = list(range(keys // 2))
    # Half of the keys are duplicates: each chunk comes again after it was added.
    chunk = 25_000
    mixed = (
        number for start in range(0, len(numbers), chunk) for number in numbers[start : start + chunk] * 2
    )
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        started = time.perf_counter()
        enqueue(connection, map(_task, islice(mixed, keys)))
        seconds = time.perf_counter() - started
        row = connection.execute("SELECT count(*) FROM beat.scrape_request_log").fetchone()
    assert row == (keys // 2,), row
    return keys / seconds


def _batches(connection: psycopg.Connection, tasks: Iterator[NewTask]) -> None:
    enqueue_many(connection, tasks)


def _row_by_row(connection: psycopg.Connection, tasks: Iterator[NewTask]) -> None:
    from psycopg.types.json import Jsonb

    for task in tasks:
        values = (
            task.idempotency_key,
            task.platform.value,
            task.flow,
            Jsonb(dict(task.params)),
            task.priority,
            task.expires_at,
        )
        connection.execute(ROW, values)
