"""Training makes a sub-model for all that the labelled accounts can teach, and no other."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from tests.unit.authenticity.model.made_accounts import made_accounts

from upbeat.authenticity.model.parameters import Parameters, name_of
from upbeat.authenticity.model.predict import FollowerModel
from upbeat.authenticity.model.train import train
from upbeat.errors import InputError


@cache
def trained(*, names: bool) -> Parameters:
    accounts, rules = made_accounts(200, 60, names=names)
    return train(accounts, rules, licence="none", repeats=1)


def test_without_names_no_sub_model_looks_at_names() -> None:
    assert [name_of(model.groups) for model in trained(names=False).models] == [
        "handle + reach + posts",
        "handle + reach",
        "handle",
    ]


def test_labelled_accounts_with_names_teach_the_similarity() -> None:
    parameters = trained(names=True)
    assert ("name",) in [model.groups for model in parameters.models]
    accounts, rules = made_accounts(100, 30, names=True, seed=2)
    scores = FollowerModel(parameters).score(accounts.followers, rules)
    probabilities = np.array([score.probability for score in scores if score is not None])
    assert probabilities[accounts.fake].mean() > 0.8
    assert probabilities[~accounts.fake].mean() < 0.1


def test_accounts_in_the_file_are_counted_but_not_named() -> None:
    parameters = trained(names=False)
    assert (parameters.accounts, parameters.fakes) == (260, 60)
    accounts, _ = made_accounts(200, 60)
    assert not any(follower.handle in repr(parameters) for follower in accounts.followers)


def test_the_threshold_of_the_errors_is_the_share_of_fakes() -> None:
    assert {model.errors.threshold for model in trained(names=False).models} == {60 / 260}


def test_the_rules_errors_are_of_the_same_accounts() -> None:
    accounts, rules = made_accounts(200, 60)
    flagged = np.array([rule.score == 1.0 for rule in rules])
    errors = trained(names=False).rule_errors
    assert errors.fakes_flagged == flagged[accounts.fake].sum()
    assert errors.genuine_flagged == flagged[~accounts.fake].sum()


def test_too_few_labelled_accounts_are_refused() -> None:
    accounts, rules = made_accounts(300, 20)
    with pytest.raises(InputError, match="20 fake and 300 genuine accounts: training needs 50"):
        train(accounts, rules, licence="none", repeats=1)
