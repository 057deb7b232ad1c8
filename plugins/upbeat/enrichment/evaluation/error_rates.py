"""How often the gate errs, computed and not simulated: every pair of counts that can come about, weighed by its chance. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from upbeat.enrichment.evaluation.paired import mid_p, normal_below, tango_z
from upbeat.enrichment.evaluation.verdict import ALPHA_LOSS, ALPHA_MARGIN, MARGIN

NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Chances of the three verdicts on one binary field; they sum to 1."""

    not_worse: float
    worse: float
    undecided: float


@lru_cache(maxsize=1_000)
def error_rates(rows: int, lost: float, won: float, fields: int = 1) -> ErrorRates:
    """The chances when a row is lost with chance `lost` and won with chance `won`.

    Args:
        fields: of the kind: the level of a loss is shared among them. The rates are this one field's.
    """
    counts_lost, counts_won = _likely(rows, lost), _likely(rows, won)
    sums = dict.fromkeys(("not_worse", "worse", "undecided"), 0.0)
    for down in counts_lost:
        for up in counts_won:
            if (chance := _chance(rows, down, up, lost, won)) > NEGLIGIBLE:
                sums[_verdict(rows, down, up, ALPHA_LOSS / fields)] += chance
    total = sum(sums.values())
    return ErrorRates(*(sums[name] / total for name in ("not_worse", "worse", "undecided")))


def discordance(accuracy: float, loss: float, noise: float) -> tuple[float, float]:
    """Chances that a row is lost and won when a version is right on `accuracy` of the rows and the next on `loss` less.

    A share `noise` of the rows is drawn anew for each version; of the others the same are hard for both. That is how the sandbox's model
    behaves (`prompt_noise`); a share of 1 is the worst case, two versions that have nothing in common.
    """
    after = accuracy - loss
    return (
        (1 - noise) * max(loss, 0.0) + noise * accuracy * (1 - after),
        (1 - noise) * max(-loss, 0.0) + noise * (1 - accuracy) * after,
    )


def _likely(rows: int, share: float) -> range:
    """Counts within seven standard deviations; outside lies less than one in a hundred billion."""
    mean, deviation = rows * share, math.sqrt(rows * share * (1 - share))
    return range(max(0, math.floor(mean - 7 * deviation)), min(rows, math.ceil(mean + 7 * deviation + 7)) + 1)


def _chance(rows: int, down: int, up: int, lost: float, won: float) -> float:
    """Of a multinomial distribution."""
    same = rows - down - up
    if same < 0 or (down and lost == 0) or (up and won == 0):
        return 0.0
    return math.exp(
        math.lgamma(rows + 1)
        - math.lgamma(down + 1)
        - math.lgamma(up + 1)
        - math.lgamma(same + 1)
        + (down * math.log(lost) if down else 0.0)
        + (up * math.log(won) if up else 0.0)
        + same * math.log1p(-lost - won)
    )


def _verdict(rows: int, down: int, up: int, alpha: float) -> str:
    if down >= _least_lost(down + up, alpha):
        return "worse"
    p_margin = normal_below(tango_z(down, up, rows, MARGIN))
    return "not_worse" if p_margin <= ALPHA_MARGIN else "undecided"


@cache
def _least_lost(pairs: int, alpha: float) -> int:
    """The least number of lost rows among `pairs` that is beyond chance; one more than all where none is."""
    low, high = 0, pairs + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if mid_p(middle, pairs - middle) <= alpha else (middle + 1, high)
    return low


def at_least(hits: int, trials: int, chance: float) -> float:
    """Chance of `hits` or more among `trials` that each succeed with `chance`."""
    return float(
        np.sum(
            [math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1)]
        )
    )
