"""How many profiles a second go from the queue to committed rows in Postgres, all sources mixed?

Everything is real and on this machine: the sandbox answers over HTTP for every source that tells profiles, rate limits are asked
in Redis, credentials come from the table, raw answers are archived in S3, rows, log, events and task ends are committed in
Postgres. Only the figures of the limits are raised, on both sides, and printed. Every worker process has chains of its own, of
one source each, so that all sources answer alike; the share of each is told.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from upbeat.ingestion.runner import TaskRunner
from upbeat.queue.store import TaskQueue, enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.ratelimit import limiter_of
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.shipped_credentials import shipped_credentials
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, transaction
from upbeat.workers.pool import run_workers

REPEATS = 3
PROFILES = 12_000
PEER_PROFILES = 300
CONCURRENCY = 10
TARGET = 500.0
SOURCES = (
    "graphapi",
    "rapidapi-igdata",
    "rapidapi-jotucker",
    "rapidapi-neotank",
    "rapidapi-arraybobo",
    "rocketapi",
    "insta-best-performance",
    "lama",
    "ytapi",
    "youtube138",
)
RAISED = {"source_limits": dict.fromkeys(SOURCES, "1000000/h"), "limit_handle": "100000/s"}
FLOW_KEYS = (
    "instagram.profile_by_handle",
    "instagram.profile_by_id",
    "instagram.profile_basic",
    "youtube.channel_by_id",
    "youtube.channel_basic",
)
CHAINS: tuple[tuple[str, ...], ...] = (
    ("graphapi", "rapidapi-jotucker", "lama", "ytapi", "youtube138"),
    ("rapidapi-igdata", "rapidapi-arraybobo", "insta-best-performance", "youtube138", "ytapi"),
    ("rapidapi-neotank", "rocketapi", "rapidapi-igdata", "ytapi", "youtube138"),
)
"""One worker process each: its source for each of `FLOW_KEYS`."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the tasks ask about."""

    creators: list[dict[str, Any]]
    channels: list[dict[str, Any]]

    def params(self, flow: str, number: int) -> dict[str, str]:
        """What task `number` of a flow asks."""
        if flow.startswith("youtube"):
            return {"channel_id": self.channels[number % len(self.channels)]["channel_id"]}
        creator = self.creators[number % len(self.creators)]
        return {"user_id": creator["profile_id"]} if flow.endswith("by_id") else {"handle": creator["handle"]}


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peer in turn, `REPEATS` times."""
    ours: list[float] = []
    peer: list[float] = []
    with private_stack(["postgres", "redis", "s3", "sandbox"]) as stack:
        settings = stack.model_copy(update=RAISED)
        with SandboxControl(settings.sandbox_url()) as sandbox:
            sandbox.lift_limits()
            subjects = Subjects(sandbox.creators(), sandbox.channels())
        say(
            f"limits: sandbox none; ours {RAISED}; {len(subjects.creators)} creators, {len(subjects.channels)} channels"
        )
        for shipped in shipped_credentials():
            # A connected account's own credential answers for others too, and is left out: every key is like another.
            if shipped.handle is None or shipped.source == "graphapi":
                credentials.upsert(settings, shipped.source, shipped.secrets, shipped.handle)
        for repeat in range(REPEATS):
            ours.append(_measure(settings, subjects, PROFILES, f"ours-{repeat}", _work))
            peer.append(_measure(settings, subjects, PEER_PROFILES, f"peer-{repeat}", _one_by_one))
            say(f"repeat {repeat + 1} of {REPEATS}: ours {ours[-1]:.0f}/s, one by one {peer[-1]:.0f}/s")
        shares = _shares(settings)
    note = (
        f"{PROFILES} tasks of {len(FLOW_KEYS)} flows in each repeat ({PEER_PROFILES} for the peer); {len(CHAINS)} worker processes, "
        f"{CONCURRENCY} at once each; the time of the whole run with the workers' start and end; answered by {shares}"
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
    settings: Settings, subjects: Subjects, tasks: int, key: str, work: Callable[[Settings], None]
) -> float:
    """Profiles per second. Raises `AssertionError` when a task was lost, failed or counted twice."""
    with transaction(settings) as connection:
        before = _logged(connection)
        added = enqueue_now(connection, _tasks(subjects, tasks, key))
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


def _tasks(subjects: Subjects, count: int, key: str) -> list[NewTask]:
    tasks = []
    for number in range(count):
        flow = FLOWS[FLOW_KEYS[number % len(FLOW_KEYS)]]
        tasks.append(
            NewTask(
                idempotency_key=f"{key}:{number}",
                platform=flow.platform,
                flow=flow.name,
                params=subjects.params(flow.key, number // len(FLOW_KEYS)),
            )
        )
    return tasks


def _shares(settings: Settings) -> str:
    with transaction(settings) as connection:
        rows = connection.execute(
            "SELECT source, count(*) AS n FROM beat.profile_log GROUP BY 1 ORDER BY 2 DESC"
        ).fetchall()
    total = sum(row["n"] for row in rows)
    return ", ".join(f"{row['source']} {row['n'] / total:.0%}" for row in rows)


def _logged(connection: Any) -> int:
    return int(connection.execute("SELECT count(*) AS n FROM beat.profile_log").fetchone()["n"])


def _with_chains(settings: Settings, sources: Sequence[str]) -> Settings:
    chains = {flow: [source] for flow, source in zip(FLOW_KEYS, sources, strict=True)}
    return settings.model_copy(update={"source_chains": chains})


def _work(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_work_with, args=(_with_chains(settings, sources),)) for sources in CHAINS
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def _work_with(settings: Settings) -> None:
    run_workers(settings, flows=list(FLOW_KEYS), processes=1, concurrency=CONCURRENCY, until_idle=True)


def _one_by_one(settings: Settings) -> None:
    """The plain way: claim one, ask, archive, commit, and again; the sources of the first process."""

    async def loop() -> None:
        own = _with_chains(settings, CHAINS[0])
        async with async_pool(own) as pool:
            http, limiter = UpstreamHttp(own), limiter_of(own)
            chain = FallbackChain(own, http, limiter, CredentialPool(pool, CredentialCipher(own)))
            runner = TaskRunner({"collection": Retriever(chain)}, deadline=60, max_attempts=1)
            queue, archive = TaskQueue(pool), RawArchive(own)
            flows = [FLOWS[key] for key in FLOW_KEYS]
            found = True
            while found:
                found = False
                for flow in flows:
                    for task in await queue.claim(flow.platform, [flow.name], "peer", 1, 60):
                        found = True
                        outcome = await runner.run(task, flow)
                        await archive.write([outcome])
                        async with pool.connection() as connection:
                            await commit_group(connection, [outcome])
            await limiter.close()
            await http.close()

    asyncio.run(loop())
