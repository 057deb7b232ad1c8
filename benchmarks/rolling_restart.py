"""How many requests fail while the processes of the API are replaced one by one under load?

Two ways: two processes behind a load balancer that asks `/health/ready` every 0.2 s and repeats nothing, each replaced in turn; and
`upbeat api --workers 2` on one port, asked by SIGHUP to replace its processes, with a client that keeps its connections. The load
(open loop) and the processes share this machine.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable

from tests.api_fleet import ApiProcess, Load, replace_one_by_one

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.api import keys
from upbeat.embedded.ports import free_ports
from upbeat.settings import Settings

REPEATS = 2
PER_SECOND = 100
PATH = "/v1/openapi.json"


def run(say: Callable[[str], None]) -> list[Row]:
    """Both ways, `REPEATS` times."""
    ways = {
        "two processes behind a load balancer": _behind_a_balancer,
        "workers on one port, SIGHUP": _workers,
    }
    failed: dict[str, list[float]] = {way: [] for way in ways}
    sent: dict[str, int] = dict.fromkeys(ways, 0)
    with private_stack(["postgres", "redis"]) as settings:
        key = keys.create(settings, "benchmark", ["read", "operations"], rate="1000000/min").text
        for repeat in range(REPEATS):
            for way, measure in ways.items():
                outcomes = asyncio.run(measure(settings, key))
                failed[way].append(sum(outcomes.values()) - outcomes["200"])
                sent[way] += sum(outcomes.values())
                say(f"repeat {repeat + 1} of {REPEATS}, {way}: {dict(outcomes)}")
    return [
        Row(
            what=f"{way}, {PER_SECOND}/s",
            unit="failed requests",
            ours=failed[way],
            peer=[],
            peer_name="",
            target=0,
            lower_is_better=True,
            note=f"of {sent[way]:,} requests in all repeats",
        )
        for way in ways
    ]


async def _behind_a_balancer(settings: Settings, key: str) -> Counter[str]:
    processes = [ApiProcess(settings, port) for port in free_ports(2)]
    try:
        for process in processes:
            process.start()
        load = Load([process.url for process in processes], PATH, key, PER_SECOND)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(2)
        await replace_one_by_one(processes, load, key)
        await asyncio.sleep(2)
        load.stop()
        return await running
    finally:
        for process in processes:
            process.kill()


async def _workers(settings: Settings, key: str) -> Counter[str]:
    service = ApiProcess(settings, *free_ports(1), workers=2)
    try:
        service.start()
        load = Load([service.url], PATH, key, PER_SECOND)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(2)
        service.signal(signal.SIGHUP)
        give_up = time.monotonic() + 90
        while service.text().count("the API ends") < 2 and time.monotonic() < give_up:  # noqa: ASYNC110 - a log
            await asyncio.sleep(0.2)
        await asyncio.sleep(2)
        load.stop()
        return await running
    finally:
        service.kill()
