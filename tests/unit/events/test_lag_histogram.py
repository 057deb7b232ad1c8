"""Histograms of lags add up, and their quantiles lie as near to the truth as the bounds allow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.lag_histogram import LAG_BOUNDS, add_counts, lag_counts, quantile

LAGS = st.lists(st.floats(0, 20_000, allow_nan=False), max_size=200)
STEPS = (0.0, *LAG_BOUNDS, math.inf)


def step_of(lag: float) -> int:
    """Number of the step that a lag falls into, found by looking at each bound."""
    return sum(lag > bound for bound in LAG_BOUNDS)


@given(LAGS)
def test_each_lag_is_counted_once_in_its_step(lags: list[float]) -> None:
    expected = [0] * (len(LAG_BOUNDS) + 1)
    for lag in lags:
        expected[step_of(lag)] += 1
    assert lag_counts(lags) == expected


@given(LAGS, LAGS)
def test_the_counts_of_two_batches_add_up_to_those_of_both(one: list[float], other: list[float]) -> None:
    assert add_counts(lag_counts(one), lag_counts(other)) == lag_counts(one + other)


@given(st.lists(st.integers(0, 9), max_size=6), st.lists(st.integers(0, 9), max_size=6))
def test_counts_of_different_lengths_lose_nothing(one: list[int], other: list[int]) -> None:
    both = add_counts(one, other)
    assert sum(both) == sum(one) + sum(other)
    assert both == add_counts(other, one)
    assert len(both) == max(len(one), len(other))


@given(LAGS.filter(bool), st.floats(0, 1))
def test_a_quantile_lies_in_the_step_of_the_true_one(lags: list[float], share: float) -> None:
    true = sorted(lags)[max(0, math.ceil(share * len(lags) - 1e-9) - 1)]
    found = quantile(lag_counts(lags), share, max(lags))
    assert found is not None
    step = step_of(true)
    assert STEPS[step] <= found <= min(STEPS[step + 1], max(lags))


def test_events_of_one_step_count_as_evenly_spread() -> None:
    counts = lag_counts([0.6, 0.7, 0.8, 0.9])
    assert quantile(counts, 0.5, 1.0) == pytest.approx(0.75)
    assert quantile(counts, 1.0, 0.9) == 0.9


def test_nothing_has_no_quantile_and_a_clock_ahead_counts_as_no_lag() -> None:
    assert quantile(lag_counts([]), 0.5, 0.0) is None
    assert lag_counts([-3.0])[0] == 1
    assert quantile(lag_counts([-3.0]), 0.5, 0.0) == 0.0
