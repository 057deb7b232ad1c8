"""One worker that asks its limiter without a pause: `worker_process.py URL WORKERS`.

It goes on from each step at a line on stdin, and tells each in a line: "ready" (it knows of that many workers), "asks" (it has
taken several snapshots of the windows that it fills), "ended". Then it signs off and prints JSON: `spans`, when each granted
request was asked and answered (seconds of the machine's monotonic clock), `modes`, and how often each mode was met. Ends with exit code 1 and a traceback when anything raises.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence

from upbeat.logs import configure_logging
from upbeat.ratelimit import Decision, Limit, RedisRateLimiter, ResilientRateLimiter
from upbeat.ratelimit.redis_limiter import Window
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

CALLERS = 8
SNAPSHOTS = 3
LONG = Limit("source", 60, 6.0)
SHORT = Limit("handle", 40, 1.0)


class Watched(RedisRateLimiter):
    """Counts what it is asked."""

    decisions = snapshots = 0

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        self.decisions += 1
        return await super().acquire(limits)

    async def windows(self, limits: Sequence[Limit], *, parts: int) -> list[Window]:
        found = await super().windows(limits, parts=parts)
        self.snapshots += 1
        return found


async def step(name: str) -> None:
    print(name, flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def work(url: str, workers: int) -> dict[str, object]:
    # Patient: a killed Redis refuses at once, and a slow answer is not what is tested.
    watched = Watched(async_client(Settings(redis_url=url, redis_answer_seconds=10)))  # type: ignore[arg-type]  # pydantic reads the text
    limiter = ResilientRateLimiter(watched)
    spans: list[tuple[float, float]] = []
    modes: Counter[str] = Counter()
    end = asyncio.Event()

    async def ask() -> None:
        while not end.is_set():
            before = time.monotonic()
            decision = await limiter.acquire([LONG, SHORT])
            modes[limiter.mode] += 1
            if decision.allowed:
                spans.append((before, time.monotonic()))
            await asyncio.sleep(0.005)

    await limiter.acquire([Limit("hello", 1_000, 1.0)])
    while limiter.live_workers != workers:  # noqa: ASYNC110 - the others are processes
        await asyncio.sleep(0.05)
    await step("ready")
    asking = [asyncio.create_task(ask()) for _ in range(CALLERS)]
    enough = watched.snapshots + SNAPSHOTS
    while watched.snapshots < enough:  # noqa: ASYNC110 - Redis is asked
        await asyncio.sleep(0.05)
    await step("asks")
    end.set()
    await asyncio.gather(*asking)
    live = limiter.live_workers
    await step("ended")
    await limiter.close()
    return {"spans": spans, "modes": dict(modes), "live_workers": live}


if __name__ == "__main__":
    configure_logging()
    print(json.dumps(asyncio.run(work(sys.argv[1], int(sys.argv[2])))))
