"""The budget of a day: how much of it is used, and what a call that it has no room for is told. In nanodollars. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from upbeat.errors import ThrottledError

NANODOLLARS = 1_000_000_000
"""In a US dollar."""

SETTING = "UPBEAT_LLM_DAILY_BUDGET_USD"
UNDER_WAY_SECONDS = 60.0
"""When to ask again where calls under way hold what is left: most give back more than half of what they reserved."""


class BudgetExhaustedError(ThrottledError):
    """A call was refused before it was sent: the day's budget has no room for it.

    A limit of ours, as every `ThrottledError`: the queue puts the task back until `retry_after` has passed and takes no attempt from it.
    That is when the next UTC day begins, or in a minute where calls under way may yet give back what they reserved.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a day (UTC) has cost, and what calls under way may still cost at most."""

    day: date
    is_sandbox: bool
    spent: int = 0
    reserved: int = 0

    def left(self, budget: int) -> int:
        """What may still be reserved; never below 0."""
        return max(0, budget - self.spent - self.reserved)


def in_nanodollars(dollars: Decimal) -> int:
    """The budget of the settings; parts of a nanodollar are dropped."""
    return int(dollars * NANODOLLARS)


def in_dollars(nanodollars: int) -> Decimal:
    """Exact, nine digits after the point."""
    return Decimal(nanodollars).scaleb(-9)


def dollars(nanodollars: int) -> str:
    """For people: `$0.001234`, without zeros at the end but for cents."""
    whole, _, part = f"{in_dollars(nanodollars):,.9f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


def refused(spend: Spend, reserve: int, budget: int, *, now: datetime) -> BudgetExhaustedError:
    """The error for a call that may cost `reserve` and has no room.

    Args:
        now: with a time zone.
    """
    whose = "sandbox " if spend.is_sandbox else ""
    head = f"the {whose}budget of {dollars(budget)} for {spend.day:%Y-%m-%d} (UTC) has no room for a call of up to {dollars(reserve)}"
    used = f"{dollars(spend.spent)} are spent, {dollars(spend.reserved)} reserved by calls under way"
    waits = seconds_to_next_day(now)
    if spend.spent + reserve <= budget:
        return BudgetExhaustedError(
            f"{head}: {used}; asked again when these have ended", retry_after=min(waits, UNDER_WAY_SECONDS)
        )
    return BudgetExhaustedError(
        f"{head}: {used}; goes on at the next day, or sooner with a higher {SETTING} (tasks that wait: and `upbeat queue wake FLOW`)",
        retry_after=waits,
    )


def seconds_to_next_day(now: datetime) -> float:
    """Until the next midnight in UTC."""
    here = now.astimezone(UTC)
    midnight = datetime(here.year, here.month, here.day, tzinfo=UTC) + timedelta(days=1)
    return (midnight - here).total_seconds()
