"""The 12 DAGs of YouTube: channels by tier, videos by age, and what is known beside both."""

from __future__ import annotations

from datetime import timedelta

from upbeat.flows.stale import StaleRequest
from upbeat.flows.sync_dag import SyncDag

_CLOSE = ("tracked", "campaign", "leaderboard")
_CREATORS = "`beat.tracked_profile` (`upbeat track add HANDLE --platform youtube`) with the campaigns and collections of `coffee`"
_OWNERS = (
    "`beat.credential`: channels with a usable credential of the source `ytapi` of their own, and a handle"
)
_FEW = "seconds for a hundred channels, minutes for thousands; longer where a source's limit makes it wait"
_UNITS = "The official API has 10,000 units a day and key: `upbeat limits` shows what is left, then the scraper answers alone."
_QUARTER, _HOUR, _THREE_HOURS, _SIX_HOURS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
_DAY, _WEEK, _MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
_NOW = timedelta(0)

YOUTUBE_SYNC: tuple[SyncDag, ...] = (
    SyncDag(
        dag_id="yt_channels_new",
        schedule="*/15 * * * *",
        purpose="Collects channels that were added and never collected: a handle becomes a channel id here.",
        reads=_CREATORS,
        requests=(StaleRequest(flow="youtube.channel_by_handle", subjects="new_channels", every=_QUARTER),),
        tier=2,
        duration="seconds",
        look="A handle that nobody bears fails, and is asked for again every six hours: `upbeat track remove` ends that.",
    ),
    SyncDag(
        dag_id="yt_channels_tracked",
        schedule="3 * * * *",
        purpose="Collects the channels of tracked creators and of running campaigns: subscribers, videos, views.",
        reads=f"{_CREATORS}, `beat.youtube_account`",
        requests=(
            StaleRequest(
                flow="youtube.channel_by_id",
                subjects="channels",
                every=_HOUR,
                tiers=("tracked", "campaign"),
            ),
        ),
        tier=1,
        duration=_FEW,
        look=_UNITS,
    ),
    SyncDag(
        dag_id="yt_channels_leaderboard",
        schedule="12 */6 * * *",
        purpose="Collects the channels of the leaderboard, which are not followed for anything else.",
        reads=f"{_CREATORS}, `beat.youtube_account`",
        requests=(
            StaleRequest(
                flow="youtube.channel_by_id", subjects="channels", every=_SIX_HOURS, tiers=("leaderboard",)
            ),
        ),
        tier=1,
        duration=_FEW,
        look=_UNITS,
    ),
    SyncDag(
        dag_id="yt_channels_long_tail",
        schedule="0 3 * * *",
        purpose="Collects the counts of the long tail, by the scraper first, so that its history goes on.",
        reads=f"{_CREATORS}, `beat.youtube_account`",
        requests=(
            StaleRequest(
                flow="youtube.channel_basic",
                subjects="channels",
                every=_DAY,
                tiers=("long_tail",),
                limit=100_000,
            ),
        ),
        tier=3,
        duration="up to hours for 100,000 channels",
        look="Runs end at their time budget: `upbeat queue` shows what is left, `upbeat work --flow youtube.channel_basic` helps.",
    ),
    SyncDag(
        dag_id="yt_channel_insights",
        schedule="45 4 * * *",
        purpose="Collects the daily figures that only owners are told, of connected channels.",
        reads=_OWNERS,
        requests=(
            StaleRequest(
                flow="youtube.channel_insights", subjects="insights_of_channels", every=_DAY, limit=5_000
            ),
        ),
        tier=2,
        duration="seconds to minutes",
        look="`upbeat credentials list`: a token that its owner withdrew has `data_access_expired`, and is due no more.",
    ),
    SyncDag(
        dag_id="yt_channel_audience",
        schedule="0 5 * * 1",
        purpose="Collects who the audience of connected channels is: age, gender, country.",
        reads=_OWNERS,
        requests=(
            StaleRequest(
                flow="youtube.channel_audience", subjects="audience_of_channels", every=_WEEK, limit=5_000
            ),
        ),
        tier=3,
        duration="seconds to minutes",
        look="YouTube tells no audience of small channels: those complete without rows.",
    ),
    SyncDag(
        dag_id="yt_videos_recent",
        schedule="23 * * * *",
        purpose="Collects the newest videos of tracked channels with their views, likes and comments; videos are found here.",
        reads=f"{_CREATORS}, `beat.youtube_account`, `beat.youtube_post`",
        requests=(
            StaleRequest(
                flow="youtube.videos_by_channel", subjects="newest_videos", every=_HOUR, tiers=_CLOSE
            ),
        ),
        tier=2,
        duration=_FEW,
        look=_UNITS,
    ),
    SyncDag(
        dag_id="yt_videos_month",
        schedule="30 5 * * *",
        purpose="Collects the videos of tracked channels that are 7 to 30 days old, fifty in one request.",
        reads=f"{_CREATORS}, `beat.youtube_post`",
        requests=(
            StaleRequest(
                flow="youtube.videos_batch",
                subjects="videos_of_age",
                every=_DAY,
                tiers=_CLOSE,
                age=(_WEEK, _MONTH),
                limit=2_000,
            ),
        ),
        tier=3,
        duration="seconds to minutes: a request is one unit, and tells fifty videos",
        look="Videos that were deleted are left out of the answer: no task fails for them.",
    ),
    SyncDag(
        dag_id="yt_video_insights",
        schedule="15 5 * * *",
        purpose="Collects watch time, shares and subscribers won of connected channels' videos for a month.",
        reads=f"{_OWNERS}, and `beat.youtube_post`",
        requests=(
            StaleRequest(
                flow="youtube.video_insights",
                subjects="insights_of_videos",
                every=_DAY,
                age=(_NOW, _MONTH),
                limit=5_000,
            ),
        ),
        tier=2,
        duration="minutes",
        look="`upbeat credentials list`: a token that its owner withdrew has `data_access_expired`, and is due no more.",
    ),
    SyncDag(
        dag_id="yt_shorts",
        schedule="53 */6 * * *",
        purpose="Collects the shorts of tracked channels; the official API does not list them apart.",
        reads=f"{_CREATORS}, `beat.youtube_account`",
        requests=(
            StaleRequest(
                flow="youtube.shorts_by_channel", subjects="channel_lists", every=_SIX_HOURS, tiers=_CLOSE
            ),
        ),
        tier=3,
        duration=_FEW,
        look="One source has this list: while `youtube138` rests, tasks wait for it.",
    ),
    SyncDag(
        dag_id="yt_comments",
        schedule="48 */3 * * *",
        purpose="Collects the comments under the videos of tracked channels for their first week.",
        reads=f"{_CREATORS}, `beat.youtube_post`",
        requests=(
            StaleRequest(
                flow="youtube.video_comments",
                subjects="commented_videos",
                every=_THREE_HOURS,
                tiers=_CLOSE,
                age=(_NOW, _WEEK),
                limit=10_000,
            ),
        ),
        tier=3,
        duration="minutes for a thousand videos",
        look="Comments that are turned off complete the task without rows.",
    ),
    SyncDag(
        dag_id="yt_trending",
        schedule="33 */3 * * *",
        purpose="Collects the charts of India and of the countries of tracked channels, twenty at most.",
        reads="`beat.tracked_profile`, countries in `beat.youtube_account`",
        requests=(
            StaleRequest(
                flow="youtube.trending_videos", subjects="trending_regions", every=_THREE_HOURS, limit=21
            ),
        ),
        tier=3,
        duration="seconds",
        look="A country without a chart of its own fails: by hand, `regions` takes those that have one.",
    ),
)
