"""The interval of a share that was counted."""

from __future__ import annotations

import pytest

from upbeat.wilson import wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_the_interval_is_that_of_newcombes_examples_and_of_a_half(
    successes: int, trials: int, low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17, 1998, table I, method 3."""
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("successes", [0, 10])
def test_the_interval_of_none_and_of_all_ends_there(successes: int) -> None:
    low, high = wilson_interval(successes, 10)
    assert 0 <= low <= successes / 10 <= high <= 1
    assert low < high
