"""Intervals around shares and means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from upbeat.wilson import wilson_interval

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; `rows` is what it was measured on."""

    value: float
    low: float
    high: float
    rows: int


def share_of(successes: int, rows: int) -> Estimate | None:
    """A share with Wilson's interval; None of no rows."""
    return Estimate(successes / rows, *wilson_interval(successes, rows), rows) if rows else None


def bootstrap_means(values: Sequence[float], *, seed: int, resamples: int = RESAMPLES) -> np.ndarray:
    """Means of `resamples` samples with replacement, sorted; a seed gives the same ones."""
    drawn, given = np.random.default_rng(seed), np.asarray(values, dtype=float)
    means = np.empty(resamples)
    for number in range(resamples):
        means[number] = given[drawn.integers(0, len(given), len(given))].mean()
    return np.sort(means)


def bootstrap_mean(values: Sequence[float], *, seed: int = 0) -> Estimate | None:
    """A mean with its percentile interval; None of no rows."""
    if not values:
        return None
    low, high = np.quantile(bootstrap_means(values, seed=seed), [0.025, 0.975])
    return Estimate(float(np.mean(values)), float(low), float(high), len(values))
