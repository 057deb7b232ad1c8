"""Two versions on the same rows: how much one lost against the other, and how sure that is. Pure.

Sources: McNemar's test with the mid-p value after Fagerland, Lydersen and Laake (2013), "The McNemar test for binary matched-pairs data";
the score test of a difference of paired shares after Tango (1998), "Equivalence test and confidence interval for the difference in
proportions for the paired-sample design".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from upbeat.enrichment.evaluation.intervals import bootstrap_means
from upbeat.wilson import Z95

RESAMPLES = 9_999
LEAST_ROWS_OF_MEANS = 200
"""Below, a bootstrap of means says little of its tails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """What happened to one field. Shares and means are 0 to 1.

    Attributes:
        difference: candidate − active, with its 95 % interval.
        lost, won: rows whose score went down, and up.
        p_loss: one-sided: how likely as large a loss is when there is none.
        p_margin: one-sided: how likely as small a loss is when it is as large as the margin.
    """

    field: str
    rows: int
    active: float
    candidate: float
    difference: float
    low: float
    high: float
    lost: int
    won: int
    p_loss: float
    p_margin: float


def compare(
    field: str,
    active: Sequence[float],
    candidate: Sequence[float],
    *,
    margin: float,
    is_binary: bool,
    seed: int = 0,
) -> PairedComparison:
    """Compare the scores of two versions, row by row, in the same order."""
    if len(active) != len(candidate) or not active:
        raise ValueError("needs the scores of the same rows, one at least")
    apart = np.asarray(candidate, dtype=float) - np.asarray(active, dtype=float)
    lost, won = int((apart < 0).sum()), int((apart > 0).sum())
    judged = _binary(lost, won, len(apart), margin) if is_binary else _means(apart, margin, seed)
    return PairedComparison(
        field=field,
        rows=len(apart),
        active=float(np.mean(active)),
        candidate=float(np.mean(candidate)),
        difference=float(apart.mean()),
        low=judged[0],
        high=judged[1],
        lost=lost,
        won=won,
        p_loss=judged[2],
        p_margin=judged[3],
    )


def mid_p(lost: int, won: int) -> float:
    """One-sided mid-p of McNemar's test: P(more than `lost` of the discordant rows) + half of P(as many), each being a fair coin."""
    pairs = lost + won
    if pairs == 0:
        return 1.0
    chances = np.exp(_log_binomial(pairs))
    return min(1.0, float(chances[lost + 1 :].sum() + chances[lost] / 2))


def _log_binomial(pairs: int) -> np.ndarray:
    counts = range(pairs + 1)
    whole = math.lgamma(pairs + 1) - pairs * math.log(2)
    return np.array([whole - math.lgamma(k + 1) - math.lgamma(pairs - k + 1) for k in counts])


def tango_z(lost: int, won: int, rows: int, loss: float) -> float:
    """The score statistic of "the share falls by `loss`": negative when less was lost than that."""
    second = -lost - won + (2 * rows - lost + won) * loss
    third = -won * loss * (1 - loss)
    root = math.sqrt(max(0.0, second * second - 8 * rows * third))
    smaller = max(0.0, (root - second) / (4 * rows))
    variance = rows * (2 * smaller + loss * (1 - loss))
    apart = lost - won - rows * loss
    if variance <= 0:
        return 0.0 if apart == 0 else math.copysign(math.inf, apart)
    return apart / math.sqrt(variance)


def normal_below(z: float) -> float:
    """The standard normal distribution's share below `z`."""
    return math.erfc(-z / math.sqrt(2)) / 2


def _binary(lost: int, won: int, rows: int, margin: float) -> tuple[float, float, float, float]:
    most = _bound(lambda loss: tango_z(lost, won, rows, loss) > -Z95, (lost - won) / rows, 1.0)
    least = -_bound(lambda loss: tango_z(won, lost, rows, loss) > -Z95, (won - lost) / rows, 1.0)
    return -most, -least, mid_p(lost, won), normal_below(tango_z(lost, won, rows, margin))


def _bound(is_inside: Callable[[float], bool], inside: float, outside: float) -> float:
    """The end of an interval, between a loss that is inside and one that is not."""
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_inside(middle) else (inside, middle)
    return inside


def _means(apart: np.ndarray, margin: float, seed: int) -> tuple[float, float, float, float]:
    means = bootstrap_means(apart.tolist(), seed=seed, resamples=RESAMPLES)
    low, high = np.quantile(means, [0.025, 0.975])
    p_loss = float((1 + (means >= 0).sum()) / (len(means) + 1))
    p_margin = float((1 + (means <= -margin).sum()) / (len(means) + 1))
    return float(low), float(high), p_loss, 1.0 if len(apart) < LEAST_ROWS_OF_MEANS else p_margin
