"""The DAGs that keep pictures and media."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from upbeat.flows.stale import StaleRequest
from upbeat.flows.sync_dag import SyncDag

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=30)
_NEW = timedelta(days=3)
"""How long a post is new: older ones are asked for once a week."""
_TIERS = ("tracked", "campaign", "leaderboard")


def _of_creators(flow: str, subjects: str) -> StaleRequest:
    return StaleRequest(flow=flow, subjects=subjects, every=_WEEK, fresh_for=timedelta(0), tiers=_TIERS)


def _published(
    flow: str,
    subjects: str,
    oldest: timedelta,
    *,
    youngest: timedelta = timedelta(0),
    every: timedelta = _DAY,
) -> StaleRequest:
    """What was published in a span of time and is not kept yet; an attempt that failed is made again in the next window."""
    return StaleRequest(
        flow=flow, subjects=subjects, every=every, fresh_for=timedelta(0), age=(youngest, oldest)
    )


_dag = partial(
    SyncDag,
    duration="a second for ten pictures, longer for films; what is unchanged is not fetched",
    look="a task that failed says what was wrong with the picture: too large, none by its content, or at an address that may not be "
    "asked. `upbeat assets list --status failed` shows them.",
)

ASSET_DAGS: tuple[SyncDag, ...] = (
    _dag(
        dag_id="assets_ig_post_media",
        schedule="5,35 * * * *",
        purpose="Keeps the pictures and films of new posts in S3, before their addresses expire.",
        reads="`beat.instagram_post` and `beat.asset`: posts of the last three days of which nothing is kept",
        requests=(_published("instagram.instagram_post_media", "posts_without_asset", _NEW),),
        tier=2,
    ),
    _dag(
        dag_id="assets_ig_story_media",
        schedule="15,45 * * * *",
        purpose="Keeps the pictures and films of stories in S3; they are gone after 24 hours.",
        reads="`beat.story` and `beat.asset`: stories of the last day of which nothing is kept",
        requests=(_published("instagram.instagram_story_media", "stories_without_asset", _DAY),),
        tier=2,
    ),
    _dag(
        dag_id="assets_ig_profile_pictures",
        schedule="20 4 * * *",
        purpose="Keeps the profile pictures of collected creators in S3, each anew once a week where it has changed.",
        reads="the creators that are collected, and `beat.instagram_account`",
        requests=(_of_creators("instagram.instagram_picture", "collected_accounts"),),
        tier=3,
    ),
    _dag(
        dag_id="assets_yt_thumbnails",
        schedule="50 */6 * * *",
        purpose="Keeps the thumbnails of new videos in S3.",
        reads="`beat.youtube_post` and `beat.asset`: videos of the last seven days of which nothing is kept",
        requests=(_published("youtube.youtube_thumbnail", "videos_without_asset", _WEEK),),
        tier=3,
    ),
    _dag(
        dag_id="assets_yt_avatars",
        schedule="40 4 * * *",
        purpose="Keeps the avatars of collected channels in S3, each anew once a week where it has changed.",
        reads="the creators that are collected, and `beat.youtube_account`",
        requests=(_of_creators("youtube.youtube_avatar", "collected_channels"),),
        tier=3,
    ),
    _dag(
        dag_id="assets_expired_urls",
        schedule="0 5 * * *",
        purpose="Asks once more, once a week, for media of the last month of which nothing is kept: their addresses are renewed where "
        "they have expired.",
        reads="`beat.instagram_post`, `beat.youtube_post` and `beat.asset`: posts without an asset that is stored or known to be gone",
        requests=(
            _published(
                "instagram.instagram_post_media", "posts_without_asset", _MONTH, youngest=_NEW, every=_WEEK
            ),
            _published(
                "youtube.youtube_thumbnail", "videos_without_asset", _MONTH, youngest=_NEW, every=_WEEK
            ),
        ),
        tier=3,
    ),
)
