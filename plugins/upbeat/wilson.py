"""The interval of a share that was counted."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
"""Half the width of a 95 % interval in standard deviations."""


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % score interval of `successes` of `trials` (Wilson, Journal of the American Statistical Association 22, 1927).

    It holds the share itself, and lies within 0 and 1. `trials` is positive.
    """
    share, size = successes / trials, trials + Z95 * Z95
    centre = (successes + Z95 * Z95 / 2) / size
    reach = Z95 / size * sqrt(trials * share * (1 - share) + Z95 * Z95 / 4)
    # Rounding puts the ends for shares of 0 and 1 a hair beside them.
    return min(max(centre - reach, 0.0), share), max(min(centre + reach, 1.0), share)
