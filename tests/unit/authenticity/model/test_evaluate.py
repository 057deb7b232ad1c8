"""The evaluation sets model, rules and "always genuine" side by side, and looks elsewhere with the model that ships."""

from __future__ import annotations

import pytest
from tests.unit.authenticity.model.made_accounts import made_accounts

from upbeat.authenticity.model.evaluate import ALWAYS_GENUINE, RULES, Evaluation, MethodFigures, evaluate
from upbeat.authenticity.model.predict import FollowerModel


@pytest.fixture(scope="module")
def found() -> Evaluation:
    accounts, rules = made_accounts(200, 60)
    return evaluate(accounts, rules, [made_accounts(50, 50, seed=9)], FollowerModel.load(), repeats=1)


def method(found: Evaluation, name: str) -> MethodFigures:
    return next(row for row in found.methods if row.method == name)


def test_calling_everyone_genuine_is_chance_with_the_accuracy_of_their_share(found: Evaluation) -> None:
    row = method(found, ALWAYS_GENUINE)
    assert (row.auc.mean, row.sensitivity, row.specificity) == (0.5, 0, 1)
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


def test_every_feature_of_every_sub_model_has_a_weight(found: Evaluation) -> None:
    curves = sum(len(model.curves) for model in FollowerModel.load().parameters.models)
    assert len(found.weights) == curves
    assert all(weight.lowest <= weight.highest for weight in found.weights)
