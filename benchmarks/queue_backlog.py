"""Does a claim cost the same behind a million pending tasks as behind ten thousand?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psycopg

from benchmarks.private_stack import private_stack
from benchmarks.queues import ours
from benchmarks.queues.race import settle
from benchmarks.rows import Row
from upbeat.queue.store import claim
from upbeat.records import Platform
from upbeat.settings import Settings

REPEATS = 5
SMALL, LARGE = 10_000, 1_000_000
CLAIMED, BATCH = 9_000, 500
WARM_UP = 2
TARGET = 0.9


def run(say: Callable[[str], None]) -> list[Row]:
    """Claims from both backlogs in turn; what was claimed is put back, and the tables are vacuumed in between."""
    rates: dict[int, list[float]] = {SMALL: [], LARGE: []}
    with private_stack(["postgres"]) as settings:
        for repeat in range(REPEATS):
            for backlog in (SMALL, LARGE):
                ours.clear(settings)
                ours.fill(settings, backlog)
                settle(settings)
                rates[backlog].append(asyncio.run(_claim(settings)))
            say(
                f"repeat {repeat + 1} of {REPEATS}: "
                + ", ".join(f"{backlog:,} pending {rate[-1]:,.0f}/s" for backlog, rate in rates.items())
            )
    ratios = [large / small for large, small in zip(rates[LARGE], rates[SMALL], strict=True)]
    return [
        Row(
            what="claims",
            unit="tasks/s",
            ours=rates[LARGE],
            peer=rates[SMALL],
            peer_name=f"itself with {SMALL:,} pending",
            note=f"{CLAIMED:,} tasks in claims of {BATCH} from {LARGE:,} pending ones, one connection",
        ),
        Row(
            what="rate behind 1 M : rate behind 10 k",
            unit="",
            ours=ratios,
            peer=[],
            peer_name="",
            target=TARGET,
            note="of the two rates of each repeat",
        ),
    ]


async def _claim(settings: Settings) -> float:
    connection = await psycopg.AsyncConnection.connect(
        settings.postgres_dsn(), autocommit=True, options="-c plan_cache_mode=force_generic_plan"
    )
    async with connection:
        wanted = {(Platform.INSTAGRAM, "flow_0"): BATCH}
        for _ in range(WARM_UP):
            await claim(connection, wanted, "bench", 60.0)
        claimed = 0
        started = time.perf_counter()
        while claimed < CLAIMED - WARM_UP * BATCH:
            claimed += len(await claim(connection, wanted, "bench", 60.0))
        return claimed / (time.perf_counter() - started)
