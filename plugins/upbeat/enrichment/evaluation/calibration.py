"""Whether a stated confidence is the share of answers that turn out right. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from upbeat.enrichment.evaluation.intervals import Estimate, share_of

MOST_BINS = 10
LEAST_ROWS_OF_A_BIN = 10
RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence: what was said on average, and the share that was right."""

    said: float
    found: Estimate


@dataclass(frozen=True, slots=True)
class Calibration:
    """All answers that stated a confidence.

    Attributes:
        expected_error: mean distance of said and found over equally filled bins, weighed by their answers; even a perfect confidence has
            some by chance, which the interval does not take out.
        brier: mean squared distance of the confidence and the outcome (0 or 1).
    """

    answers: int
    bins: tuple[Bin, ...]
    expected_error: Estimate
    brier: float


def calibration(answers: Sequence[tuple[float, bool]], *, seed: int = 0) -> Calibration | None:
    """The table for pairs of confidence (0 to 1) and whether all that it is about was right; None of fewer than ten."""
    if len(answers) < LEAST_ROWS_OF_A_BIN:
        return None
    # By confidence alone: sorted by the outcome, too, answers of one confidence would be parted into wrong ones and right ones.
    ordered = np.array(sorted(answers, key=lambda one: one[0]), dtype=float)
    parts = _parts(ordered)
    drawn = np.random.default_rng(seed)
    errors = []
    for _ in range(RESAMPLES):
        sample = ordered[drawn.integers(0, len(ordered), len(ordered))]
        errors.append(_error(_parts(sample[np.argsort(sample[:, 0], kind="stable")]), len(sample)))
    low, high = np.quantile(errors, [0.025, 0.975])
    return Calibration(
        len(ordered),
        tuple(_bin(part) for part in parts),
        Estimate(_error(parts, len(ordered)), float(low), float(high), len(ordered)),
        float(((ordered[:, 0] - ordered[:, 1]) ** 2).mean()),
    )


def _parts(ordered: np.ndarray) -> list[np.ndarray]:
    """Up to ten parts of as many answers each, by confidence."""
    return np.array_split(ordered, max(1, min(MOST_BINS, len(ordered) // LEAST_ROWS_OF_A_BIN)))


def _error(parts: list[np.ndarray], rows: int) -> float:
    return float(sum(len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in parts) / rows)


def _bin(part: np.ndarray) -> Bin:
    found = share_of(int(part[:, 1].sum()), len(part))
    assert found is not None
    return Bin(float(part[:, 0].mean()), found)
