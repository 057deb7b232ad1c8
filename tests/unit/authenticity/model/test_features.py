"""What is not known stays apart from nought, and decides which groups count as known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.authenticity.model.made_accounts import rule_score

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.model.features import ALWAYS, COMBINATIONS, Features, feature_names


def features_of(follower: Follower) -> Features:
    return Features([follower], [rule_score(similarity=70.0)])


def test_no_followers_at_all_is_not_the_same_as_not_known() -> None:
    assert features_of(Follower(handle="a", followers=0)).columns["log_followers"][0] == 0
    assert np.isnan(features_of(Follower(handle="a")).columns["log_followers"][0])


def test_a_count_below_nought_is_not_known() -> None:
    assert np.isnan(features_of(Follower(handle="a", posts=-1)).columns["log_posts"][0])


@pytest.mark.parametrize("absurd", [10**12 + 1, 10**400])
def test_a_count_that_no_account_has_is_not_known(absurd: int) -> None:
    assert np.isnan(features_of(Follower(handle="a", posts=absurd)).columns["log_posts"][0])
    assert np.isfinite(features_of(Follower(handle="a", posts=10**12)).columns["log_posts"][0])


def test_the_ratio_is_of_counts_plus_one() -> None:
    columns = features_of(Follower(handle="a", followers=0, following=99)).columns
    assert columns["log_following_per_follower"][0] == pytest.approx(np.log(100))


@pytest.mark.parametrize(
    ("follower", "groups"),
    [
        (Follower(handle="a"), ()),
        (Follower(handle="a", posts=1), ()),
        (Follower(handle="a", followers=1), ()),
        (Follower(handle="a", full_name="A"), ("name",)),
        (Follower(handle="a", followers=1, following=0), ("reach",)),
        (Follower(handle="a", followers=1, following=1, posts=0), ("reach", "posts")),
        (Follower(handle="a", full_name="A", followers=1, following=1, posts=1), ("reach", "posts", "name")),
    ],
)
def test_the_first_combination_that_is_known_has_all_that_can_be_used(
    follower: Follower, groups: tuple[str, ...]
) -> None:
    features = features_of(follower)
    assert next(some for some in COMBINATIONS if features.knows(some)[0]) == groups


@pytest.mark.parametrize("handle", ["", "._.", "-", "🎀", "._🔥"])
def test_a_handle_without_a_letter_or_digit_is_not_usable(handle: str) -> None:
    assert not features_of(Follower(handle=handle, followers=1, following=1, posts=1)).knows(())[0]


def test_a_name_that_is_not_there_has_no_similarity() -> None:
    assert np.isnan(features_of(Follower(handle="a", full_name="")).columns["similarity"][0])
    assert features_of(Follower(handle="a", full_name="A")).columns["similarity"][0] == 70


def test_every_sub_model_sees_the_handle() -> None:
    assert all(feature_names(groups)[-len(ALWAYS) :] == ALWAYS for groups in COMBINATIONS)


def test_rules_of_other_followers_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Features([Follower(handle="a"), Follower(handle="b")], [rule_score()])
