"""How often a key may ask: one limit per key over all processes, in Redis; while Redis is away, in each process by itself."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from upbeat.api.token_batch import TokenBatch
from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.ratelimit import Limit, MemoryRateLimiter, Rate, RateLimiter, RedisRateLimiter, parse_rate
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

ALONE_SECONDS = 1.0
"""After a failure Redis is not asked for so long."""
_MOST_KEYS = 4_096

log = get_logger("api")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was decided. `remaining` is what the key had left when Redis was last asked, less what this process used since."""

    rate: Rate
    allowed: bool
    remaining: int
    retry_after: float = 0.0

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers), as ASGI sends them."""
        policy = b'"key";q=%d;w=%d' % (self.rate.amount, ceil(self.rate.per_seconds))
        left = b'"key";r=%d' % self.remaining
        if not self.allowed:
            left += b";t=%d" % max(1, ceil(self.retry_after))
        return [(b"ratelimit-policy", policy), (b"ratelimit", left)]


@dataclass(slots=True)
class _Key:
    limit: Limit
    batch: TokenBatch
    remaining: int
    refused_until: float = float("-inf")
    waiting: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeyRates:
    """The limits of the keys that this process has seen."""

    def __init__(
        self,
        default: str,
        shared: Callable[[], RateLimiter],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`default` is the rate of a key without one; `shared` makes the limiter of all processes when it is first needed.

        Raises `InputError` for a default that is no rate.
        """
        self._default = parse_rate(default, name="UPBEAT_API_KEY_RATE")
        self._rates: dict[str, Rate] = {}
        self._make_shared = shared
        self._shared: RateLimiter | None = None
        self._alone = MemoryRateLimiter(clock=clock)
        self._alone_until = float("-inf")
        self._keys: OrderedDict[str, _Key] = OrderedDict()
        self._clock = clock

    async def take(self, key_id: str, rate_text: str | None) -> Allowance:
        """Let one request of a key pass, or tell when the next one may."""
        key = self._key(key_id, rate_text)
        now = self._clock()
        if now < key.refused_until:
            return self._refused(key, now)
        if key.batch.take(now):
            key.remaining = max(0, key.remaining - 1)
            return Allowance(key.batch.rate, True, key.remaining)
        return await self._ask(key)

    async def close(self) -> None:
        """Give the connections back."""
        if self._shared is not None:
            await self._shared.close()
            self._shared = None

    async def _ask(self, key: _Key) -> Allowance:
        key.waiting += 1
        try:
            async with key.asking:
                now = self._clock()
                while not key.batch.take(now):
                    if now < key.refused_until:
                        return self._refused(key, now)
                    await self._fill(key, key.batch.next_size(now, key.waiting))
                    now = self._clock()
        finally:
            key.waiting -= 1
        key.remaining = max(0, key.remaining - 1)
        return Allowance(key.batch.rate, True, key.remaining)

    async def _fill(self, key: _Key, size: int) -> None:
        limiter = self._limiter()
        try:
            decisions = await asyncio.gather(*(limiter.acquire([key.limit]) for _ in range(size)))
            (state,) = await limiter.peek([key.limit])
        except StoreUnavailableError as error:
            self._alone_until = self._clock() + ALONE_SECONDS
            log.warning("rates of API keys hold in each process alone: Redis is away", reason=str(error))
            return
        now = self._clock()
        granted = sum(decision.allowed for decision in decisions)
        key.batch.fill(granted, now)
        key.remaining = state.remaining + granted
        if granted == 0:
            key.refused_until = now + max(decision.retry_after for decision in decisions)

    def _limiter(self) -> RateLimiter:
        if self._clock() < self._alone_until:
            return self._alone
        if self._shared is None:
            self._shared = self._make_shared()
        return self._shared

    def _refused(self, key: _Key, now: float) -> Allowance:
        return Allowance(key.batch.rate, False, 0, key.refused_until - now)

    def _key(self, key_id: str, rate_text: str | None) -> _Key:
        rate = self._default if rate_text is None else self._rate(rate_text)
        key = self._keys.get(key_id)
        if key is None or key.batch.rate is not rate:
            limit = Limit(f"upbeat_api_key_{key_id}", rate.amount, rate.per_seconds)
            key = self._keys[key_id] = _Key(limit, TokenBatch(rate), rate.amount)
            if len(self._keys) > _MOST_KEYS:
                self._keys.popitem(last=False)
        return key

    def _rate(self, text: str) -> Rate:
        rate = self._rates.get(text)
        if rate is None:
            rate = self._rates[text] = parse_rate(text, name="rate of the API key")
        return rate


def key_rates(settings: Settings) -> KeyRates:
    """The limits of one process of the API."""
    return KeyRates(settings.api_key_rate, lambda: RedisRateLimiter(async_client(settings)))
