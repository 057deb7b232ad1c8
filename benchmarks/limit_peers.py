"""The peers of the benchmark `limits`: other Python limiters, asked one level after another, as their users do it.

Each at its best: redis-py with hiredis, asyncio, connections that stay open, and its fastest algorithm. Tried once with 32 callers on
four levels: `limits` with the fixed window 4,700/s (sliding counter 4,400, moving window 3,900; with coredis, its other client, 2,300 to
2,600), `throttled-py` with the fixed window 5,600/s (leaking bucket 5,000, the others 3,700 to 4,000). `asyncio-redis-rate-limit`
has one algorithm, a fixed window. None of them is exact over a rolling window, as ours is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import redis.asyncio
from asyncio_redis_rate_limit import RateLimiter, RateLimitError, RateSpec
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio.client import Pipeline
from throttled.asyncio import RedisStore, Throttled, per_duration

from upbeat.ratelimit import Limit

Ask = Callable[[Sequence[Limit]], Awaitable[bool]]
"""Whether a request passes every level of its stack."""
Peer = Callable[[str], AbstractAsyncContextManager[Ask]]
"""Opens a limiter on the Redis of a URL."""

CONNECTIONS = 64


@asynccontextmanager
async def limits_package(url: str) -> AsyncIterator[Ask]:
    """`limits`, fixed window, redis-py."""
    storage = RedisStorage(f"async+{url}", implementation="redispy", max_connections=CONNECTIONS)
    limiter = FixedWindowRateLimiter(storage)

    @cache
    def item(amount: int, seconds: float) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(amount, int(seconds))

    async def ask(stack: Sequence[Limit]) -> bool:
        for limit in stack:
            if not await limiter.hit(item(limit.amount, limit.per_seconds), limit.key):
                return False
        return True

    yield ask
    await storage.bridge.get_connection().aclose()


@asynccontextmanager
async def throttled_py(url: str) -> AsyncIterator[Ask]:
    """`throttled-py`, fixed window."""
    options = {"REUSE_CONNECTION": False, "CONNECTION_POOL_KWARGS": {"max_connections": CONNECTIONS}}
    store = RedisStore(server=url, options=options)

    @cache
    def limiter(amount: int, seconds: float) -> Throttled:
        quota = per_duration(timedelta(seconds=seconds), amount)
        return Throttled(using="fixed_window", quota=quota, store=store)

    async def ask(stack: Sequence[Limit]) -> bool:
        for limit in stack:
            if (await limiter(limit.amount, limit.per_seconds).limit(limit.key)).limited:
                return False
        return True

    yield ask
    await store._backend.get_client().aclose()


class _PipelineOfRedis6(Pipeline):
    """EXPIRE … NX, which the peer sends, is refused before Redis 7; without the word it costs the same."""

    def expire(self, name: Any, time: Any, nx: bool = False, **options: bool) -> Any:
        return super().expire(name, time, **options)


class _Redis6(redis.asyncio.Redis):
    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        return _PipelineOfRedis6(self.connection_pool, self.response_callbacks, transaction, shard_hint)


@asynccontextmanager
async def asyncio_redis_rate_limit(url: str) -> AsyncIterator[Ask]:
    """`asyncio-redis-rate-limit`; a limiter for each request, as its decorator does: a shared one has a lock."""
    client = _Redis6.from_url(url, max_connections=CONNECTIONS)

    @cache
    def spec(amount: int, seconds: float) -> RateSpec:
        return RateSpec(amount, int(seconds))

    async def ask(stack: Sequence[Limit]) -> bool:
        try:
            for limit in stack:
                rate = spec(limit.amount, limit.per_seconds)
                async with RateLimiter(limit.key, rate, client, cache_prefix="peer"):
                    pass
        except RateLimitError:
            return False
        return True

    yield ask
    await client.aclose()


PEERS: dict[str, Peer] = {
    "limits": limits_package,
    "throttled-py": throttled_py,
    "asyncio-redis-rate-limit": asyncio_redis_rate_limit,
}
