"""The model that ships: what it says of made-up accounts, and how it explains itself."""

from __future__ import annotations

import subprocess
import sys
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.authenticity.model.made_accounts import made_accounts, rule_score

from upbeat.authenticity.follower import Follower, ModelScore
from upbeat.authenticity.model.predict import BASE, FollowerModel

MODEL = FollowerModel.load()
COUNTS = st.none() | st.integers(0, 10**9)
FOLLOWERS = st.builds(
    Follower,
    handle=st.text(max_size=40),
    full_name=st.none() | st.text(max_size=20),
    followers=COUNTS,
    following=COUNTS,
    posts=COUNTS,
    has_picture=st.none() | st.booleans(),
    is_private=st.none() | st.booleans(),
)


def score_of(follower: Follower) -> ModelScore:
    score = MODEL.score([follower], [rule_score()])[0]
    assert score is not None
    return score


@settings(max_examples=40)
@given(st.lists(FOLLOWERS, max_size=10))
def test_reasons_add_up_to_the_log_odds(followers: list[Follower]) -> None:
    for score in MODEL.score(followers, [rule_score()] * len(followers)):
        if score is None:
            continue
        log_odds = log(score.probability / (1 - score.probability))
        assert sum(value for _, value in score.reasons) == pytest.approx(log_odds, abs=1e-6)


@settings(max_examples=40)
@given(st.lists(FOLLOWERS, max_size=10))
def test_an_account_is_judged_alike_alone_and_in_a_list(followers: list[Follower]) -> None:
    rules = [rule_score()] * len(followers)
    alone = [MODEL.score([follower], [rule_score()])[0] for follower in followers]
    for one, other in zip(alone, MODEL.score(followers, rules), strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.probability == pytest.approx(other.probability, rel=1e-12)


def test_the_strongest_reason_comes_first_and_the_base_last() -> None:
    reasons = score_of(Follower(handle="made3up4name", followers=5, following=3_000, posts=0)).reasons
    strengths = [abs(value) for _, value in reasons[:-1]]
    assert strengths == sorted(strengths, reverse=True)
    assert reasons[-1][0] == BASE


def test_who_follows_thousands_and_has_nothing_to_show_is_likelier_fake_than_an_ordinary_account() -> None:
    ordinary = Follower(handle="madeupname", followers=300, following=280, posts=40, has_picture=True)
    empty = Follower(handle="madeup38417", followers=12, following=3_500, posts=0, has_picture=False)
    assert score_of(ordinary).probability < 0.05
    assert score_of(empty).probability > 0.8


def test_an_account_of_millions_is_not_taken_for_fake() -> None:
    star = Follower(handle="madeupname", followers=5_000_000, following=400, posts=2_500, has_picture=True)
    assert score_of(star).probability < 0.05


def test_counts_that_are_not_known_are_not_counts_of_nought() -> None:
    nothing = Follower(handle="madeupname", followers=0, following=0, posts=0)
    unknown = Follower(handle="madeupname")
    assert "log_posts" in dict(score_of(nothing).reasons)
    assert "log_posts" not in dict(score_of(unknown).reasons)


def test_a_handle_alone_is_judged_near_the_base_rate() -> None:
    assert 0.01 < score_of(Follower(handle="madeupname")).probability < 0.2


def test_more_digits_speak_for_fake_where_the_handle_is_all_that_is_known() -> None:
    plain, digits = (score_of(Follower(handle=handle)) for handle in ("madeupname", "madeup8472"))
    assert digits.probability > plain.probability


@pytest.mark.parametrize("counts", [{}, {"followers": 1, "following": 1, "posts": 1}])
@pytest.mark.parametrize("handle", ["", "___", "...", "🎀", "✨👑✨", "_🔥_", "🇮🇳"])
def test_a_handle_without_letters_and_digits_has_no_score(handle: str, counts: dict[str, int]) -> None:
    follower = Follower(handle=handle, **counts)
    assert MODEL.score([follower, Follower(handle="madeup")], [rule_score()] * 2)[0] is None


def test_who_has_no_score_has_no_part_in_the_error_rates() -> None:
    bare, emoji = Follower(handle="madeup"), Follower(handle="🎀")
    assert MODEL.error_rates([emoji], [rule_score()]) is None
    alone = MODEL.error_rates([bare], [rule_score()])
    assert MODEL.error_rates([bare, emoji, emoji], [rule_score()] * 3) == alone


def test_an_emoji_beside_letters_is_a_handle_like_any_other() -> None:
    assert 0 < score_of(Follower(handle="🎀madeup")).probability < 1


@pytest.mark.parametrize("counts", [0, 1, 10**9, 10**12])
def test_counts_at_both_ends_give_a_probability_strictly_between_nought_and_one(counts: int) -> None:
    follower = Follower(handle="madeup", followers=counts, following=counts, posts=counts)
    assert 0 < score_of(follower).probability < 1


@pytest.mark.parametrize("absurd", [-1, -(10**30), 10**12 + 1, 10**400])
def test_a_count_that_cannot_be_is_not_known(absurd: int) -> None:
    told = score_of(Follower(handle="madeup", followers=absurd, following=10, posts=10))
    assert told == score_of(Follower(handle="madeup", following=10, posts=10))


def test_an_audience_of_private_accounts_is_judged_without_a_fault() -> None:
    private = [Follower(handle=f"madeup{n}", is_private=True, has_picture=False) for n in range(50)]
    scores = MODEL.score(private, [rule_score()] * 50)
    assert all(score is not None and 0 < score.probability < 1 for score in scores)


def test_a_higher_sum_of_reasons_is_a_higher_probability() -> None:
    accounts, rules = made_accounts(100, 50)
    scores = [score for score in MODEL.score(accounts.followers, rules) if score is not None]
    by_sum = sorted(scores, key=lambda score: sum(value for _, value in score.reasons))
    probabilities = [score.probability for score in by_sum]
    assert probabilities == pytest.approx(sorted(probabilities), abs=1e-12)


def test_no_followers_have_no_scores() -> None:
    assert MODEL.score([], []) == []
    assert MODEL.error_rates([], []) is None


def test_error_rates_are_those_of_the_sub_models_that_judge() -> None:
    full = Follower(handle="madeup", followers=1, following=1, posts=1)
    bare = Follower(handle="madeup")
    of_full, _, of_bare = (model.errors for model in MODEL.parameters.models)
    assert MODEL.error_rates([full] * 3, [rule_score()] * 3) == of_full
    mixed = MODEL.error_rates([full, bare], [rule_score()] * 2)
    assert mixed is not None
    assert of_bare.sensitivity < mixed.sensitivity < of_full.sensitivity
    assert of_bare.specificity < mixed.specificity < of_full.specificity


def test_rules_of_fewer_followers_are_refused() -> None:
    accounts, rules = made_accounts(3, 3)
    with pytest.raises(ValueError, match="shorter"):
        MODEL.score(accounts.followers, rules[:-1])


def test_scoring_does_not_import_scikit_learn() -> None:
    program = (
        "import sys; from upbeat.authenticity.model.predict import FollowerModel; FollowerModel.load();"
        "sys.exit(any(name.split('.')[0] in ('sklearn', 'scipy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=240).returncode == 0
