"""The same limits in one process's memory: for a worker without Redis, and for programs that run alone.

The rule is that of the Redis script: a request passes when the amount-th newest grant is a whole period old.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from upbeat.ratelimit.limiter import require_distinct_keys
from upbeat.ratelimit.limits import ALLOWED, Decision, Limit, LimitState
from upbeat.ratelimit.share import share_of

_SWEEP_AT = 1_000


@dataclass(slots=True)
class _Window:
    """The grants of one key, oldest first; `limit` is the whole fleet's, as last asked for."""

    limit: Limit
    times: deque[float] = field(default_factory=deque)
    penalty_until: float = float("-inf")

    def wait(self, now: float, own: Limit) -> float:
        """Seconds until a request passes this key under the worker's own share; 0.0 for now."""
        wait = max(0.0, self.penalty_until - now)
        nth = len(self.times) - own.amount
        if nth >= 0:
            wait = max(wait, self.times[nth] + own.per_seconds - now)
        return wait

    def is_over(self, now: float, own: Limit) -> bool:
        """Nothing in here can make anyone wait any more."""
        return self.penalty_until <= now and (not self.times or self.times[-1] + own.per_seconds <= now)


class MemoryRateLimiter:
    """Stacked limits of one process, at `1 / workers` of each cap (see `share.share_of`).

    `clock` gives seconds that never go back.
    """

    def __init__(self, *, workers: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self.workers = workers
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._sweep_at = _SWEEP_AT

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        """One decision over all levels, all or nothing."""
        return self.decide(limits)

    def decide(self, limits: Sequence[Limit]) -> Decision:
        """`acquire`, for callers that do not await."""
        require_distinct_keys(limits)
        now = self._clock()
        stack = [(self._window(limit), share_of(limit, self.workers)) for limit in limits]
        longest, at = max(((window.wait(now, own), own.key) for window, own in stack), default=(0.0, ""))
        if longest > 0:
            return Decision(False, longest, at)
        for window, own in stack:
            window.times.append(now)
            while len(window.times) > own.amount:
                window.times.popleft()
        self._sweep(now)
        return ALLOWED

    async def penalise(self, key: str, seconds: float) -> None:
        """Let nothing pass `key` for `seconds`."""
        self.penalise_for(key, seconds)

    def penalise_for(self, key: str, seconds: float) -> None:
        """`penalise`, for callers that do not await."""
        # What the key's limit is, its next request tells.
        window = self._windows.setdefault(key, _Window(Limit(key, 1, 0.0)))
        window.penalty_until = max(window.penalty_until, self._clock() + seconds)

    async def peek(self, limits: Sequence[Limit]) -> list[LimitState]:
        """How full each limit is now, at this process's share."""
        now = self._clock()
        return [self._state(share_of(limit, self.workers), now) for limit in limits]

    async def close(self) -> None:
        """Nothing to give back."""

    def seed(self, limit: Limit, ages: Sequence[float]) -> None:
        """Count grants that were made elsewhere, by their ages in seconds, against this process's share."""
        now = self._clock()
        window = self._window(limit)
        window.times = deque(sorted([*window.times, *(now - age for age in ages)]))

    def ages_since(self, start: float) -> dict[Limit, list[float]]:
        """The ages (s) of the grants later than `start` (of this clock) that still count, by limit."""
        now = self._clock()
        return {
            window.limit: [
                now - time
                for time in takewhile(lambda time: time > start, reversed(window.times))
                if now - time < window.limit.per_seconds
            ]
            for window in self._windows.values()
        }

    def penalties(self) -> dict[str, float]:
        """The keys under a penalty and for how many more seconds."""
        now = self._clock()
        return {key: w.penalty_until - now for key, w in self._windows.items() if w.penalty_until > now}

    def _window(self, limit: Limit) -> _Window:
        window = self._windows.get(limit.key)
        if window is None:
            window = self._windows[limit.key] = _Window(limit)
        elif window.limit is not limit:
            window.limit = limit
        return window

    def _state(self, own: Limit, now: float) -> LimitState:
        window = self._windows.get(own.key) or _Window(own)
        used = sum(1 for _ in takewhile(lambda time: time + own.per_seconds > now, reversed(window.times)))
        return LimitState(own, used, window.wait(now, own), max(0.0, window.penalty_until - now))

    def _sweep(self, now: float) -> None:
        """Handles come and go: forget those that bind nobody, when the number of keys has doubled since the last time."""
        if len(self._windows) < self._sweep_at:
            return
        self._windows = {
            key: window
            for key, window in self._windows.items()
            if not window.is_over(now, share_of(window.limit, self.workers))
        }
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._windows))
