"""Every limit in force as people see it: its cap, how full it is, and whom it binds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from upbeat.errors import StoreUnavailableError
from upbeat.ratelimit.limits import Figures, Level, Limit, LimitState, limits_for
from upbeat.ratelimit.redis_limiter import RedisRateLimiter
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

PATIENCE_SECONDS = 2.0
"""A person waits longer for Redis than a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One limit. Seconds from now; `used` and what follows are None while Redis is away."""

    level: Level
    name: str
    """Of the handle or source; empty for the global levels."""
    key: str
    amount: int
    per_seconds: float
    binds_flows: bool
    binds_interactive: bool
    used: int | None = None
    remaining: int | None = None
    room_in_seconds: float | None = None
    penalty_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """`away` is the reason when Redis does not answer: each worker then keeps to its share in memory, which nobody else sees.
    `notice` says both to people."""

    rows: list[LimitRow]
    away: str | None = None

    @property
    def notice(self) -> str | None:
        """One line for people while Redis does not answer."""
        return self.away and f"{self.away}: each worker keeps to its share of the caps in memory"


def rows_of(
    settings: Settings, figures: Figures, sources: Collection[str], handles: Collection[str]
) -> list[LimitRow]:
    """The limits in force without their state: the global ones, the given handles, every source."""
    found: list[tuple[Level, str, Limit]] = [
        (level, "", limit)
        for level in (Level.GLOBAL_DAILY, Level.GLOBAL_MINUTE)
        for limit in limits_for({level}, source=None, handle=None, figures=figures)
    ]
    for level, names in ((Level.HANDLE, handles), (Level.SOURCE, sources)):
        for name in names:
            limits = limits_for({level}, source=name, handle=name, figures=figures)
            found += [(level, name, limit) for limit in limits]
    return [
        LimitRow(
            level=level,
            name=name,
            key=limit.key,
            amount=limit.amount,
            per_seconds=limit.per_seconds,
            binds_flows=level in settings.limit_levels_flows,
            binds_interactive=level in settings.limit_levels_interactive,
        )
        for level, name, limit in found
    ]


async def overview(limiter: RedisRateLimiter, rows: Sequence[LimitRow]) -> Overview:
    """The rows with their state. Spends nothing."""
    limits = [Limit(row.key, row.amount, row.per_seconds) for row in rows]
    try:
        states = await limiter.peek(limits)
    except StoreUnavailableError as error:
        return Overview(list(rows), str(error))
    return Overview([_with_state(row, state) for row, state in zip(rows, states, strict=True)])


async def redis_away(settings: Settings) -> str | None:
    """The notice when Redis does not answer the rate limiter; None when it does. Spends nothing."""
    limiter = RedisRateLimiter(async_client(settings, least_seconds=PATIENCE_SECONDS))
    try:
        found = await overview(limiter, rows_of(settings, Figures(), (), ()))
    finally:
        await limiter.close()
    return found.notice


def _with_state(row: LimitRow, state: LimitState) -> LimitRow:
    return replace(
        row,
        used=state.used,
        remaining=state.remaining,
        room_in_seconds=round(state.retry_after, 3),
        penalty_seconds=round(state.penalty, 3),
    )
