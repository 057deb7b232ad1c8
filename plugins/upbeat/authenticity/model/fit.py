"""Fitting a sub-model: a logistic regression whose features may bend, chosen and calibrated on the accounts given alone.

The counts enter as piecewise-linear functions of their logs (hinge functions at quantiles), all else as straight lines: an
additive model (Hastie and Tibshirani, "Generalized Additive Models", 1990) small enough for some tens of fake accounts. How
many bends and how much regularisation, cross-validation decides by log loss. Its predictions out of fold also calibrate the
whole (Platt, "Probabilistic outputs for support vector machines", 1999; with the labels as they are, not drawn towards one half).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upbeat.authenticity.model.handles import Floats
from upbeat.authenticity.model.parameters import Curve

Labels = npt.NDArray[np.bool_]

KNOTS = (0, 1, 2)
REGULARISATIONS = (0.1, 0.3, 1.0)
FOLDS = 5
_COUNT = "log_"
"""How the names of features begin that come from counts: these may bend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted additive model of log-odds; see `SubModel` for the fields. `inner_loss` is the log loss that it was chosen by."""

    intercept: float
    curves: tuple[Curve, ...]
    knots: int
    regularisation: float
    slope: float = 1.0
    inner_loss: float = math.nan

    def log_odds(self, table: Floats) -> Floats:
        """One value a row of the table, whose columns are the curves' features; NaN adds nothing."""
        added = [
            np.nan_to_num(np.interp(column, curve.at, curve.log_odds), nan=0.0)
            for curve, column in zip(self.curves, table.T, strict=True)
        ]
        return np.asarray(self.intercept + np.sum(added, axis=0))


def fit(table: Floats, fake: Labels, names: Sequence[str], *, seed: int = 0) -> Fitted:
    """The sub-model that cross-validation within these accounts prefers, calibrated.

    Args:
        table: one row an account, one column a feature; NaN where a flag is not known.
        fake: one label a row, at least `FOLDS` of either kind.
        names: of the columns.
        seed: of the folds.
    """
    unseen = {candidate: np.empty(len(fake)) for candidate in itertools.product(KNOTS, REGULARISATIONS)}
    for train, test in _folds(fake, seed):
        for knots in KNOTS:
            basis = _Basis(table[train], names, knots)
            for regularisation in REGULARISATIONS:
                fitted = basis.fit(fake[train], regularisation)
                unseen[knots, regularisation][test] = fitted.log_odds(table[test])
    best = min(unseen, key=lambda candidate: _log_loss(unseen[candidate], fake))
    knots, regularisation = best
    return _calibrated(_Basis(table, names, knots).fit(fake, regularisation), unseen[best], fake)


class _Basis:
    """A table as hinge functions, standardised: what the regression sees."""

    def __init__(self, table: Floats, names: Sequence[str], knots: int) -> None:
        filled = _filled(table)
        self._knots = knots
        self._names = names
        self._nodes = [
            _nodes(column, knots if name.startswith(_COUNT) else 0)
            for name, column in zip(names, filled.T, strict=True)
        ]
        blocks = [_hinges(column, at) for column, at in zip(filled.T, self._nodes, strict=True)]
        self._ends = np.cumsum([block.shape[1] for block in blocks]).tolist()
        basis = np.hstack(blocks)
        self._mean, self._scale = basis.mean(axis=0), basis.std(axis=0)
        self._scale[self._scale == 0] = 1.0
        self._standardised = (basis - self._mean) / self._scale

    def fit(self, fake: Labels, regularisation: float) -> Fitted:
        """One candidate, not calibrated. `regularisation` is scikit-learn's `C`: more of it regularises less."""
        import sklearn
        from sklearn.linear_model import LogisticRegression

        regression = LogisticRegression(C=regularisation, solver="newton-cholesky")
        with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
            regression.fit(self._standardised, fake)
        return Fitted(
            intercept=float(regression.intercept_[0]),
            curves=tuple(self._curves(regression.coef_[0] / self._scale)),
            knots=self._knots,
            regularisation=regularisation,
        )

    def _curves(self, weights: Floats) -> Iterator[Curve]:
        """Each feature's weights as the curve that they draw, 0 on average."""
        for name, at, start, end in zip(self._names, self._nodes, [0, *self._ends], self._ends, strict=False):
            values = (_hinges(at, at) - self._mean[start:end]) @ weights[start:end]
            yield Curve(feature=name, at=tuple(at.tolist()), log_odds=tuple(values.tolist()))


def _log_loss(log_odds: Floats, fake: Labels) -> float:
    return float(np.mean(np.logaddexp(0.0, np.where(fake, -log_odds, log_odds))))


def _calibrated(fitted: Fitted, unseen: Floats, fake: Labels) -> Fitted:
    slope, offset = _platt(unseen, fake)
    curves = tuple(
        Curve(feature=curve.feature, at=curve.at, log_odds=tuple(slope * value for value in curve.log_odds))
        for curve in fitted.curves
    )
    return Fitted(
        intercept=slope * fitted.intercept + offset,
        curves=curves,
        knots=fitted.knots,
        regularisation=fitted.regularisation,
        slope=slope,
        inner_loss=_log_loss(unseen, fake),
    )


def _platt(unseen: Floats, fake: Labels) -> tuple[float, float]:
    """Slope and offset. Where log-odds out of fold fall with the truth the features tell nothing, and all get the base rate: a slope
    below 0 would call those genuine that training found most like fakes."""
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=1e6).fit(unseen[:, None], fake)
    slope = float(platt.coef_[0, 0])
    if slope > 0:
        return slope, float(platt.intercept_[0])
    share = float(fake.mean())
    return 0.0, math.log(share / (1 - share))


def _folds(fake: Labels, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros(len(fake)), fake))


def _filled(table: Floats) -> Floats:
    """NaN replaced by the column's mean, 0 where nothing is known at all: such a value then adds nothing."""
    known = ~np.isnan(table)
    means = np.where(known, table, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, table, means)


def _nodes(column: Floats, knots: int) -> Floats:
    """The ends of what was seen, and quantiles between."""
    return np.unique(np.quantile(column, np.linspace(0, 1, knots + 2)))


def _hinges(values: Floats, nodes: Floats) -> Floats:
    """max(0, value − node) for every node but the last: straight lines that bend at the nodes."""
    if len(nodes) == 1:
        return np.zeros((len(values), 1))
    return np.maximum(np.minimum(values, nodes[-1])[:, None] - nodes[:-1], 0.0)
