"""The engagement formulas, by figures worked out by hand and by properties."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.engagement import (
    Averages,
    PostFigures,
    averages,
    engagement_band,
    engagement_rate,
    post_reach,
    reels_reach,
)

COUNTS = st.integers(min_value=0, max_value=2**40)
POSTS = st.lists(
    st.builds(PostFigures, likes=COUNTS, comments=COUNTS, reach=st.none() | st.floats(0, 1e12)), max_size=30
)


@pytest.mark.parametrize(
    ("likes", "comments", "followers", "rate"),
    [(95, 5, 1000, 10.0), (0, 0, 1000, 0.0), (50, 0, 0, 0.0), (1, 0, 3, 100 / 3), (30, 10, 20, 200.0)],
)
def test_the_engagement_rate_is_interactions_per_hundred_followers(
    likes: int, comments: int, followers: int, rate: float
) -> None:
    assert engagement_rate(likes, comments, followers) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("rate", "band"),
    [
        (0.0, "very_low"),
        (0.999, "very_low"),
        (1.0, "low"),
        (2.999, "low"),
        (3.0, "good"),
        (5.999, "good"),
        (6.0, "excellent"),
        (250.0, "excellent"),
    ],
)
def test_a_band_begins_with_its_lower_bound(rate: float, band: str) -> None:
    assert engagement_band(rate) == band


@pytest.mark.parametrize(
    ("plays", "followers", "reach"),
    [(1000, 1, 940.0), (1000, 1024, 930.0), (0, 1024, 0.0), (1000, 0, None), (200, 2**20, 184.0)],
)
def test_reels_reach_falls_with_followers_and_is_unknown_without(
    plays: int, followers: int, reach: float | None
) -> None:
    assert reels_reach(plays, followers) == (None if reach is None else pytest.approx(reach))


@pytest.mark.parametrize(
    ("likes", "reach"),
    [(0, 0.0), (1, 0.85 * 7.6), (10, 10 * 0.85 * 6.9), (1000, 1000 * 0.85 * 5.5), (10**11, 0.0)],
)
def test_post_reach_is_a_factor_of_likes_that_shrinks_tenfold_by_tenfold(likes: int, reach: float) -> None:
    assert post_reach(likes) == pytest.approx(reach)


def test_no_posts_have_no_averages() -> None:
    assert averages([], 100) == Averages(None, None, None, None)
    assert averages([], 100, trim=False) == Averages(None, None, None, None)


def test_four_posts_are_all_counted() -> None:
    posts = [PostFigures(likes, 0) for likes in (0, 10, 20, 1000)]
    assert averages(posts, 100).avg_likes == pytest.approx(257.5)


def test_of_five_posts_only_the_middle_one_counts() -> None:
    posts = [PostFigures(likes, 1, reach=likes * 2.0) for likes in (900, 1, 30, 2, 800)]
    assert averages(posts, 310) == Averages(30.0, 1.0, 60.0, pytest.approx(10.0))


def test_posts_are_trimmed_by_likes_and_comments_together() -> None:
    posts = [
        PostFigures(0, 500),
        PostFigures(400, 0),
        PostFigures(50, 0),
        PostFigures(0, 2),
        PostFigures(1, 0),
        PostFigures(60, 0),
    ]
    assert averages(posts, 100).avg_likes == pytest.approx(55.0)


def test_trimming_can_be_switched_off() -> None:
    posts = [PostFigures(likes, 0) for likes in (0, 0, 5, 100, 95)]
    assert averages(posts, 100, trim=False).avg_likes == pytest.approx(40.0)


def test_a_missing_reach_counts_as_nothing() -> None:
    posts = [PostFigures(1, 0, reach=100.0), PostFigures(1, 0, reach=None)]
    assert averages(posts, 10).avg_reach == pytest.approx(50.0)


def test_without_followers_the_average_engagement_is_zero() -> None:
    assert averages([PostFigures(10, 10)], 0).avg_engagement == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: engagement_rate(-1, 0, 1),
        lambda: engagement_rate(0, 0, -1),
        lambda: reels_reach(-1, 1),
        lambda: post_reach(-1),
    ],
)
def test_negative_counts_are_refused_by_name(call: object) -> None:
    with pytest.raises(ValueError, match="=-1: a count cannot be negative"):
        call()  # type: ignore[operator]


@given(posts=POSTS, followers=COUNTS, seed=st.integers())
def test_averages_do_not_depend_on_the_order_of_posts(
    posts: list[PostFigures], followers: int, seed: int
) -> None:
    shuffled = posts.copy()
    random.Random(seed).shuffle(shuffled)
    first, second = averages(posts, followers), averages(shuffled, followers)
    for name in ("avg_likes", "avg_comments", "avg_reach", "avg_engagement"):
        assert getattr(first, name) == pytest.approx(getattr(second, name))


@given(posts=POSTS, followers=COUNTS)
def test_averages_are_finite_and_lie_between_the_extremes(posts: list[PostFigures], followers: int) -> None:
    found = averages(posts, followers)
    if not posts:
        return
    assert found.avg_likes is not None
    assert min(p.likes for p in posts) <= found.avg_likes <= max(p.likes for p in posts)
    assert all(math.isfinite(getattr(found, n)) for n in ("avg_comments", "avg_reach", "avg_engagement"))


@given(likes=COUNTS, plays=COUNTS, followers=COUNTS)
def test_reach_is_never_negative(likes: int, plays: int, followers: int) -> None:
    assert post_reach(likes) >= 0
    assert (reels_reach(plays, followers) or 0) >= 0
