"""One worker that asks its limiter without a pause: `worker_process.py URL WORKERS`.

Prints "ready" when it knows of that many workers, begins at the first line on stdin and ends at the second. Then prints JSON: `spans`, when each granted request was asked and answered (seconds of the machine's monotonic clock), `modes`, and how
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


async def work(url: str, workers: int) -> dict[str, object]:
    # Patient: a killed Redis refuses at once, and a slow answer is not what is tested.
    client = async_client(Settings(redis_url=url, redis_answer_seconds=60))  # type: ignore[arg-type]  # pydantic reads the text
    limiter = ResilientRateLimiter(RedisRateLimiter(client))
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
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    asking = [asyncio.create_task(ask()) for _ in range(CALLERS)]
    await asyncio.to_thread(sys.stdin.readline)
    end.set()
    await asyncio.gather(*asking)
    await limiter.close()
    return {"spans": spans, "modes": dict(modes), "live_workers": limiter.live_workers}


if __name__ == "__main__":
    configure_logging()
    print(json.dumps(asyncio.run(work(sys.argv[1], int(sys.argv[2])))))
