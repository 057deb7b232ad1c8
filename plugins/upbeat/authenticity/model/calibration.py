"""Whether probabilities mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from upbeat.authenticity.model.fit import Labels
from upbeat.authenticity.model.handles import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Accounts of like probability: `said` is its mean, `found` the share of fakes among them."""

    accounts: int
    said: float
    found: float


def brier_score(probabilities: Floats, fake: Labels) -> float:
    """The mean squared error of probabilities, 0 to 1 (Brier, Monthly Weather Review 78, 1950)."""
    return float(np.mean((probabilities - fake) ** 2))


def reliability(probabilities: Floats, fake: Labels, bins: int = 10) -> list[ReliabilityBin]:
    """Accounts by rising probability, in bins that hold equally many."""
    order = np.argsort(probabilities, kind="stable")
    return [
        ReliabilityBin(
            accounts=len(part),
            said=float(probabilities[part].mean()),
            found=float(fake[part].mean()),
        )
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(probabilities: Floats, fake: Labels, bins: int = 10) -> float:
    """The expected calibration error: the mean distance of said and found, weighted by accounts (Naeini and others, AAAI 2015)."""
    table = reliability(probabilities, fake, bins)
    return sum(part.accounts * abs(part.said - part.found) for part in table) / len(fake)
