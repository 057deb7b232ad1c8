"""The content marts over a world of raw rows, held against a recomputation in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import content_recomputed as content
from .row_differences import differences

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

POST = ("platform", "post_id")


@pytest.fixture(scope="module")
def posts(built_warehouse: BuiltWarehouse) -> content.Posts:
    """The posts of both platforms as they should be."""
    return content.posts_of(built_warehouse.world)


@pytest.fixture(scope="module")
def compared(posts: content.Posts) -> dict[content.Key, content.Row]:
    """The posts of 90 days beside their creators' others."""
    return content.baselines(posts)


@pytest.fixture(scope="module")
def categories(built_warehouse: BuiltWarehouse) -> dict[content.Key, str]:
    """(platform, profile_id) → category, which is the account marts' business."""
    query = "select platform, profile_id, category from mart.mart_{}_account"
    rows = [row for name in ("instagram", "youtube") for row in built_warehouse.rows(query.format(name))]
    return {(row["platform"], row["profile_id"]): row["category"] for row in rows}


def _lines(
    built: BuiltWarehouse,
    mart: str,
    key: tuple[str, ...],
    expected: dict[content.Key, content.Row],
    *telling: str,
) -> list[str]:
    """What differs; every column of `telling` must hold something somewhere, or the comparison proves nothing."""
    for name in telling:
        assert any(row[name] for row in expected.values()), f"the world has nothing for {mart}.{name}"
    return differences(built.rows(f"select * from mart.{mart}"), key, expected)


@pytest.mark.parametrize("platform", ["INSTAGRAM", "YOUTUBE"])
def test_posts_have_the_figures_of_their_accounts_now(
    platform: str, built_warehouse: BuiltWarehouse, posts: content.Posts
) -> None:
    expected = {key: post for key, post in posts.items() if key[0] == platform}
    telling = ("hashtags", "mentions", "engagement_rate", "reach", "followers")
    assert _lines(built_warehouse, f"mart_{platform.lower()}_post", POST, expected, *telling) == []


def test_the_figures_at_an_age_are_those_last_seen_until_then(
    built_warehouse: BuiltWarehouse, posts: content.Posts
) -> None:
    expected = content.time_series(built_warehouse.world, posts)
    assert (
        _lines(
            built_warehouse,
            "mart_post_time_series",
            (*POST, "age_hours"),
            expected,
            "likes",
            "saves",
            "is_final",
        )
        == []
    )


def test_posts_are_ranked_within_creator_and_category(
    built_warehouse: BuiltWarehouse, posts: content.Posts, categories: dict[content.Key, str]
) -> None:
    expected = content.ranking(posts, categories)
    assert {row["category"] for row in expected.values()} > {"Unknown"}
    assert (
        _lines(built_warehouse, "mart_post_ranking", POST, expected, "rank_of_creator", "rank_in_category")
        == []
    )


def test_a_post_is_compared_with_its_creators_others(
    built_warehouse: BuiltWarehouse, compared: dict[content.Key, content.Row]
) -> None:
    telling = ("baseline_posts", "baseline_engagement_rate", "interactions_multiple", "reach_multiple")
    assert _lines(built_warehouse, "mart_post_vs_baseline", POST, compared, *telling) == []


def test_posts_ran_away_for_these_reasons(
    built_warehouse: BuiltWarehouse, posts: content.Posts, compared: dict[content.Key, content.Row]
) -> None:
    assert _lines(built_warehouse, "mart_viral_posts", POST, content.viral(posts, compared), "reasons") == []


def test_paid_posts_are_held_against_organic_ones(
    built_warehouse: BuiltWarehouse, posts: content.Posts
) -> None:
    expected = content.sponsored(posts)
    assert {row["disclosed_by"] for row in expected.values()} == {"platform", "hashtag", "both"}
    assert (
        _lines(
            built_warehouse, "mart_sponsored_posts", POST, expected, "organic_likes", "interactions_multiple"
        )
        == []
    )


def test_slots_are_judged_by_posts_and_by_how_many_they_are(
    built_warehouse: BuiltWarehouse, posts: content.Posts
) -> None:
    expected = content.posting_times(posts)
    key = ("platform", "profile_id", "weekday", "hour")
    assert max(row["posts"] for row in expected.values()) > 1
    assert (
        _lines(built_warehouse, "mart_best_posting_time", key, expected, "lift", "expected_interactions")
        == []
    )


def test_hashtags_are_judged_by_how_their_posts_do(
    built_warehouse: BuiltWarehouse, posts: content.Posts, compared: dict[content.Key, content.Row]
) -> None:
    expected = content.hashtag_performance(built_warehouse.world, posts, compared)
    telling = ("above_baseline_share", "median_engagement_rate", "posts_on_platform")
    assert (
        _lines(built_warehouse, "mart_hashtag_performance", ("platform", "hashtag"), expected, *telling) == []
    )


def test_formats_are_compared_within_category_and_size(
    built_warehouse: BuiltWarehouse,
    posts: content.Posts,
    categories: dict[content.Key, str],
    compared: dict[content.Key, content.Row],
) -> None:
    expected = content.formats(posts, categories, compared)
    key = ("platform", "category", "size_band", "post_type")
    assert (
        _lines(
            built_warehouse,
            "mart_content_format_performance",
            key,
            expected,
            "avg_reach",
            "median_engagement_rate",
        )
        == []
    )


def test_stories_have_their_owners_newest_figures(built_warehouse: BuiltWarehouse) -> None:
    expected = content.stories(built_warehouse.world)
    assert (
        _lines(
            built_warehouse,
            "mart_story_performance",
            ("platform", "story_id"),
            expected,
            "reach",
            "reach_rate",
        )
        == []
    )


def test_comments_are_counted_by_who_wrote_them(
    built_warehouse: BuiltWarehouse, posts: content.Posts
) -> None:
    expected = content.comments(built_warehouse.world, posts)
    telling = ("replies", "commenters", "comment_likes", "collected_share")
    assert _lines(built_warehouse, "mart_comment_summary", POST, expected, *telling) == []
