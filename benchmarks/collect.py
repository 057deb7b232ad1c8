"""How many profiles a second go from the queue to committed rows in Postgres?

Everything is real and on this machine: the sandbox answers over HTTP, rate limits are asked in Redis, credentials come
from the table, raw answers are archived in S3, rows, log, events and task ends are committed in Postgres. Only the
figures of the limits are raised, on both sides, and printed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import UpstreamHttp
from upbeat.credentials import CredentialCipher, CredentialPool
from upbeat.credentials import store as credentials
from upbeat.flows import FLOWS
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.process import commit_group
from upbeat.ingestion.retrieve import Retriever
from upbeat.queue.store import TaskQueue, enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.ratelimit import limiter_of
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, transaction
from upbeat.workers.pool import run_workers

FLOW = FLOWS["instagram.profile_by_handle"]
REPEATS = 3
PROFILES = 3_000
PEER_PROFILES = 300
CONCURRENCY = 24
TARGET = 250.0
SOURCES = ("graphapi", "rapidapi-igdata", "lama")
RAISED = {"source_limits": dict.fromkeys(SOURCES, "1000000/h"), "limit_handle": "100000/s"}
CREDENTIALS = (
    ("graphapi", {"user_id": "17841400000000001", "token": "sandbox-graph-token-1"}),
    ("rapidapi-igdata", {"key": "sandbox-rapidapi-key-1"}),
)


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peer in turn, `REPEATS` times."""
    ours: list[float] = []
    peer: list[float] = []
    with private_stack(["postgres", "redis", "s3", "sandbox"]) as stack:
        settings = stack.model_copy(update=RAISED)
        with SandboxControl(settings.sandbox_url()) as sandbox:
            sandbox.lift_limits()
            handles = [creator["handle"] for creator in sandbox.creators()]
        say(f"limits: sandbox none; ours {RAISED}; {len(handles)} creators")
        for source, secrets in CREDENTIALS:
            credentials.upsert(settings, source, secrets)
        for repeat in range(REPEATS):
            ours.append(_measure(settings, handles, PROFILES, f"ours-{repeat}", _work))
            peer.append(_measure(settings, handles, PEER_PROFILES, f"peer-{repeat}", _one_by_one))
            say(f"repeat {repeat + 1} of {REPEATS}: ours {ours[-1]:.0f}/s, one by one {peer[-1]:.0f}/s")
    note = (
        f"{PROFILES} tasks over {len(handles)} creators in each repeat ({PEER_PROFILES} for the peer); one worker process, "
        f"{CONCURRENCY} at once; the time of the whole run with the worker's start and end"
    )
    return [
        Row(
            what="collect → committed",
            unit="profiles/s",
            ours=ours,
            peer=peer,
            peer_name="the same steps one after another, one commit per profile",
            target=TARGET,
            note=note,
        )
    ]


def _measure(
    settings: Settings, handles: list[str], tasks: int, key: str, work: Callable[[Settings], None]
) -> float:
    """Profiles per second. Raises `AssertionError` when a task was lost, failed or counted twice."""
    with transaction(settings) as connection:
        before = _logged(connection)
        added = enqueue_now(connection, _tasks(handles, tasks, key))
    started = time.perf_counter()
    work(settings)
    seconds = time.perf_counter() - started
    with transaction(settings) as connection:
        logged = _logged(connection) - before
        statement = "SELECT status::text, count(*) AS n FROM beat.scrape_request_log WHERE idempotency_key LIKE %s GROUP BY 1"
        ended = {row["status"]: row["n"] for row in connection.execute(statement, (f"{key}:%",))}
    assert ended == {"COMPLETE": tasks}, ended
    assert logged == added == tasks, (logged, added)
    return tasks / seconds


def _tasks(handles: list[str], count: int, key: str) -> list[NewTask]:
    return [
        NewTask(
            idempotency_key=f"{key}:{number}",
            platform=Platform.INSTAGRAM,
            flow=FLOW.name,
            params={"handle": handles[number % len(handles)]},
        )
        for number in range(count)
    ]


def _logged(connection: Any) -> int:
    return int(connection.execute("SELECT count(*) AS n FROM beat.profile_log").fetchone()["n"])


def _work(settings: Settings) -> None:
    run_workers(settings, flows=[FLOW.key], processes=1, concurrency=CONCURRENCY, until_idle=True)


def _one_by_one(settings: Settings) -> None:
    """The plain way: claim one, ask, archive, commit, and again."""

    async def loop() -> None:
        async with async_pool(settings) as pool:
            http, limiter = UpstreamHttp(settings), limiter_of(settings)
            chain = FallbackChain(settings, http, limiter, CredentialPool(pool, CredentialCipher(settings)))
            retriever = Retriever(chain, deadline=60, max_attempts=1)
            queue, archive = TaskQueue(pool), RawArchive(settings)
            while tasks := await queue.claim(Platform.INSTAGRAM, [FLOW.name], "peer", 1, 60):
                outcome = await retriever.run(tasks[0], FLOW)
                await archive.write([outcome])
                async with pool.connection() as connection:
                    await commit_group(connection, [outcome])
            await limiter.close()
            await http.close()

    asyncio.run(loop())
