"""Does a claim cost the same behind a million pending tasks as behind ten thousand?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psycopg
from pydantic import SecretStr

from benchmarks.private_stack import private_stack
from benchmarks.queues import ours
from benchmarks.queues.race import settle
from benchmarks.rows import Row
from upbeat.embedded.postgres import maintenance_dsn
from upbeat.queue.store import claim
from upbeat.records import Platform
from upbeat.settings import Settings

REPEATS = 5
SMALL, LARGE = 10_000, 1_000_000
CLAIMS, BATCH = 18, 500
TARGET = 0.9


def run(say: Callable[[str], None]) -> list[Row]:
    """Two databases of one server. Claims alternate between them, so that whatever else the machine does hits both."""
    with private_stack(["postgres"]) as small:
        with psycopg.connect(maintenance_dsn(small), autocommit=True) as connection:
            connection.execute("CREATE DATABASE large TEMPLATE upbeat")
        url = maintenance_dsn(small).rpartition("/")[0] + "/large"
        large = small.model_copy(update={"postgres_url": SecretStr(url)})
        ours.fill(small, SMALL)
        ours.fill(large, LARGE)
        rates: list[tuple[float, float]] = []
        for repeat in range(REPEATS):
            for settings in (small, large):
                settle(settings)
            rates.append(asyncio.run(_alternate(small, large)))
            for settings, backlog in ((small, SMALL), (large, LARGE)):
                ours.fill(settings, CLAIMS * BATCH, first=backlog + repeat * CLAIMS * BATCH)
            behind_small, behind_large = rates[-1]
            say(f"repeat {repeat + 1} of {REPEATS}: {behind_small:,.0f}/s and {behind_large:,.0f}/s")
    return [
        Row(
            what="claims",
            unit="tasks/s",
            ours=[behind_large for _, behind_large in rates],
            peer=[behind_small for behind_small, _ in rates],
            peer_name=f"itself with {SMALL:,} pending",
            note=f"{CLAIMS} claims of {BATCH} from {LARGE:,} pending tasks, one connection",
        ),
        Row(
            what=f"rate behind {LARGE:,} : rate behind {SMALL:,}",
            unit="",
            ours=[behind_large / behind_small for behind_small, behind_large in rates],
            peer=[],
            peer_name="",
            target=TARGET,
            note="of the two rates of each repeat",
        ),
    ]


async def _alternate(small: Settings, large: Settings) -> tuple[float, float]:
    """Tasks per second of claims from each."""
    connections = [
        await psycopg.AsyncConnection.connect(
            settings.postgres_dsn(), autocommit=True, options="-c plan_cache_mode=force_generic_plan"
        )
        for settings in (small, large)
    ]
    wanted = {(Platform.INSTAGRAM, "flow_0"): BATCH}
    seconds = [0.0, 0.0]
    for number in range(CLAIMS):
        for place, connection in enumerate(connections):
            started = time.perf_counter()
            claimed = await claim(connection, wanted, "bench", 60.0)
            if number:  # the first pays for the plan
                seconds[place] += time.perf_counter() - started
            assert len(claimed) == BATCH
    for connection in connections:
        await connection.close()
    tasks = (CLAIMS - 1) * BATCH
    return tasks / seconds[0], tasks / seconds[1]
