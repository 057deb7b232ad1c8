"""Training: from labelled accounts to the parameters that ship."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from upbeat.authenticity.follower import RuleScore
from upbeat.authenticity.model.accounts import LabelledAccounts
from upbeat.authenticity.model.calibration import brier_score, calibration_error
from upbeat.authenticity.model.cross_validation import (
    REPEATS,
    OutOfFold,
    error_rates,
    interval,
    of_a_share,
    out_of_fold,
)
from upbeat.authenticity.model.features import COMBINATIONS, Features, feature_names
from upbeat.authenticity.model.fit import Labels, fit
from upbeat.authenticity.model.parameters import (
    FORMAT,
    Figures,
    Parameters,
    SubModel,
    name_of,
    with_version,
)
from upbeat.errors import InputError

FEWEST = 50
"""Labelled fakes, and as many genuine accounts, below which no sub-model is made: five folds would hold too few of them."""
FAKE_BY_RULES = 1.0

Progress = Callable[[str], None]


def train(
    accounts: LabelledAccounts,
    rules: Sequence[RuleScore],
    *,
    licence: str,
    repeats: int = REPEATS,
    progress: Progress = lambda _: None,
) -> Parameters:
    """The parameters from labelled accounts, with figures and error rates from cross-validation.

    Args:
        accounts: at least `FEWEST` of either kind.
        rules: the rules' score of each.
        licence: of the parameters, which they inherit from the accounts.
        repeats: of the five-fold cross-validation.
        progress: is told the name of each sub-model as it begins.

    Raises:
        InputError: too few accounts of either kind.
    """
    features = Features(accounts.followers, rules)
    fake = accounts.fake
    models = []
    for groups in COMBINATIONS:
        rows = features.knows(groups)
        if min(fake[rows].sum(), (~fake[rows]).sum()) >= FEWEST:
            progress(name_of(groups))
            models.append(_sub_model(groups, features, rows, fake, repeats))
    if not models:
        raise InputError(
            f"{accounts.source}: {int(fake.sum())} fake and {int((~fake).sum())} genuine accounts: "
            f"training needs {FEWEST} of either"
        )
    flagged_by_rules = np.array([float(rule.score >= FAKE_BY_RULES) for rule in rules])
    return with_version(
        Parameters(
            format=FORMAT,
            version="",
            licence=licence,
            trained_on=accounts.source,
            accounts=len(fake),
            fakes=int(fake.sum()),
            rule_errors=error_rates(flagged_by_rules, fake, FAKE_BY_RULES),
            models=tuple(models),
        )
    )


def _sub_model(
    groups: tuple[str, ...], features: Features, rows: np.ndarray, fake: Labels, repeats: int
) -> SubModel:
    names = feature_names(groups)
    table, labels = features.table(names)[rows], fake[rows]
    judged = out_of_fold(table, labels, names, repeats=repeats)
    fitted = fit(table, labels, names)
    return SubModel(
        groups=groups,
        intercept=fitted.intercept,
        curves=fitted.curves,
        knots=fitted.knots,
        regularisation=fitted.regularisation,
        slope=fitted.slope,
        # Where a calibrated probability is above the share of fakes, the evidence speaks for fake: no tuning.
        errors=judged.errors(float(fake.mean())),
        figures=_figures(judged),
    )


def _figures(judged: OutOfFold) -> Figures:
    auc = of_a_share(interval(judged.aucs()))
    pooled, labels = judged.pooled()
    return Figures(
        auc=auc.mean,
        auc_low=auc.low,
        auc_high=auc.high,
        brier=brier_score(pooled, labels),
        calibration_error=calibration_error(pooled, labels),
    )
