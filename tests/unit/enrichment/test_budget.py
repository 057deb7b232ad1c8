"""What a call is told that the day's budget has no room for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.budget import (
    Spend,
    dollars,
    in_dollars,
    in_nanodollars,
    refused,
    seconds_to_next_day,
)

DAY = date(2026, 3, 1)
EVENING = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("nanodollars", "text"),
    [
        (0, "$0.00"),
        (1, "$0.000000001"),
        (500_000, "$0.0005"),
        (10_000_000_000, "$10.00"),
        (1_234_500_000_000, "$1,234.50"),
    ],
)
def test_money_is_written_exactly(nanodollars: int, text: str) -> None:
    assert dollars(nanodollars) == text


@given(st.integers(0, 10**16))
def test_dollars_and_nanodollars_are_the_same_money(nanodollars: int) -> None:
    assert in_nanodollars(in_dollars(nanodollars)) == nanodollars
    assert Decimal(dollars(nanodollars).lstrip("$").replace(",", "")) == in_dollars(nanodollars)


def test_a_used_up_day_waits_for_the_next_one_in_utc() -> None:
    error = refused(Spend(day=DAY, is_sandbox=False, spent=95), 10, 100, now=EVENING)
    assert error.retry_after == 3_600
    assert "2026-03-01 (UTC)" in str(error)
    assert "sandbox" not in str(error)


def test_what_calls_under_way_hold_may_come_back_within_the_minute() -> None:
    error = refused(Spend(day=DAY, is_sandbox=True, spent=50, reserved=45), 10, 100, now=EVENING)
    assert error.retry_after == 60
    late = EVENING + timedelta(minutes=59, seconds=50)
    assert refused(Spend(day=DAY, is_sandbox=True, reserved=95), 10, 100, now=late).retry_after == 10


def test_a_call_that_is_dearer_than_the_whole_budget_says_so_with_its_price() -> None:
    error = refused(Spend(day=DAY, is_sandbox=False), 2_000_000_000, 1_000_000_000, now=EVENING)
    assert "budget of $1.00" in str(error)
    assert "a call of up to $2.00" in str(error)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_the_next_day_begins_within_a_day(now: datetime) -> None:
    if now.year in (1, 9999):
        return
    seconds = seconds_to_next_day(now)
    assert 0 < seconds <= 86_400
    assert (now + timedelta(seconds=seconds)).astimezone(UTC).time().isoformat() == "00:00:00"


@given(st.integers(0, 200), st.integers(0, 200))
def test_what_is_left_is_never_below_nothing(spent: int, reserved: int) -> None:
    left = Spend(day=DAY, is_sandbox=False, spent=spent, reserved=reserved).left(100)
    assert left == max(0, 100 - spent - reserved)
