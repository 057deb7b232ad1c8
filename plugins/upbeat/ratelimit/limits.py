"""What is limited, by how much, and under which Redis key: pure values, no clock and no connection.

A request is bound by a stack of levels; every level that binds it must have room before it goes out. Which levels
bind which caller, and every figure, is a setting; the figures below are the defaults of the specification.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from upbeat.errors import InputError

KEY_PREFIX = "beat_server_beat_"

MAX_AMOUNT = 1_000_000
"""A key keeps one time (10 bytes in Redis) per request of its window: this bounds it to 10 MB."""

_UNIT_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "h": 3_600,
    "hour": 3_600,
    "d": 86_400,
    "day": 86_400,
}
_RATE = re.compile(
    r"\s*(?P<amount>\d+)\s*/\s*(?P<count>\d+(?:\.\d+)?)?\s*(?P<unit>[a-z]+?)s?\s*", re.IGNORECASE
)


class Level(StrEnum):
    """The levels of the stack, in the order in which they are checked."""

    GLOBAL_DAILY = "global_daily"
    GLOBAL_MINUTE = "global_minute"
    HANDLE = "handle"
    SOURCE = "source"


ALL_LEVELS = frozenset(Level)
"""What binds interactive (API) look-ups by default."""

FLOW_LEVELS = frozenset({Level.HANDLE, Level.SOURCE})
"""What binds flows by default."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` requests in any `per_seconds` seconds."""

    amount: int
    per_seconds: float

    def __str__(self) -> str:
        return f"{self.amount}/{self.per_seconds:g}s"


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate on one Redis key: at most `amount` requests in any rolling window of `per_seconds` seconds."""

    key: str
    amount: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class Decision:
    """May a request go out now? If not, `retry_after` seconds from now is the earliest that it could.

    `limited_by` is the key that has to be waited for longest; None when the request is allowed.
    """

    allowed: bool
    retry_after: float = 0.0
    limited_by: str | None = None


ALLOWED = Decision(allowed=True)


@dataclass(frozen=True, slots=True)
class LimitState:
    """What a limit looks like now. `retry_after` is in seconds, 0.0 when a request would pass this level;
    `penalty` is the part of it that an upstream asked for (429, Retry-After)."""

    limit: Limit
    used: int
    retry_after: float
    penalty: float

    @property
    def remaining(self) -> int:
        """Requests that would pass this level now, one after another."""
        return 0 if self.penalty > 0 else max(0, self.limit.amount - self.used)


def parse_rate(text: str, *, name: str = "rate limit") -> Rate:
    """Read `200/h`, `850/min`, `100/30s`, `2/s` or `20000/day`. `name` is what a refusal calls the input.

    Raises `InputError` for any other text, for a zero, and for more than `MAX_AMOUNT` requests.
    """
    match = _RATE.fullmatch(text)
    unit = _UNIT_SECONDS.get(match["unit"].lower()) if match else None
    if match is None or unit is None:
        raise InputError(
            f"{name} {text!r} is not a rate: write requests/period, like 200/h, 850/min or 100/30s"
        )
    amount, seconds = int(match["amount"]), float(match["count"] or 1) * unit
    if amount == 0 or seconds == 0:
        raise InputError(
            f"{name} {text!r} would let nothing pass or never end: both numbers must be above zero"
        )
    if amount > MAX_AMOUNT:
        raise InputError(
            f"{name} {text!r} is above {MAX_AMOUNT} requests: say the same for a shorter period, like 700/min"
        )
    return Rate(amount, seconds)


def _default_sources() -> dict[str, Rate]:
    return {
        "graphapi": Rate(200, 3_600),
        "youtube138": Rate(850, 60),
        "insta-best-performance": Rate(2, 1),
        "rapidapi-arraybobo": Rate(100, 30),
        "rocketapi": Rate(100, 30),
    }


@dataclass(frozen=True, slots=True)
class Figures:
    """The figure of each level. A source without one of its own gets `other_sources`, never none."""

    global_daily: Rate = Rate(20_000, 86_400)
    global_minute: Rate = Rate(60, 60)
    handle: Rate = Rate(1, 1)
    sources: Mapping[str, Rate] = field(default_factory=_default_sources)
    other_sources: Rate = Rate(60, 60)

    def of_source(self, source: str) -> Rate:
        """The figure of a source by its name."""
        return self.sources.get(source, self.other_sources)


def limits_for(
    levels: Collection[Level | str], *, source: str | None, handle: str | None, figures: Figures
) -> list[Limit]:
    """The limits that bind one request, in the order of `Level`.

    A request without a handle (or source) is not bound by that level. The handle's key is the specification's, without the
    platform: a handle that two platforms share is limited in common, which errs on the careful side.
    """
    unknown = set(levels) - ALL_LEVELS
    if unknown:
        raise InputError(f"unknown limit level {sorted(unknown)[0]!r}: use {', '.join(Level)}")
    limits = []
    if Level.GLOBAL_DAILY in levels:
        limits.append(_limit("global_daily", figures.global_daily))
    if Level.GLOBAL_MINUTE in levels:
        limits.append(_limit("global_minute", figures.global_minute))
    if Level.HANDLE in levels and handle:
        limits.append(_limit(f"handle_{handle}", figures.handle))
    if Level.SOURCE in levels and source:
        limits.append(_limit(source_key(source), figures.of_source(source), prefix=""))
    return limits


def source_key(source: str) -> str:
    """The Redis key of a source's limit: what a 429 of that source penalises."""
    return f"{KEY_PREFIX}source_{source}"


def _limit(name: str, rate: Rate, prefix: str = KEY_PREFIX) -> Limit:
    return Limit(prefix + name, rate.amount, rate.per_seconds)
