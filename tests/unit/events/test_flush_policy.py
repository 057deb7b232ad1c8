"""When waiting events become a batch, and how many inserts that makes under load."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.consumers import Consumer
from upbeat.events.flush_policy import FlushLimits, flush_limits, ready
from upbeat.settings import Settings

LIMITS = {"batch_rows": 1000, "largest_rows": 20_000, "flush_seconds": 5.0, "least_interval": 0.25}


@pytest.mark.parametrize(
    ("events", "oldest_age", "since_last", "expected"),
    [
        (0, 0.0, math.inf, False),
        (0, 600.0, math.inf, False),
        (1, 4.9, math.inf, False),
        (1, 5.0, 0.0, True),
        (999, 1.0, math.inf, False),
        (1000, 0.0, math.inf, True),
        (1000, 0.0, 0.25, True),
        (1000, 0.0, 0.24, False),
        (19_999, 0.0, 0.1, False),
        (20_000, 0.0, 0.0, True),
    ],
)
def test_a_kind_is_ready_when_it_is_full_and_rested_or_old_or_as_large_as_may_be(
    events: int, oldest_age: float, since_last: float, expected: bool
) -> None:
    assert ready(events, oldest_age, since_last, **LIMITS) is expected  # type: ignore[arg-type]


@given(st.integers(0, 30_000), st.floats(0, 10), st.floats(0, 1), st.integers(0, 1000))
def test_what_is_ready_stays_ready_with_more_events_or_time(
    events: int, age: float, since: float, more: int
) -> None:
    if ready(events, age, since, **LIMITS):  # type: ignore[arg-type]
        assert ready(events + more, age, since, **LIMITS)  # type: ignore[arg-type]
        assert ready(events, age + more, since, **LIMITS)  # type: ignore[arg-type]
        assert ready(events, age, since + more, **LIMITS)  # type: ignore[arg-type]


@pytest.mark.parametrize("kinds", [1, 2, 5, 10, 26])
def test_ten_thousand_events_a_second_make_at_most_ten_inserts_a_second(kinds: int) -> None:
    step, seconds, per_second = 0.01, 60, 10_000
    limits = flush_limits(consumer(), Settings())
    inserts, largest = 0, 0
    waiting, oldest, last = [0.0] * kinds, [0.0] * kinds, [-math.inf] * kinds
    for tick in range(int(seconds / step)):
        now = tick * step
        for kind in range(kinds):
            oldest[kind] = now if waiting[kind] < 1 else oldest[kind]
            waiting[kind] += per_second * step / kinds
            if ready(int(waiting[kind]), now - oldest[kind], now - last[kind], **as_keywords(limits)):
                inserts += 1
                largest = max(largest, int(waiting[kind]))
                waiting[kind], last[kind] = 0.0, now
    assert inserts / seconds <= 10
    assert largest <= limits.largest_rows


def test_what_a_consumer_says_goes_before_the_settings() -> None:
    settings = Settings(sink_batch_rows=1000, sink_flush_seconds=5.0, sink_largest_batch_rows=2000)
    assert flush_limits(consumer(), settings) == FlushLimits(
        batch_rows=1000, largest_rows=2000, flush_seconds=5.0, least_interval=0.25
    )
    own = flush_limits(consumer(batch_rows=3000, flush_seconds=0.5), settings)
    assert (own.batch_rows, own.largest_rows, own.flush_seconds) == (3000, 3000, 0.5)


def consumer(**told: float) -> Consumer:
    return Consumer.model_validate({"kind": "thing", "table": "thing", "columns": {"name": "string"}} | told)


def as_keywords(limits: FlushLimits) -> dict[str, float]:
    return {name: getattr(limits, name) for name in FlushLimits.__slots__}
