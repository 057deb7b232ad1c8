"""The 76 DAGs: category and schedule of each, as data. A DAG that is in no row here, or a row without its DAG, fails the tests.

Periods stand for any minute that fits: what runs hourly may do so at minute 20. A cron expression is one that readers rely on.
"""

from __future__ import annotations

from collections.abc import Iterator

BY_HAND = "by hand"
MINUTE, FIVE, QUARTER, HALF, HOUR = "1 min", "5 min", "15 min", "30 min", "1 h"
THREE_HOURS, SIX_HOURS, DAY, WEEK = "3 h", "6 h", "1 day", "1 week"

CATEGORIES: dict[str, tuple[int, dict[str, str]]] = {
    "orchestrate_dbt": (
        11,
        {
            "*/5 * * * *": "dbt_recent_scl post_ranker_partial",
            "*/15 * * * *": "dbt_core",
            "*/30 * * * *": "dbt_collections dbt_staging_collections",
            HOUR: "dbt_hourly",
            THREE_HOURS: "dbt_three_hourly",
            "0 19 * * *": "dbt_daily",
            "0 6 */7 * *": "dbt_weekly",
            DAY: "dbt_snapshots dbt_docs_freshness",
        },
    ),
    "instagram_sync": (
        17,
        {
            QUARTER: "ig_profiles_new",
            HOUR: "ig_profiles_tracked ig_profiles_campaign ig_posts_recent ig_post_insights ig_stories",
            THREE_HOURS: "ig_profiles_leaderboard ig_comments ig_hashtags",
            SIX_HOURS: "ig_posts_month ig_reels ig_tagged_and_mentions",
            DAY: "ig_profiles_long_tail ig_profile_insights ig_followers_sample ig_similar",
            WEEK: "ig_profile_audience",
        },
    ),
    "youtube_sync": (
        12,
        {
            QUARTER: "yt_channels_new",
            HOUR: "yt_channels_tracked yt_videos_recent",
            THREE_HOURS: "yt_comments yt_trending",
            SIX_HOURS: "yt_channels_leaderboard yt_shorts",
            DAY: "yt_channels_long_tail yt_channel_insights yt_videos_month yt_video_insights",
            WEEK: "yt_channel_audience",
        },
    ),
    "collection_sync": (
        15,
        {
            HALF: "collection_posts_instagram collection_videos_youtube collection_stories sync_collection_reports",
            HOUR: "collection_profiles_instagram collection_channels_youtube shopify_orders sync_profiles",
            THREE_HOURS: "collection_hashtags keyword_collections",
            SIX_HOURS: "collection_comments",
            DAY: "shopify_products sync_leaderboard_prod sync_time_series sync_content_rankings",
        },
    ),
    "operations": (
        9,
        {
            MINUTE: "events_drain",
            FIVE: "queue_reaper",
            QUARTER: "failure_rate_alert",
            HALF: "freshness_check",
            SIX_HOURS: "credential_validation",
            DAY: "queue_retention data_quality_report published_tables_verify backup_beat",
        },
    ),
    "asset_upload": (
        7,
        {
            HALF: "assets_ig_post_media assets_ig_story_media",
            SIX_HOURS: "assets_yt_thumbnails",
            DAY: "assets_ig_profile_pictures assets_yt_avatars assets_expired_urls",
            WEEK: "assets_retention",
        },
    ),
    "utilities": (
        5,
        {
            DAY: "enrich_creators score_followers",
            BY_HAND: "backfill_history replay_raw refresh_on_demand",
        },
    ),
}
"""Module of a category: how many DAGs it has, and which run when."""


def _rows() -> Iterator[tuple[str, tuple[str, str]]]:
    for module, (_, schedules) in CATEGORIES.items():
        for schedule, dag_ids in schedules.items():
            for dag_id in dag_ids.split():
                yield dag_id, (module, schedule)


DAGS: dict[str, tuple[str, str]] = dict(_rows())
"""By dag id: module and schedule."""
