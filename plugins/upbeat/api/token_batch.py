"""How many requests of a key one process asks for at once: pure arithmetic.

A request that had to ask Redis would wait for it. So a process takes several grants of the shared limit at a time, as many as it
lately used up, and gives them out itself. What it does not use is lost to the key: a batch is small against the limit, and a limit of
few requests is asked for one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

from upbeat.ratelimit import Rate

LARGEST = 64
_PART = 20


def largest_batch(rate: Rate) -> int:
    """A twentieth of the limit, at least 1 and at most 64."""
    return max(1, min(LARGEST, rate.amount // _PART))


def lifetime(rate: Rate) -> float:
    """Seconds for which a grant may wait for its request: a twentieth of the period, at most one second.

    By so much the limit's period can be shorter than it says.
    """
    return min(1.0, rate.per_seconds / _PART)


@dataclass(slots=True)
class TokenBatch:
    """The grants that one process holds for one key. Times are the caller's clock."""

    rate: Rate
    tokens: int = 0
    size: int = 1
    ends_at: float = float("-inf")

    def take(self, now: float) -> bool:
        """Use one grant; False when there is none that still counts."""
        if self.tokens == 0 or now >= self.ends_at:
            return False
        self.tokens -= 1
        return True

    def next_size(self, now: float, waiting: int) -> int:
        """How many grants to ask for: twice as many as last time when all were used in time, else half as many."""
        used_up = self.tokens == 0 and now < self.ends_at
        self.size = self.size * 2 if used_up else max(1, self.size // 2)
        self.size = min(self.size, largest_batch(self.rate))
        return max(self.size, waiting)

    def fill(self, granted: int, now: float) -> None:
        """Take grants in; those of before are forgotten."""
        self.tokens, self.ends_at = granted, now + lifetime(self.rate)
