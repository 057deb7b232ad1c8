"""One worker that asks its limiter without a pause: `worker_process.py URL START SECONDS WORKERS`.

Prints JSON: `spans`, when each granted request was asked and answered (seconds of the machine's monotonic clock), `modes`, and how
often each mode was met. Ends with exit code 1 and a traceback when anything raises.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter

from upbeat.logs import configure_logging
from upbeat.ratelimit import Limit, RedisRateLimiter, ResilientRateLimiter
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

CALLERS = 8
LONG = Limit("source", 60, 6.0)
SHORT = Limit("handle", 40, 1.0)


async def work(url: str, start: float, seconds: float, workers: int) -> dict[str, object]:
    client = async_client(Settings(redis_url=url))  # type: ignore[arg-type]  # pydantic reads the text
    limiter = ResilientRateLimiter(RedisRateLimiter(client), live_workers=workers)
    spans: list[tuple[float, float]] = []
    modes: Counter[str] = Counter()
    until = start + seconds

    async def ask() -> None:
        while time.monotonic() < until:
            before = time.monotonic()
            decision = await limiter.acquire([LONG, SHORT])
            modes[limiter.mode] += 1
            if decision.allowed:
                spans.append((before, time.monotonic()))
            await asyncio.sleep(0.005)

    await limiter.acquire([Limit("hello", 1_000, 1.0)])
    await asyncio.sleep(max(0.0, start - time.monotonic()))
    await asyncio.gather(*(ask() for _ in range(CALLERS)))
    await limiter.close()
    return {"spans": spans, "modes": dict(modes), "live_workers": limiter.live_workers}


if __name__ == "__main__":
    configure_logging()
    print(
        json.dumps(asyncio.run(work(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))
    )
