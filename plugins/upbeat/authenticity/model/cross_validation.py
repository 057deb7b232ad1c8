"""How a sub-model does on accounts that it has not seen: repeated stratified cross-validation, all choices made inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from upbeat.authenticity.audience import ErrorRates
from upbeat.authenticity.model.fit import Labels, fit
from upbeat.authenticity.model.handles import Floats
from upbeat.wilson import wilson_interval

FOLDS = 5
REPEATS = 10
SEED = 20_170


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % interval: a mean over folds, or a share."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfFold:
    """Probabilities that were said without having seen the account.

    Attributes:
        probabilities: one row a repetition, one column an account.
        fake: the labels.
        tests: the accounts of each fold, by repetition.
    """

    probabilities: Floats
    fake: Labels
    tests: list[list[np.ndarray]]

    def aucs(self) -> Floats:
        """The area under the ROC curve of every fold of every repetition."""
        return np.array(
            [
                _auc(self.fake[test], row[test])
                for row, tests in zip(self.probabilities, self.tests, strict=True)
                for test in tests
            ]
        )

    def pooled(self) -> tuple[Floats, Labels]:
        """All repetitions in one line, with their labels."""
        return self.probabilities.ravel(), np.tile(self.fake, len(self.probabilities))

    def errors(self, threshold: float) -> ErrorRates:
        """How often "probability >= threshold" errs: counts of accounts, averaged over the repetitions."""
        flagged = (self.probabilities >= threshold).mean(axis=0)
        return error_rates(flagged, self.fake, threshold)


def out_of_fold(
    table: Floats, fake: Labels, names: Sequence[str], *, repeats: int = REPEATS, seed: int = SEED
) -> OutOfFold:
    """Every account judged `repeats` times by models that were chosen, fitted and calibrated without it."""
    judged, _ = out_of_fold_of_the_best({tuple(names): table}, fake, repeats=repeats, seed=seed)
    return judged


def out_of_fold_of_the_best(
    tables: Mapping[tuple[str, ...], Floats],
    fake: Labels,
    *,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> tuple[OutOfFold, Counter[tuple[str, ...]]]:
    """The same where each fold also chooses the features, by log loss within its training accounts.

    Args:
        tables: one a set of features, whose names are the key; the rows are the accounts, in one order.
        fake: their labels.

    Returns:
        What was said, and how many folds chose which set.
    """
    probabilities = np.empty((repeats, len(fake)))
    tests: list[list[np.ndarray]] = [[] for _ in range(repeats)]
    chosen: Counter[tuple[str, ...]] = Counter()
    for repetition, train, test in splits(fake, repeats, seed):
        candidates = {
            names: fit(table[train], fake[train], names, seed=repetition) for names, table in tables.items()
        }
        best = min(candidates, key=lambda names: candidates[names].inner_loss)
        chosen[best] += 1
        log_odds = candidates[best].log_odds(tables[best][test])
        probabilities[repetition, test] = 1 / (1 + np.exp(-log_odds))
        tests[repetition].append(test)
    return OutOfFold(probabilities=probabilities, fake=fake, tests=tests), chosen


def of_fixed_scores(scores: Floats, fake: Labels, *, repeats: int = REPEATS, seed: int = SEED) -> OutOfFold:
    """The same for a score that learns nothing, over the same folds."""
    tests: list[list[np.ndarray]] = [[] for _ in range(repeats)]
    for repetition, _, test in splits(fake, repeats, seed):
        tests[repetition].append(test)
    return OutOfFold(probabilities=np.tile(scores, (repeats, 1)), fake=fake, tests=tests)


def splits(fake: Labels, repeats: int, seed: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Repetition, training rows and test rows of every fold; each fold has its share of fakes."""
    from sklearn.model_selection import StratifiedKFold

    for repetition in range(repeats):
        splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed + repetition)
        for train, test in splitter.split(np.zeros(len(fake)), fake):
            yield repetition, train, test


def interval(values: Floats) -> Interval:
    """The mean of a figure over folds, with the corrected resampled t interval.

    Folds of repeated cross-validation share accounts, so that the plain standard error is too small; Nadeau and Bengio
    ("Inference for the generalization error", Machine Learning 52, 2003) add the ratio of test to training accounts.
    """
    from scipy.stats import t

    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean=mean, low=mean, high=mean)
    variance = float(values.var(ddof=1)) * (1 / len(values) + 1 / (FOLDS - 1))
    reach = float(t.ppf(0.975, len(values) - 1)) * sqrt(variance)
    return Interval(mean=mean, low=mean - reach, high=mean + reach)


def of_a_share(found: Interval) -> Interval:
    """The same for a figure that lies between 0 and 1."""
    return Interval(mean=found.mean, low=max(found.low, 0.0), high=min(found.high, 1.0))


def share_interval(successes: int, trials: int) -> Interval:
    """A share with Wilson's interval."""
    low, high = wilson_interval(successes, trials)
    return Interval(mean=successes / trials, low=low, high=high)


def error_rates(flagged: Floats, fake: Labels, threshold: float) -> ErrorRates:
    """The counts behind sensitivity and specificity, from how often (0 to 1) each account was flagged."""
    return ErrorRates(
        threshold=threshold,
        fakes=int(fake.sum()),
        fakes_flagged=round(float(flagged[fake].sum())),
        genuine=int((~fake).sum()),
        genuine_flagged=round(float(flagged[~fake].sum())),
    )


def _auc(fake: Labels, scores: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(fake, scores))
