"""One process that asks the limiter as fast as it can: `hammer.py URL START SECONDS` prints how many requests passed."""

from __future__ import annotations

import asyncio
import sys
import time

from upbeat.ratelimit import Limit, RedisRateLimiter
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

CALLERS = 16


async def hammer(url: str, start: float, seconds: float) -> int:
    limiter = RedisRateLimiter(async_client(Settings(redis_url=url), least_seconds=60))  # type: ignore[arg-type]
    limits = [Limit("source", 200, 0.5), Limit("global", 10_000, 600.0)]
    await asyncio.sleep(max(0.0, start - time.time()))
    until = time.monotonic() + seconds

    async def ask() -> int:
        granted = asked = 0
        while time.monotonic() < until:
            asked += 1
            decision = await limiter.acquire([*limits, Limit(f"handle_{asked % 50}", 20, 1.0)])
            granted += decision.allowed
        return granted

    granted = sum(await asyncio.gather(*(ask() for _ in range(CALLERS))))
    await limiter.close()
    return granted


if __name__ == "__main__":
    print(asyncio.run(hammer(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))))
