"""Which insights each version of the Graph API is asked for."""

from __future__ import annotations

import pytest

from upbeat.crawlers.instagram.graph_metrics import (
    audience_metrics,
    daily_metrics,
    insights_field,
    post_metrics,
    story_metrics,
    total_metrics,
)


@pytest.mark.parametrize(
    ("version", "daily", "not_daily", "totals"),
    [
        (
            "v15.0",
            {"reach", "impressions", "profile_views", "follower_count", "website_clicks"},
            set(),
            set(),
        ),
        ("v18.0", {"impressions", "profile_views"}, {"accounts_engaged"}, {"accounts_engaged", "saves"}),
        ("v21.0", {"reach", "follower_count", "impressions"}, {"profile_views", "website_clicks"}, {"likes"}),
        (
            "v22.0",
            {"reach", "follower_count"},
            {"impressions", "profile_views"},
            {"views", "accounts_engaged"},
        ),
    ],
)
def test_a_version_is_asked_only_for_what_it_has(
    version: str, daily: set[str], not_daily: set[str], totals: set[str]
) -> None:
    assert daily <= set(daily_metrics(version))
    assert not_daily.isdisjoint(daily_metrics(version))
    assert totals <= set(total_metrics(version))
    assert bool(total_metrics(version)) is bool(totals)


@pytest.mark.parametrize(
    ("version", "media_type", "product", "has", "lacks"),
    [
        ("v15.0", "IMAGE", "FEED", "engagement", "video_views"),
        ("v15.0", "VIDEO", "FEED", "video_views", "plays"),
        ("v15.0", "VIDEO", "REELS", "plays", "impressions"),
        ("v15.0", "CAROUSEL_ALBUM", "FEED", "carousel_album_reach", "reach"),
        ("v18.0", "CAROUSEL_ALBUM", "FEED", "impressions", "engagement"),
        ("v18.0", "VIDEO", "REELS", "ig_reels_avg_watch_time", "views"),
        ("v22.0", "IMAGE", "FEED", "views", "impressions"),
        ("v22.0", "VIDEO", "REELS", "views", "plays"),
        ("v22.0", "", "", "reach", "plays"),
    ],
)
def test_a_post_is_asked_only_for_what_its_kind_has(
    version: str, media_type: str, product: str, has: str, lacks: str
) -> None:
    metrics = post_metrics(version, media_type, product)
    assert has in metrics
    assert lacks not in metrics
    assert len(set(metrics)) == len(metrics)


def test_stories_and_audiences_follow_the_version() -> None:
    assert "exits" in story_metrics("v15.0")
    assert {"navigation", "impressions"} <= set(story_metrics("v18.0"))
    assert "views" in story_metrics("v22.0")
    assert "audience_locale" in audience_metrics("v17.0")
    assert audience_metrics("v18.0") == ("follower_demographics",)


def test_insights_are_asked_for_by_field_expansion() -> None:
    field = insights_field(("reach", "saved"), period="day", since="1")
    assert field == "insights.metric(reach,saved).period(day).since(1)"
