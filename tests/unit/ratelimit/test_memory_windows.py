"""The rule itself, over many arrival patterns, with a clock that the test holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.ratelimit import Limit, MemoryRateLimiter


class HeldClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


# Sixteenths of a second are exact in binary: the test's sums have no rounding of their own.
GAPS = st.lists(st.integers(0, 40).map(lambda n: n / 16), max_size=120)
RATES = st.tuples(st.integers(1, 6), st.integers(1, 64).map(lambda n: n / 16))


def most_in_a_window(times: list[float], per_seconds: float) -> int:
    return max((sum(1 for t in times if start <= t < start + per_seconds) for start in times), default=0)


@given(GAPS, RATES, RATES)
@settings(max_examples=200, deadline=None)
def test_no_window_of_any_level_ever_holds_more_than_its_amount(
    gaps: list[float], first: tuple[int, float], second: tuple[int, float]
) -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(clock=clock)
    limits = [Limit("first", *first), Limit("second", *second)]
    granted = []
    for gap in gaps:
        clock.now += gap
        if limiter.decide(limits).allowed:
            granted.append(clock.now)
    for limit in limits:
        assert most_in_a_window(granted, limit.per_seconds) <= limit.amount


@given(GAPS, RATES)
@settings(max_examples=200, deadline=None)
def test_a_request_is_refused_only_when_its_window_is_full(
    gaps: list[float], rate: tuple[int, float]
) -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(clock=clock)
    limit = Limit("key", *rate)
    granted: list[float] = []
    for gap in gaps:
        clock.now += gap
        decision = limiter.decide([limit])
        in_window = sum(1 for t in granted if clock.now - t < limit.per_seconds)
        assert decision.allowed == (in_window < limit.amount)
        if decision.allowed:
            granted.append(clock.now)


@given(GAPS, RATES, RATES)
@settings(max_examples=100, deadline=None)
def test_the_time_to_wait_is_exact(
    gaps: list[float], first: tuple[int, float], second: tuple[int, float]
) -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(clock=clock)
    limits = [Limit("first", *first), Limit("second", *second)]
    for gap in gaps:
        clock.now += gap
        decision = limiter.decide(limits)
        if not decision.allowed:
            clock.now += decision.retry_after - 1 / 64
            assert not limiter.decide(limits).allowed
            clock.now += 1 / 64
            assert limiter.decide(limits).allowed


@given(GAPS, RATES, st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_workers_that_keep_to_their_shares_keep_the_fleet_within_the_cap(
    gaps: list[float], rate: tuple[int, float], workers: int
) -> None:
    """Over the period, or where the share is below one request over the longer one of the share."""
    clock = HeldClock()
    fleet = [MemoryRateLimiter(workers=workers, clock=clock) for _ in range(workers)]
    amount, per_seconds = rate
    granted = []
    for gap in gaps:
        clock.now += gap
        granted += [clock.now for worker in fleet if worker.decide([Limit("key", *rate)]).allowed]
    stretch = max(1.0, workers / amount)
    assert most_in_a_window(granted, per_seconds * stretch) <= amount * stretch


def test_a_share_below_one_request_still_makes_progress() -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(workers=8, clock=clock)
    limit = Limit("key", 2, 1.0)
    assert limiter.decide([limit]).allowed
    assert limiter.decide([limit]).retry_after == 4.0
    clock.now += 4.0
    assert limiter.decide([limit]).allowed


def test_keys_that_bind_nobody_any_more_are_forgotten() -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(clock=clock)
    for number in range(20_000):
        clock.now += 0.01
        assert limiter.decide([Limit(f"handle_{number}", 1, 1.0)]).allowed
    assert len(limiter._windows) <= 2_000


async def test_a_penalty_outlives_the_sweep() -> None:
    clock = HeldClock()
    limiter = MemoryRateLimiter(clock=clock)
    await limiter.penalise("source", 3_600.0)
    for number in range(3_000):
        clock.now += 0.01
        limiter.decide([Limit(f"handle_{number}", 1, 1.0)])
    assert limiter.decide([Limit("source", 10, 1.0)]).retry_after == pytest.approx(3_600 - 30)
