"""Cross-validation judges every account unseen, and its interval covers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.authenticity.model.made_accounts import made_accounts

from upbeat.authenticity.model.cross_validation import (
    Interval,
    OutOfFold,
    interval,
    of_a_share,
    of_fixed_scores,
    out_of_fold,
    out_of_fold_of_the_best,
)
from upbeat.authenticity.model.features import Features, feature_names


@pytest.fixture(scope="module")
def judged() -> OutOfFold:
    accounts, rules = made_accounts(150, 50)
    names = feature_names(("reach",))
    table = Features(accounts.followers, rules).table(names)
    return out_of_fold(table, accounts.fake, names, repeats=1)


def test_every_account_is_judged_once_a_repetition(judged: OutOfFold) -> None:
    assert sorted(np.concatenate(judged.tests[0]).tolist()) == list(range(200))


def test_every_fold_has_its_share_of_fakes(judged: OutOfFold) -> None:
    assert [int(judged.fake[test].sum()) for test in judged.tests[0]] == [10] * 5


def test_a_difference_that_is_there_is_found_unseen(judged: OutOfFold) -> None:
    assert judged.aucs().mean() > 0.9


def test_every_fold_chooses_the_features_that_tell_something() -> None:
    accounts, rules = made_accounts(150, 50)
    features = Features(accounts.followers, rules)
    telling, idle = ("log_following", "digits"), ("is_private",)
    tables = {names: features.table(names) for names in (idle, telling)}
    found, chosen = out_of_fold_of_the_best(tables, accounts.fake, repeats=1)
    assert chosen == {telling: 5}
    alone = out_of_fold(features.table(telling), accounts.fake, telling, repeats=1)
    np.testing.assert_array_equal(found.probabilities, alone.probabilities)


def test_labels_without_any_meaning_give_chance_on_average() -> None:
    accounts, rules = made_accounts(150, 50)
    names = ("log_followers", "digits")
    table = Features(accounts.followers, rules).table(names)
    shuffled = [np.random.default_rng(seed).permutation(accounts.fake) for seed in range(4)]
    aucs = [out_of_fold(table, labels, names, repeats=1).aucs().mean() for labels in shuffled]
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.12)


def test_a_score_that_learns_nothing_is_judged_on_the_same_folds(judged: OutOfFold) -> None:
    fixed = of_fixed_scores(np.zeros(200), judged.fake, repeats=1)
    assert all(map(np.array_equal, fixed.tests[0], judged.tests[0]))
    assert fixed.aucs().tolist() == [0.5] * 5


def test_errors_count_accounts(judged: OutOfFold) -> None:
    errors = judged.errors(0.25)
    flagged = judged.probabilities[0] >= 0.25
    assert errors.fakes_flagged == flagged[judged.fake].sum()
    assert errors.genuine_flagged == flagged[~judged.fake].sum()


def test_the_interval_is_wider_than_if_folds_were_independent() -> None:
    values = np.random.default_rng(3).normal(0.9, 0.03, 50)
    found = interval(values)
    independent = 2.01 * values.std(ddof=1) / np.sqrt(50)
    assert found.high - found.mean == pytest.approx(independent * np.sqrt(1 + 50 / 4), rel=0.01)


def test_the_interval_of_a_share_ends_at_one() -> None:
    assert of_a_share(Interval(mean=0.99, low=0.9, high=1.08)) == Interval(mean=0.99, low=0.9, high=1.0)
