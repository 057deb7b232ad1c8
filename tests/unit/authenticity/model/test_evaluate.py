"""The evaluation sets model, rules and "always genuine" side by side, and looks elsewhere with the model that ships."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.unit.authenticity.model.made_accounts import made_accounts, rule_score

from upbeat.authenticity.audience import ErrorRates
from upbeat.authenticity.follower import RuleScore
from upbeat.authenticity.model.cross_validation import error_rates
from upbeat.authenticity.model.evaluate import (
    ALWAYS_GENUINE,
    CHOSEN_INSIDE,
    RULES,
    Evaluation,
    MethodFigures,
    evaluate,
)
from upbeat.authenticity.model.features import feature_names
from upbeat.authenticity.model.fit import Labels
from upbeat.authenticity.model.predict import FollowerModel
from upbeat.authenticity.model.train import FAKE_BY_RULES
from upbeat.authenticity.model.tried_features import TRIED_FEATURES


@pytest.fixture(scope="module")
def found() -> Evaluation:
    accounts, rules = made_accounts(200, 60)
    return evaluate(accounts, rules, [made_accounts(50, 50, seed=9)], FollowerModel.load(), repeats=1)


def method(found: Evaluation, name: str) -> MethodFigures:
    return next(row for row in found.methods if row.method == name)


def test_calling_everyone_genuine_is_chance_with_the_accuracy_of_their_share(found: Evaluation) -> None:
    row = method(found, ALWAYS_GENUINE)
    assert (row.auc.mean, row.sensitivity.mean, row.specificity.mean) == (0.5, 0, 1)
    assert row.accuracy == pytest.approx(200 / 260)


def test_the_model_is_compared_with_the_rules_fold_by_fold(found: Evaluation) -> None:
    model, rules = found.methods[0], method(found, RULES)
    assert rules.above_rules is None
    assert model.above_rules is not None
    assert model.above_rules.mean == pytest.approx(model.auc.mean - rules.auc.mean)
    assert model.above_rules.low > 0


def test_only_what_says_probabilities_has_a_calibration(found: Evaluation) -> None:
    assert all((row.brier is None) == (row.method in (RULES, ALWAYS_GENUINE)) for row in found.methods)


def test_reliability_counts_every_account(found: Evaluation) -> None:
    assert sum(part.accounts for part in found.reliability) == found.accounts


def test_the_other_set_has_its_base_rate_beside_its_figures(found: Evaluation) -> None:
    other = found.out_of_domain[0]
    assert (other.accounts, other.share_of_fakes, other.not_judged) == (100, 0.5, 0)
    assert other.auc > 0.8


def test_shares_of_flagged_accounts_stand_with_what_they_were_counted_from(found: Evaluation) -> None:
    for row in found.methods:
        assert row.sensitivity.mean == row.fakes_flagged / row.fakes
        assert row.specificity.mean == 1 - row.genuine_flagged / row.genuine
        assert row.sensitivity.low <= row.sensitivity.mean <= row.sensitivity.high
        assert (row.fakes, row.genuine) == (60, 200)


def test_every_fold_may_choose_its_features_too(found: Evaluation) -> None:
    accounts, rules = made_accounts(100, 50)
    chosen = evaluate(accounts, rules, [], FollowerModel.load(), repeats=1, choose_features=True)
    assert found.features_chosen == []
    assert sum(folds for folds, _ in chosen.features_chosen) == chosen.folds * chosen.repeats
    assert {names for _, names in chosen.features_chosen} <= set(TRIED_FEATURES)
    assert method(chosen, CHOSEN_INSIDE).auc.mean > 0.85


def test_whether_a_share_follows_from_the_rules_is_told_by_their_errors(found: Evaluation) -> None:
    accounts, rules = made_accounts(200, 60)
    assert found.rules_are_informative == train_errors(accounts.fake, rules).is_informative
    idle = [rule_score()] * 260
    assert not evaluate(accounts, idle, [], FollowerModel.load(), repeats=1).rules_are_informative


def test_the_features_that_ship_are_among_those_that_were_tried() -> None:
    assert feature_names(("reach", "posts")) in TRIED_FEATURES
    assert len(set(TRIED_FEATURES)) == len(TRIED_FEATURES) == 6


def train_errors(fake: Labels, rules: Sequence[RuleScore]) -> ErrorRates:
    flagged = np.array([float(rule.score >= FAKE_BY_RULES) for rule in rules])
    return error_rates(flagged, fake, FAKE_BY_RULES)


def test_every_feature_of_every_sub_model_has_a_weight(found: Evaluation) -> None:
    curves = sum(len(model.curves) for model in FollowerModel.load().parameters.models)
    assert len(found.weights) == curves
    assert all(weight.lowest <= weight.highest for weight in found.weights)
