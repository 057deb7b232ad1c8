"""Windows follow one another without gap or overlap, and their names sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from upbeat.flows.stale import window_name, window_start

LENGTHS = st.integers(1, 14 * 24 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(LENGTHS, TIMES)
def test_a_time_lies_in_the_window_that_it_names(every: timedelta, now: datetime) -> None:
    start = window_start(every, now)
    assert start <= now < start + every
    assert window_start(every, start) == start


@given(LENGTHS, TIMES)
def test_the_next_window_begins_where_one_ends(every: timedelta, now: datetime) -> None:
    start = window_start(every, now)
    assert window_start(every, start + every) == start + every
    assert window_start(every, start + every - timedelta(microseconds=1)) == start


@given(LENGTHS, TIMES, TIMES)
def test_names_are_the_same_within_a_window_alone_and_sort_by_time(
    every: timedelta, one: datetime, other: datetime
) -> None:
    same = window_start(every, one) == window_start(every, other)
    assert (window_name(every, one) == window_name(every, other)) is same
    if not same:
        assert (window_name(every, one) < window_name(every, other)) is (one < other)


def test_a_window_is_named_by_its_start_in_utc() -> None:
    now = datetime(2026, 11, 22, 14, 40, tzinfo=UTC)
    assert window_name(timedelta(hours=3), now) == "2026-11-22T12:00Z"
    assert window_name(timedelta(days=1), now.astimezone()) == "2026-11-22T00:00Z"
