"""How long does a page of the leaderboard take through the API, and does it hold 500 requests a second on two cores?

The API runs as it is shipped (`upbeat api`, one process: key, rate, log, metrics). The load is an open loop over kept connections: request
n is due at n / rate whatever became of those before it, and its time counts from then, so that a stall is paid by all that wait. The
generator is a process of its own on the same two cores. The peer is the bare SQL of the same page (`SELECT … ORDER BY … LIMIT 50`, the
rows as tuples) through a pool as the API's, in a process of its own. Time per request: closed loop, one at a time, alternating.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from statistics import median, quantiles

import psycopg
import uvloop
from psycopg import sql

from benchmarks.http_client import HttpConnection
from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.api.keys import create
from upbeat.embedded.ports import free_ports
from upbeat.settings import ENV_PREFIX, Settings
from upbeat.stores.postgres import async_pool, transaction
from upbeat.sync.plan import load_plan

CREATORS = 100_000
ROWS = 50
REPEATS = 3
ALONE = 1_000
RATE = 500
SECONDS = 10.0
WARM_UP = 500
CONNECTIONS = 32
RATIO = 2.0
P99 = 50.0
PATH = f"/v1/leaderboard?platform=INSTAGRAM&limit={ROWS}"
FILL = """
INSERT INTO app.leaderboard
SELECT
    'INSTAGRAM', 'profile' || n, 'handle_' || n, 'Name ' || n, 'Category ' || mod(n, 20), 'Hindi', 'IN', 'macro', 10000000 - n, n,
    10000000 - n - 5, n + 3, 3, '2026-10-25', n, n, n, n, CASE WHEN mod(n, 5) > 0 THEN mod(n, 977) / 100.0 END, n, n * 1.5, n * 0.5, 12,
    now() - n * interval '1 second', now()
FROM generate_series(1, %s) AS n
"""


def run(say: Callable[[str], None]) -> list[Row]:
    """Alone and under load, ours and the peer in turn."""
    alone: dict[str, list[float]] = {"ours": [], "peer": []}
    loaded: dict[str, list[float]] = {"ours": [], "peer": []}
    with private_stack(["postgres", "redis"], api_secret="x" * 32, api_port=free_ports(1)[0]) as settings:
        _publish(settings)
        key = create(settings, "benchmark", ["read"], rate="100000/s").text
        with _api(settings):
            asyncio.run(_wait(settings, key))
            for repeat in range(REPEATS):
                for side in alone:
                    alone[side].append(_child(_alone, side, settings, key))
                for side in loaded:
                    loaded[side].append(_child(_open_loop, side, settings, key))
                say(
                    f"repeat {repeat + 1} of {REPEATS}: alone {alone['ours'][-1]:.2f} ms, bare SQL {alone['peer'][-1]:.2f} ms; "
                    f"{RATE}/s p99 {loaded['ours'][-1]:.1f} ms, bare SQL {loaded['peer'][-1]:.1f} ms"
                )
    note = f"{ROWS} of {CREATORS:,} rows; the load generator runs on the same two cores"
    return [
        Row(
            what="leaderboard page, one at a time",
            unit="ms",
            ours=alone["ours"],
            peer=alone["peer"],
            peer_name="bare SQL through the same pool",
            target=RATIO * median(alone["peer"]),
            lower_is_better=True,
            note=f"the target is {RATIO:g} times the peer; {note}",
        ),
        Row(
            what=f"leaderboard page, p99 at {RATE}/s",
            unit="ms",
            ours=loaded["ours"],
            peer=loaded["peer"],
            peer_name="bare SQL through the same pool",
            target=P99,
            lower_is_better=True,
            note=f"open loop, {SECONDS:g} s, from the intended start; {note}",
        ),
    ]


def _publish(settings: Settings) -> None:
    plan = load_plan("leaderboard")
    table = sql.Identifier("app", plan.table)
    columns = sql.SQL(", ").join(
        sql.SQL("{} " + column.type).format(sql.Identifier(column.name)) for column in plan.columns
    )
    key = sql.SQL(", ").join(map(sql.Identifier, plan.key))
    with transaction(settings) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(table, columns, key))
        connection.execute(FILL, (CREATORS,))
        for index in plan.indexes:
            names = sql.SQL(", ").join(map(sql.Identifier, index.columns))
            connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(table, names))
        connection.execute(
            "INSERT INTO beat.sync_run (plan, run_id, status, staged_object, rows, bytes, sha256, finished_at) "
            "VALUES ('leaderboard', 'bench', 'PUBLISHED', 's3://bench/file', %s, 1, 'x', now())",
            (CREATORS,),
        )
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE app.leaderboard")


@contextmanager
def _api(settings: Settings) -> Iterator[None]:
    """`upbeat api` over these settings."""
    told = settings.model_dump(include={"state_dir", "postgres_port", "redis_port", "api_port"})
    environment = os.environ | {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in told.items()}
    environment[f"{ENV_PREFIX}API_SECRET"] = settings.api_secret.get_secret_value()
    environment[f"{ENV_PREFIX}API_DRAIN_NOTICE_SECONDS"] = "0"
    server = subprocess.Popen(
        [sys.executable, "-m", "upbeat.cli", "api"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        server.terminate()
        server.wait(60)


async def _wait(settings: Settings, key: str) -> None:
    """Until the API answers the page."""
    for _ in range(300):
        try:
            connection = await HttpConnection.open(settings.api_port)
        except OSError:
            await asyncio.sleep(0.2)
            continue
        status, body = await connection.get(PATH, key)
        connection.close()
        assert status == 200, body[:500]
        return
    raise AssertionError("the API did not begin to listen")


def _child(
    measure: Callable[[str, Settings, str], AsyncIterator[float]], side: str, settings: Settings, key: str
) -> float:
    """What is measured in a process of its own."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(measure, side, settings, key, sending))
    process.start()
    figure: float = receiving.recv()
    process.join()
    return figure


def _measure(measure, side, settings, key, sending) -> None:  # type: ignore[no-untyped-def]
    sending.send(uvloop.run(measure(side, settings, key)))


@asynccontextmanager
async def _asking(side: str, settings: Settings, key: str, size: int) -> AsyncIterator[Callable[[], object]]:
    """A function that reads one page."""
    if side == "peer":
        statement = _bare_statement()
        async with async_pool(settings, max_size=settings.api_connections) as pool:

            async def bare() -> None:
                async with pool.connection() as connection:
                    cursor = await connection.execute(statement, ("INSTAGRAM", ROWS), prepare=True)
                    assert len(await cursor.fetchall()) == ROWS

            yield bare
        return
    free: asyncio.LifoQueue[HttpConnection] = asyncio.LifoQueue()
    opened = [await HttpConnection.open(settings.api_port) for _ in range(size)]
    for connection in opened:
        free.put_nowait(connection)

    async def ours() -> None:
        connection = await free.get()
        status, body = await connection.get(PATH, key)
        free.put_nowait(connection)
        assert status == 200, body[:300]
        assert body.endswith(b"}")

    yield ours
    for connection in opened:
        connection.close()


def _bare_statement() -> bytes:
    names = ", ".join(column.name for column in load_plan("leaderboard").columns)
    return (
        f"SELECT {names} FROM app.leaderboard WHERE platform = %s ORDER BY followers_rank, profile_id LIMIT %s"
    ).encode()


async def _alone(side: str, settings: Settings, key: str) -> float:
    """Milliseconds of a request, the median."""
    async with _asking(side, settings, key, 1) as ask:
        times = []
        for _ in range(ALONE + 100):
            started = time.perf_counter()
            await ask()
            times.append(time.perf_counter() - started)
    return median(times[100:]) * 1e3


async def _open_loop(side: str, settings: Settings, key: str) -> float:
    """p99 in milliseconds from when a request was due; those of the first second warm up."""
    late: list[float] = []

    async def one(due: float) -> None:
        await ask()
        late.append(time.perf_counter() - due)

    async with _asking(side, settings, key, CONNECTIONS) as ask:
        begin = time.perf_counter() + 0.1
        running = []
        for number in range(int(RATE * SECONDS) + WARM_UP):
            due = begin + number / RATE
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            running.append(asyncio.create_task(one(due)))
        await asyncio.gather(*running)
    assert len(late) == int(RATE * SECONDS) + WARM_UP
    return quantiles(late[WARM_UP:], n=100)[98] * 1e3
