"""Every request of every sync DAG, over one small world: who is due, who is not, and that asking twice adds nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.integration.flows.due_world import NOW, DueWorld, build, channel_id, video_id

from upbeat.flows import flow_named
from upbeat.flows.stale import StaleRequest, enqueue_stale, find_due, subject_statements
from upbeat.flows.sync_requests import SYNC_DAGS

OLD_OWNER = {"handle": "old"}
AUDIENCE = {"handle": None, "sample_size": 2_000}
OLD_CHANNEL = {"handle": "old", "channel_id": channel_id("old"), "start": None, "end": None}


def of(name: str, *values: Any, **beside: Any) -> list[dict[str, Any]]:
    """The parameters of tasks that differ in one."""
    return [{name: value, **beside} for value in values]


EXPECTED: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("ig_profiles_new", "instagram.profile_by_handle"): of("handle", "new", "newtail"),
    ("ig_profiles_tracked", "instagram.profile_by_handle"): of("handle", "new", "old"),
    ("ig_profiles_campaign", "instagram.profile_by_handle"): of("handle", "lately", "running"),
    ("ig_profiles_leaderboard", "instagram.profile_by_handle"): of("handle", "board"),
    ("ig_profiles_long_tail", "instagram.profile_basic"): of("handle", "newtail", "over", "tail"),
    ("ig_profile_insights", "instagram.profile_insights"): [OLD_OWNER],
    ("ig_profile_audience", "instagram.profile_audience"): [OLD_OWNER],
    ("ig_posts_recent", "instagram.posts_by_handle"): of(
        "handle", "board", "graph", "lately", "new", "old", "private", "running", limit=25
    ),
    ("ig_posts_month", "instagram.post_by_shortcode"): of("shortcode", "Po2"),
    ("ig_post_insights", "instagram.post_insights"): of("post_id", "1001", "1002", "1004", handle="old"),
    ("ig_reels", "instagram.reels_by_id"): of("user_id", "101", "102", "104", "105", "201", limit=50),
    ("ig_stories", "instagram.stories"): of("user_id", "101", "102", "104", "105", "201"),
    ("ig_stories", "instagram.story_insights"): of("story_id", "501", handle="old"),
    ("ig_comments", "instagram.post_comments"): of("post_id", "1001", limit=100),
    ("ig_hashtags", "instagram.hashtag_top"): of("hashtag", "chai", "old", "tea", limit=50),
    ("ig_hashtags", "instagram.hashtag_info"): of("hashtag", "chai", "old", "tea"),
    ("ig_tagged_and_mentions", "instagram.tagged_posts"): of(
        "user_id", "101", "102", "104", "105", "201", limit=50
    ),
    ("ig_followers_sample", "instagram.followers"): of(
        "user_id", "101", "102", "104", "105", "201", limit=200
    ),
    ("ig_similar", "instagram.similar_profiles"): of("user_id", "101", "102", "104", "105", "202"),
    ("yt_channels_new", "youtube.channel_by_handle"): of("handle", "new"),
    ("yt_channels_tracked", "youtube.channel_by_id"): of("channel_id", channel_id("old")),
    ("yt_channels_leaderboard", "youtube.channel_by_id"): of("channel_id", channel_id("board")),
    ("yt_channels_long_tail", "youtube.channel_basic"): of("channel_id", channel_id("tail")),
    ("yt_channel_insights", "youtube.channel_insights"): [OLD_CHANNEL],
    ("yt_channel_audience", "youtube.channel_audience"): [OLD_CHANNEL],
    ("yt_videos_recent", "youtube.videos_by_channel"): of(
        "channel_id", channel_id("board"), channel_id("old"), limit=50
    ),
    ("yt_videos_month", "youtube.videos_batch"): [{"video_ids": [video_id("o2")]}],
    ("yt_video_insights", "youtube.video_insights"): of(
        "video_id", video_id("o1"), video_id("o2"), video_id("o3"), handle="old", start=None, end=None
    ),
    ("yt_shorts", "youtube.shorts_by_channel"): of(
        "channel_id", channel_id("board"), channel_id("fresh"), channel_id("old"), limit=50
    ),
    ("yt_comments", "youtube.video_comments"): of("video_id", video_id("o1"), limit=100),
    ("yt_trending", "youtube.trending_videos"): of("region", "IN", "US", limit=50),
    ("collection_posts_instagram", "instagram.collection_posts"): [
        {"collection_id": "posts", "shortcodes": ["Nobody"]},
        {"collection_id": "posts", "shortcodes": ["Po1", "Ps1"]},
    ],
    ("collection_videos_youtube", "youtube.collection_videos"): [
        {"collection_id": "posts", "video_ids": [video_id("gone")]},
        {"collection_id": "posts", "video_ids": [video_id("o1"), video_id("s1")]},
    ],
    ("collection_stories", "instagram.stories"): of("user_id", "104", "105", "107", "201"),
    ("collection_profiles_instagram", "instagram.collection_profiles"): [
        {"collection_id": "people", "handles": ["nobody"]},
        {"collection_id": "people", "handles": ["stranger"]},
    ],
    ("collection_channels_youtube", "youtube.collection_channels"): [
        {"collection_id": "people", "channel_ids": [channel_id("stranger")]},
        {"collection_id": "people", "channel_ids": [channel_id("told")]},
    ],
    ("collection_channels_youtube", "youtube.channel_by_handle"): of("handle", "told", "unknown"),
    ("collection_profiles_instagram", "instagram.posts_by_handle"): of(
        "handle", "lately", "running", "stranger", limit=25
    ),
    ("collection_channels_youtube", "youtube.videos_by_channel"): of("channel_id", channel_id("stranger"), limit=50),
    ("collection_hashtags", "instagram.hashtag_recent"): of("hashtag", "instagramtag", limit=50),
    ("collection_hashtags", "instagram.hashtag_top"): of("hashtag", "instagramtag", limit=50),
    ("collection_hashtags", "instagram.hashtag_info"): of("hashtag", "instagramtag"),
    ("collection_hashtags", "youtube.search_videos"): of("query", "#youtubetag", limit=50),
    ("keyword_collections", "instagram.keyword_posts"): of("query", "instagram tea", limit=50),
    ("keyword_collections", "youtube.search_videos"): of("query", "youtube tea", limit=50),
    ("collection_comments", "instagram.post_comments"): of("post_id", "1001", "3001", limit=100),
    ("collection_comments", "youtube.video_comments"): of("video_id", video_id("o1"), video_id("s1"), limit=100),
    ("score_followers", "instagram.follower_scores"): of("profile_id", "101", "201", **AUDIENCE),
    ("score_followers", "instagram.commenter_scores"): of("profile_id", "101", **AUDIENCE),
    ("score_followers", "instagram.audience_quality"): of("profile_id", "101", "201", **AUDIENCE),
    ("assets_ig_post_media", "instagram.instagram_post_media"): of("post_id", "1001", "2001", "3001"),
    ("assets_ig_story_media", "instagram.instagram_story_media"): of("story_id", "501", "503", "504"),
    ("assets_ig_profile_pictures", "instagram.instagram_picture"): of(
        "user_id", "101", "102", "104", "105", "17841400000000001", "201", "202"
    ),
    ("assets_yt_thumbnails", "youtube.youtube_thumbnail"): of("video_id", video_id("o1"), video_id("o3"), video_id("f1")),
    ("assets_yt_avatars", "youtube.youtube_avatar"): of(
        "channel_id", channel_id("board"), channel_id("fresh"), channel_id("old")
    ),
    ("assets_expired_urls", "instagram.instagram_post_media"): of("post_id", "1002", "2002"),
    ("assets_expired_urls", "youtube.youtube_thumbnail"): of("video_id", video_id("o2"), video_id("s1")),
    ("shopify_orders", "shopify.orders"): [
        {"shop": "acme-tea", "updated_since": NOW - timedelta(hours=3, minutes=5), "limit": 10_000},
        {"shop": "new-shop", "updated_since": None, "limit": 10_000},
    ],
    ("shopify_products", "shopify.products"): of("shop", "acme-tea", "new-shop", limit=1_000),
    ("shopify_products", "shopify.discount_codes"): of("shop", "acme-tea", "new-shop", limit=1_000),
    ("shopify_products", "shopify.customers_count"): of("shop", "acme-tea", "new-shop"),
}  # fmt: skip
BY_WINDOW_ALONE = {
    "profile_lists", "channel_lists", "hashtags_in_use", "shops", "orders_of_shops", "stories_of_measured",
    "hashtags_of_collections", "hashtag_searches_of_collections", "keywords_of_collections",
    "accounts_with_followers", "accounts_with_commenters", "accounts_with_audience", "posts_without_asset", "stories_without_asset",
    "videos_without_asset", "collected_accounts", "collected_channels",
}  # fmt: skip
"""Statements whose rows tell no time: a subject is due once in every window."""
NEVER_SEEN = {"new_profiles", "new_channels", "unknown_channels_of_measured"}
REQUESTS = sorted({(dag.dag_id, request.flow) for dag in SYNC_DAGS.values() for request in dag.requests})
named = pytest.mark.parametrize(("dag_id", "flow"), REQUESTS)


def requests_of(dag_id: str, flow: str) -> list[StaleRequest]:
    return [request for request in SYNC_DAGS[dag_id].requests if request.flow == flow]


def tells_a_time(dag_id: str, flow: str) -> bool:
    """Whether the rows of a request's subjects say when they were seen."""
    return not {request.subjects for request in requests_of(dag_id, flow)} <= BY_WINDOW_ALONE | NEVER_SEEN


@pytest.fixture
def world(connection: psycopg.Connection[Any]) -> DueWorld:
    return build(connection)


def due(world: DueWorld, dag_id: str, flow: str) -> list[dict[str, Any]]:
    found = [find_due(world.connection, request, NOW) for request in requests_of(dag_id, flow)]
    assert [one.refused for one in found] == [[]] * len(found)
    return sorted((task["params"] for one in found for task in one.tasks), key=str)


def test_every_statement_and_every_request_is_tried() -> None:
    assert set(EXPECTED) == set(REQUESTS)
    used = {request.subjects for dag in SYNC_DAGS.values() for request in dag.requests}
    assert used == set(subject_statements())


@named
def test_those_who_are_due_are_found_and_no_others(world: DueWorld, dag_id: str, flow: str) -> None:
    assert due(world, dag_id, flow) == sorted(EXPECTED[(dag_id, flow)], key=str)


@named
def test_a_second_run_in_the_window_adds_nothing(world: DueWorld, dag_id: str, flow: str) -> None:
    expected = len(EXPECTED[(dag_id, flow)])
    for request in requests_of(dag_id, flow):
        enqueue_stale(world.connection, request, NOW)
    tasks = world.tasks()
    assert len(tasks) == expected
    for task in tasks:
        chosen = flow_named(flow)
        assert (task["platform"], task["flow"], task["priority"]) == (
            chosen.platform.value, chosen.name, chosen.priority,
        )  # fmt: skip
        chosen.validate(task["params"])
        assert task["expires_at"] > NOW
    assert due(world, dag_id, flow) == []
    for request in requests_of(dag_id, flow):
        enqueue_stale(world.connection, request, NOW)
    assert len(world.tasks()) == expected


@pytest.mark.parametrize(("dag_id", "flow"), [request for request in REQUESTS if tells_a_time(*request)])
def test_what_was_collected_just_now_is_not_due(world: DueWorld, dag_id: str, flow: str) -> None:
    assert due(world, dag_id, flow)
    world.see_everything(NOW - timedelta(seconds=1))
    unknown = ("new", "nobody", "gone", "told")
    assert [
        params
        for params in due(world, dag_id, flow)
        if not any(name in str(params).lower() for name in unknown)
    ] == []


@named
def test_the_next_window_asks_again_for_what_is_still_not_seen(
    world: DueWorld, dag_id: str, flow: str
) -> None:
    for request in requests_of(dag_id, flow):
        enqueue_stale(world.connection, request, NOW)
    asked = len(world.tasks())
    later = NOW + max(timedelta(hours=6), *(request.every for request in requests_of(dag_id, flow)))
    for request in requests_of(dag_id, flow):
        enqueue_stale(world.connection, request, later)
    assert len(world.tasks()) > asked
