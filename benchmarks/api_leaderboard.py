"""How long does a page of the leaderboard take through the API, and does it hold 500 requests a second on two cores?

The API runs as it is shipped (`upbeat api`, one process: key, rate, log, metrics), once so that it reads each page of Postgres anew, and
once with the pages that it keeps while their publication stands. The load is an open loop over kept connections: request n is due at
n / rate whatever became of those before it, and its time counts from then, so that a stall is paid by all that wait. The generator is a process of
its own on the same two cores. The peer is the bare SQL of the same page (`SELECT … ORDER BY … LIMIT 50`, the rows as tuples) through
a pool as the API's, in a process of its own. Time per request: closed loop, one at a time, alternating.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from statistics import median, quantiles

import orjson
import psycopg
import uvloop
from psycopg import sql

from benchmarks.cpu_time import cpu_seconds
from benchmarks.http_client import HttpConnection
from benchmarks.open_loop import OpenLoop, get_request
from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.api.keys import create
from upbeat.embedded.ports import free_ports
from upbeat.settings import ENV_PREFIX, Settings
from upbeat.stores.postgres import async_pool, transaction
from upbeat.sync.next_table import index_statement
from upbeat.sync.plan import load_plan

CREATORS = 100_000
ROWS = 50
REPEATS = 3
ALONE = 1_000
RATE = 500
SECONDS = 10.0
WARM_UP = 500
COUNT = int(RATE * SECONDS) + WARM_UP
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


SIDES = ("anew", "kept", "peer")
PEER = "bare SQL through the same pool"


def run(say: Callable[[str], None]) -> list[Row]:
    """Alone and under load: each page read anew, pages kept, and the peer, in turn."""
    found: dict[str, dict[str, list[float]]] = {
        what: {side: [] for side in SIDES} for what in ("alone", "p99", "cpu")
    }
    with private_stack(["postgres", "redis"], api_secret="x" * 32) as settings:
        _publish(settings)
        key = create(settings, "benchmark", ["read"], rate="100000/s").text
        ports = dict(zip(("anew", "kept"), free_ports(2), strict=True))
        with _api(settings, ports["anew"], 0) as anew, _api(settings, ports["kept"], 2**25) as kept:
            pids = {"anew": [anew], "kept": [kept], "peer": []}
            for port in ports.values():
                asyncio.run(_wait(port, key))
            for repeat in range(REPEATS):
                for side in SIDES:
                    told = (side, settings, ports.get(side, 0), key)
                    found["alone"][side].append(_child(_alone, *told)[0])
                    before = cpu_seconds(settings, pids[side])
                    p99, own_seconds = _child(_open_loop, *told)
                    used = cpu_seconds(settings, pids[side]) - before + own_seconds
                    found["p99"][side].append(p99)
                    found["cpu"][side].append(used * 1e3 / COUNT)
                    say(
                        f"repeat {repeat + 1} of {REPEATS}, {side}: alone {found['alone'][side][-1]:.2f} ms; {RATE}/s: p99 "
                        f"{p99:.1f} ms, {found['cpu'][side][-1]:.2f} ms of processor a request; load {os.getloadavg()[0]:.1f}"
                    )
    return [row for side, words in WORDS.items() for row in _rows(side, words, found)]


WORDS = {"anew": "read of Postgres each time", "kept": "kept while its publication stands"}


def _rows(side: str, words: str, found: dict[str, dict[str, list[float]]]) -> list[Row]:
    note = f"{ROWS} of {CREATORS:,} rows; the load generator runs on the same two cores"
    alone, p99, cpu = (found[what] for what in ("alone", "p99", "cpu"))
    return [
        Row(
            what=f"leaderboard page, {words}, one at a time",
            unit="ms",
            ours=alone[side],
            peer=alone["peer"],
            peer_name=PEER,
            target=RATIO * median(alone["peer"]),
            lower_is_better=True,
            note=f"the target is {RATIO:g} times the peer; {note}",
        ),
        Row(
            what=f"leaderboard page, {words}, p99 at {RATE}/s",
            unit="ms",
            ours=p99[side],
            peer=p99["peer"],
            peer_name=PEER,
            target=P99,
            lower_is_better=True,
            note=f"open loop, {SECONDS:g} s, from the intended start; {note}",
        ),
        Row(
            what=f"leaderboard page, {words}, processor time at {RATE}/s",
            unit="ms a request",
            ours=cpu[side],
            peer=cpu["peer"],
            peer_name=PEER,
            target=None,
            lower_is_better=True,
            note="of all processes together: API, Postgres, generator; two cores have 2,000 ms a second",
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
            connection.execute(index_statement(plan, index, table))
        connection.execute(
            "INSERT INTO beat.sync_run (plan, run_id, status, staged_object, rows, bytes, sha256, finished_at) "
            "VALUES ('leaderboard', 'bench', 'PUBLISHED', 's3://bench/file', %s, 1, 'x', now())",
            (CREATORS,),
        )
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE app.leaderboard")


@contextmanager
def _api(settings: Settings, port: int, kept_bytes: int) -> Iterator[int]:
    """`upbeat api` over these settings; gives its process id."""
    told = settings.model_dump(include={"state_dir", "postgres_port", "redis_port"})
    told |= {"api_port": port, "api_page_memory_bytes": kept_bytes, "api_drain_notice_seconds": 0}
    told["api_secret"] = settings.api_secret.get_secret_value()
    environment = os.environ | {f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in told.items()}
    server = subprocess.Popen(
        [sys.executable, "-m", "upbeat.cli", "api"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield server.pid
    finally:
        server.terminate()
        server.wait(60)


async def _wait(port: int, key: str) -> None:
    """Until the API answers the page."""
    for _ in range(300):
        try:
            connection = await HttpConnection.open(port)
        except OSError:
            await asyncio.sleep(0.2)
            continue
        status, body = await connection.get(PATH, key)
        connection.close()
        assert status == 200, body[:500]
        assert len(orjson.loads(body)["data"]) == ROWS
        return
    raise AssertionError("the API did not begin to listen")


Measure = Callable[[str, Settings, int, str], Coroutine[None, None, float]]


def _child(measure: Measure, side: str, settings: Settings, port: int, key: str) -> tuple[float, float]:
    """What is measured in a process of its own, and the seconds of processor that it needed for it."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(measure, side, settings, port, key, sending))
    process.start()
    sending.close()
    try:
        figures: tuple[float, float] = receiving.recv()
    finally:
        process.join()
    return figures


def _measure(
    measure: Measure, side: str, settings: Settings, port: int, key: str, sending: Connection
) -> None:
    began = time.process_time()
    figure = uvloop.run(measure(side, settings, port, key))
    sending.send((figure, time.process_time() - began))


@asynccontextmanager
async def _bare(settings: Settings) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A function that reads the page as the peer does."""
    statement = _bare_statement()
    async with async_pool(settings, max_size=settings.api_connections, checked=False) as pool:

        async def ask() -> None:
            async with pool.connection() as connection:
                cursor = await connection.execute(statement, ("INSTAGRAM", ROWS), prepare=True)
                assert len(await cursor.fetchall()) == ROWS

        yield ask


@asynccontextmanager
async def _http(port: int, key: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A function that reads the page through the API, over one connection."""
    connection = await HttpConnection.open(port)

    async def ask() -> None:
        status, body = await connection.get(PATH, key)
        assert status == 200, body[:300]

    yield ask
    connection.close()


def _bare_statement() -> bytes:
    names = ", ".join(column.name for column in load_plan("leaderboard").columns)
    return (
        f"SELECT {names} FROM app.leaderboard WHERE platform = %s ORDER BY followers_rank, profile_id LIMIT %s"
    ).encode()


async def _alone(side: str, settings: Settings, port: int, key: str) -> float:
    """Milliseconds of a request, the median."""
    async with _bare(settings) if side == "peer" else _http(port, key) as ask:
        times = []
        for _ in range(ALONE + 100):
            started = time.perf_counter()
            await ask()
            times.append(time.perf_counter() - started)
    return median(times[100:]) * 1e3


async def _open_loop(side: str, settings: Settings, port: int, key: str) -> float:
    """p99 in milliseconds from when a request was due; those of the first second warm up."""
    if side == "peer":
        seconds = await _bare_open_loop(settings)
    else:
        seconds = await OpenLoop(get_request(PATH, key), RATE, COUNT).run(port, CONNECTIONS)
    assert len(seconds) == COUNT
    return quantiles(seconds[WARM_UP:], n=100)[98] * 1e3


async def _bare_open_loop(settings: Settings) -> Sequence[float]:
    seconds: list[float] = []

    async def one(due: float) -> None:
        await ask()
        seconds.append(time.perf_counter() - due)

    async with _bare(settings) as ask:
        begin = time.perf_counter() + 0.1
        running = []
        for number in range(COUNT):
            due = begin + number / RATE
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            running.append(asyncio.create_task(one(due)))
        await asyncio.gather(*running)
    return seconds
