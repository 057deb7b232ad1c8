"""What every rate limiter can do, and how a caller waits for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from upbeat.errors import ThrottledError
from upbeat.ratelimit.limits import Decision, Limit, LimitState


class RateLimiter(Protocol):
    """Decides over stacks of limits. The keys of one stack are distinct."""

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        """Decide over all levels at once: a request passes all of them, or spends nothing at any."""
        ...

    async def penalise(self, key: str, seconds: float) -> None:
        """Let nothing pass `key` for `seconds` from now (an upstream 429 or Retry-After). Never shortens a penalty."""
        ...

    async def peek(self, limits: Sequence[Limit]) -> list[LimitState]:
        """How full each limit is now. Spends nothing."""
        ...

    async def close(self) -> None:
        """Give connections and tasks back."""
        ...


def require_distinct_keys(limits: Sequence[Limit]) -> None:
    """Two limits on one key in one stack would each count the other's requests: a mistake of the caller."""
    if len({limit.key for limit in limits}) != len(limits):
        raise ValueError(f"one stack names a key twice: {[limit.key for limit in limits]}")


async def acquire_or_wait(
    limiter: RateLimiter,
    limits: Sequence[Limit],
    max_wait: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Return once the request may go out, waiting up to `max_wait` seconds (0: refuse at once).

    Raises `ThrottledError` with the time to wait as soon as it is known that `max_wait` will not do. Who waits competes
    with all others again after the wait: there is no order of arrival across processes.
    """
    deadline = clock() + max_wait
    while not (decision := await limiter.acquire(limits)).allowed:
        if clock() + decision.retry_after > deadline:
            raise ThrottledError(
                f"rate limit {decision.limited_by} has no room for {_seconds(decision.retry_after)}",
                retry_after=decision.retry_after,
            )
        await sleep(decision.retry_after)


def _seconds(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
