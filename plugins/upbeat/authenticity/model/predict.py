"""The follower model at work: probabilities with their reasons for whole lists of followers. Numpy alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from upbeat.authenticity.audience import ErrorRates, of_a_mixture
from upbeat.authenticity.follower import Follower, ModelScore, RuleScore
from upbeat.authenticity.model.features import Features
from upbeat.authenticity.model.handles import Floats
from upbeat.authenticity.model.parameters import MODEL_FILE, Parameters, SubModel, read_parameters

BASE = "base_rate"
"""The last reason of every score: the log-odds of an average account, on which the features build."""


class FollowerModel:
    """The trained model. What is known of an account decides which sub-model judges it."""

    def __init__(self, parameters: Parameters) -> None:
        """From parameters that are there already; `load` reads those that ship."""
        self.parameters = parameters

    @classmethod
    def load(cls, path: Path = MODEL_FILE) -> FollowerModel:
        """The model of a file.

        Raises:
            InputError: the file is missing or no follower model.
        """
        return cls(read_parameters(path))

    @property
    def version(self) -> str:
        """Of the model file."""
        return self.parameters.version

    @property
    def rule_errors(self) -> ErrorRates:
        """How often the rules err, on the accounts that the model was trained on."""
        return self.parameters.rule_errors

    def score(self, followers: Sequence[Follower], rules: Sequence[RuleScore]) -> list[ModelScore | None]:
        """The probability that each account is fake, in order.

        Args:
            followers: any number; counts, picture and name may be None.
            rules: the rules' score of each, at the same place.

        Returns:
            None where nothing can be judged: a handle without a letter or a digit (signs or emoji alone). The reasons of a score add up to its
            log-odds; the last one, `base_rate`, is that of an average account.
        """
        scores: list[ModelScore | None] = [None] * len(followers)
        if not followers:
            return scores
        features = Features(followers, rules)
        for model, rows in self._shares(features):
            for row, score in zip(rows.tolist(), self._judge(model, features, rows), strict=True):
                scores[row] = score
        return scores

    def error_rates(self, followers: Sequence[Follower], rules: Sequence[RuleScore]) -> ErrorRates | None:
        """How often the model errs on accounts of which as much is known as of these: of the sub-models, each by its share.

        None where it can judge none of them.
        """
        if not followers:
            return None
        parts = [(model.errors, len(rows)) for model, rows in self._shares(Features(followers, rules))]
        return of_a_mixture(parts) if parts else None

    def _shares(self, features: Features) -> Iterator[tuple[SubModel, np.ndarray]]:
        """Each sub-model with the rows that it judges: those of which it uses all that is known."""
        left = features.usable.copy()
        for model in self.parameters.models:
            mine = left & features.knows(model.groups)
            if mine.any():
                yield model, np.flatnonzero(mine)
            left &= ~mine

    def _judge(self, model: SubModel, features: Features, rows: np.ndarray) -> Iterator[ModelScore]:
        added = contributions(model, features)[rows]
        log_odds = added.sum(axis=1) + model.intercept
        probabilities = 1 / (1 + np.exp(-log_odds))
        order = np.argsort(-np.abs(added), axis=1, kind="stable")
        names = np.array([curve.feature for curve in model.curves], dtype=object)[order].tolist()
        values = np.take_along_axis(added, order, axis=1).tolist()
        base = (BASE, model.intercept)
        for probability, its_names, its_values in zip(probabilities.tolist(), names, values, strict=True):
            reasons = (*zip(its_names, its_values, strict=True), base)
            yield ModelScore(probability=probability, reasons=reasons, version=self.parameters.version)


def contributions(model: SubModel, features: Features) -> Floats:
    """What each feature of a sub-model adds to the log-odds: one row a follower, one column a curve, 0 for unknown."""
    added = [np.interp(features.columns[curve.feature], curve.at, curve.log_odds) for curve in model.curves]
    return np.nan_to_num(np.stack(added, axis=1), nan=0.0)
