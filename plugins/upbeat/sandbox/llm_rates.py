"""The rate limits of the language model's API: requests and tokens a minute, refilled all the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """One budget. `level` is what is left of `per_minute`, None until first asked for."""

    level: float | None = None
    at: float = 0.0

    def refilled(self, per_minute: int, now: float) -> float:
        """What is left now."""
        if self.level is None:
            return float(per_minute)
        return min(float(per_minute), self.level + (now - self.at) * per_minute / 60)

    def take(self, amount: float, per_minute: int, now: float) -> None:
        """Take from what is left."""
        self.level, self.at = self.refilled(per_minute, now) - amount, now


@dataclass(slots=True)
class Rates:
    """The budgets of one model. An amount larger than the whole budget is let through when the budget is full."""

    clock: Callable[[], float]
    requests: Bucket = field(default_factory=Bucket)
    tokens: Bucket = field(default_factory=Bucket)

    def wait(
        self, tokens: int, requests_per_minute: int | None, tokens_per_minute: int | None
    ) -> tuple[float, str]:
        """Take one request with its tokens; seconds until it would fit and what is short when it does not, and nothing is taken."""
        now = self.clock()
        asked = (
            (self.requests, 1, requests_per_minute, "requests"),
            (self.tokens, tokens, tokens_per_minute, "tokens"),
        )
        for bucket, amount, per_minute, unit in asked:
            if per_minute is None:
                continue
            short = min(amount, per_minute) - bucket.refilled(per_minute, now)
            if short > 1e-9:
                return short * 60 / per_minute, unit
        for bucket, amount, per_minute, _ in asked:
            if per_minute is not None:
                bucket.take(amount, per_minute, now)
        return 0.0, ""

    def left(self, unit: str, per_minute: int) -> tuple[int, float]:
        """What is left of a budget, and the seconds until it is full."""
        bucket = self.requests if unit == "requests" else self.tokens
        level = max(0.0, bucket.refilled(per_minute, self.clock()))
        return int(level), (per_minute - level) * 60 / per_minute
