"""The 17 DAGs of Instagram: creators by tier, posts by age, and what is known beside both."""

from __future__ import annotations

from datetime import timedelta

from upbeat.flows.stale import StaleRequest
from upbeat.flows.sync_dag import SyncDag

_CLOSE = ("tracked", "campaign", "leaderboard")
"""The tiers whose posts, stories and comments are collected; of the long tail it is the counts alone."""
_CREATORS = (
    "`beat.tracked_profile` (`upbeat track add HANDLE`) with the campaigns and collections of `coffee`"
)
_OWNERS = "`beat.credential`: accounts with a usable credential of the source `graphapi` and a handle"
_FEW = "seconds for a hundred creators, minutes for thousands; longer where a source's limit makes it wait"
_MANY = "minutes for a thousand posts; what the time budget leaves stays on the queue for the next run"
_QUARTER, _HOUR, _THREE_HOURS, _SIX_HOURS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
_DAY, _WEEK, _MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
_NOW = timedelta(0)

INSTAGRAM_SYNC: tuple[SyncDag, ...] = (
    SyncDag(
        dag_id="ig_profiles_new",
        schedule="*/15 * * * *",
        purpose="Collects creators that were added and never collected, so that they show within a quarter of an hour.",
        reads=_CREATORS,
        requests=(StaleRequest(flow="instagram.profile_by_handle", subjects="new_profiles", every=_QUARTER),),
        tier=2,
        duration="seconds",
        look="A handle that nobody bears fails, and is asked for again every six hours: `upbeat track remove HANDLE` ends that.",
    ),
    SyncDag(
        dag_id="ig_profiles_tracked",
        schedule="0 * * * *",
        purpose="Collects the profiles of tracked creators: followers, following, media count and what describes them.",
        reads=_CREATORS,
        requests=(
            StaleRequest(
                flow="instagram.profile_by_handle", subjects="profiles", every=_HOUR, tiers=("tracked",)
            ),
        ),
        tier=1,
        duration=_FEW,
        look="One source down shows as more answers from the next source of the chain, not as failures.",
    ),
    SyncDag(
        dag_id="ig_profiles_campaign",
        schedule="5 * * * *",
        purpose="Collects the profiles of creators in campaigns that run, and for 14 days after their end.",
        reads=_CREATORS,
        requests=(
            StaleRequest(
                flow="instagram.profile_by_handle", subjects="profiles", every=_HOUR, tiers=("campaign",)
            ),
        ),
        tier=1,
        duration=_FEW,
        look="Creators whose campaigns have all ended are collected by `ig_profiles_long_tail`.",
    ),
    SyncDag(
        dag_id="ig_profiles_leaderboard",
        schedule="10 */3 * * *",
        purpose="Collects the profiles of the leaderboard's creators, who are not followed for anything else.",
        reads=_CREATORS,
        requests=(
            StaleRequest(
                flow="instagram.profile_by_handle",
                subjects="profiles",
                every=_THREE_HOURS,
                tiers=("leaderboard",),
            ),
        ),
        tier=1,
        duration=_FEW,
        look="Ranks stand on these counts: rerun it before `dbt_daily`, 19:00 UTC.",
    ),
    SyncDag(
        dag_id="ig_profiles_long_tail",
        schedule="30 2 * * *",
        purpose="Collects the counts of the long tail, by the cheapest source, so that its history goes on.",
        reads=_CREATORS,
        requests=(
            StaleRequest(
                flow="instagram.profile_basic",
                subjects="profiles",
                every=_DAY,
                tiers=("long_tail",),
                limit=100_000,
            ),
        ),
        tier=3,
        duration="up to hours for 100,000 creators",
        look="Runs end at their time budget: `upbeat queue` shows what is left, `upbeat work --flow instagram.profile_basic` helps.",
    ),
    SyncDag(
        dag_id="ig_profile_insights",
        schedule="15 4 * * *",
        purpose="Collects the daily figures that only owners are told, of connected accounts.",
        reads=_OWNERS,
        requests=(
            StaleRequest(
                flow="instagram.profile_insights", subjects="insights_of_profiles", every=_DAY, limit=5_000
            ),
        ),
        tier=2,
        duration="seconds to minutes",
        look="`upbeat credentials list`: a token that its owner withdrew has `data_access_expired`, and is due no more.",
    ),
    SyncDag(
        dag_id="ig_profile_audience",
        schedule="30 4 * * 1",
        purpose="Collects who the audience of connected accounts is: age, gender, city, country.",
        reads=_OWNERS,
        requests=(
            StaleRequest(
                flow="instagram.profile_audience", subjects="audience_of_profiles", every=_WEEK, limit=5_000
            ),
        ),
        tier=3,
        duration="seconds to minutes",
        look="Instagram tells no audience of accounts under 100 followers: those complete without rows.",
    ),
    SyncDag(
        dag_id="ig_posts_recent",
        schedule="20 * * * *",
        purpose="Collects the newest posts of tracked creators with their likes, comments and plays; posts are found here.",
        reads=_CREATORS,
        requests=(
            StaleRequest(
                flow="instagram.posts_by_handle", subjects="newest_posts", every=_HOUR, tiers=_CLOSE
            ),
        ),
        tier=2,
        duration=_FEW,
        look="A task brings the 25 newest posts: who posts more in a week needs `upbeat enqueue instagram.posts_by_id`.",
    ),
    SyncDag(
        dag_id="ig_posts_month",
        schedule="40 */6 * * *",
        purpose="Collects the posts of tracked creators that are 7 to 30 days old, one by one: their figures still grow, slowly.",
        reads=f"{_CREATORS}, `beat.instagram_post`",
        requests=(
            StaleRequest(
                flow="instagram.post_by_shortcode",
                subjects="posts_of_age",
                every=_SIX_HOURS,
                tiers=_CLOSE,
                age=(_WEEK, _MONTH),
            ),
        ),
        tier=2,
        duration=_MANY,
        look="Posts that were deleted fail as not found, and are asked for every six hours until they are 30 days old.",
    ),
    SyncDag(
        dag_id="ig_post_insights",
        schedule="35 * * * *",
        purpose="Collects reach, impressions and saves of connected accounts' posts: hourly for a week, daily for a month.",
        reads=f"{_OWNERS}, and `beat.instagram_post`",
        requests=(
            StaleRequest(
                flow="instagram.post_insights",
                subjects="insights_of_posts",
                every=_HOUR,
                age=(_NOW, _WEEK),
                limit=5_000,
            ),
            StaleRequest(
                flow="instagram.post_insights",
                subjects="insights_of_posts",
                every=_DAY,
                age=(_WEEK, _MONTH),
                limit=5_000,
            ),
        ),
        tier=2,
        duration="minutes: three requests a post, 200 requests an hour and token",
        look="Many waiting tasks of one handle: its token's hourly limit is used up. `upbeat limits` shows it.",
    ),
    SyncDag(
        dag_id="ig_reels",
        schedule="50 */6 * * *",
        purpose="Collects the reels of tracked creators with their plays, further back than the newest posts go.",
        reads=f"{_CREATORS}, `beat.instagram_account`",
        requests=(
            StaleRequest(
                flow="instagram.reels_by_id",
                subjects="profile_lists",
                every=_SIX_HOURS,
                tiers=_CLOSE,
                params={"limit": 50},
            ),
        ),
        tier=3,
        duration=_FEW,
        look="Accounts that turned private fail until their profile is collected again.",
    ),
    SyncDag(
        dag_id="ig_stories",
        schedule="25 * * * *",
        purpose="Collects the stories of tracked creators, and the figures of connected accounts' stories, while they live.",
        reads=f"{_CREATORS}, `beat.instagram_account`, `beat.story`; for figures {_OWNERS}",
        requests=(
            StaleRequest(flow="instagram.stories", subjects="profile_lists", every=_HOUR, tiers=_CLOSE),
            StaleRequest(
                flow="instagram.story_insights",
                subjects="insights_of_stories",
                every=_HOUR,
                age=(_NOW, _DAY),
                limit=5_000,
            ),
        ),
        tier=2,
        duration=_FEW,
        look="Stories live 24 hours: what is missed for a day is lost. Figures are told of stories that five accounts or more saw.",
    ),
    SyncDag(
        dag_id="ig_comments",
        schedule="45 */3 * * *",
        purpose="Collects the comments under the posts of tracked creators for their first week.",
        reads=f"{_CREATORS}, `beat.instagram_post`",
        requests=(
            StaleRequest(
                flow="instagram.post_comments",
                subjects="commented_posts",
                every=_THREE_HOURS,
                tiers=_CLOSE,
                age=(_NOW, _WEEK),
                limit=10_000,
            ),
        ),
        tier=3,
        duration=_MANY,
        look="A task reads the 100 newest comments; more of one post: `upbeat enqueue instagram.post_comments ID --param limit=2000`.",
    ),
    SyncDag(
        dag_id="ig_hashtags",
        schedule="55 */3 * * *",
        purpose="Collects size and top posts of the hundred hashtags that most tracked creators used in the last seven days.",
        reads=f"{_CREATORS}, captions in `beat.instagram_post`",
        requests=(
            StaleRequest(
                flow="instagram.hashtag_top",
                subjects="hashtags_in_use",
                every=_THREE_HOURS,
                tiers=_CLOSE,
                age=(_NOW, _WEEK),
                limit=100,
            ),
            StaleRequest(
                flow="instagram.hashtag_info",
                subjects="hashtags_in_use",
                every=_DAY,
                tiers=_CLOSE,
                age=(_NOW, _WEEK),
                limit=100,
            ),
        ),
        tier=3,
        duration="minutes",
        look="The Graph API answers for 30 hashtags a week and token; the others come from the scrapers of the chain.",
    ),
    SyncDag(
        dag_id="ig_tagged_and_mentions",
        schedule="15 */6 * * *",
        purpose="Collects posts in which tracked creators are tagged; works off mentions, which webhooks put on the queue.",
        reads=f"{_CREATORS}, `beat.instagram_account`; mentions come as scrape requests (docs/how-to/send-messages-to-upbeat.md)",
        requests=(
            StaleRequest(
                flow="instagram.tagged_posts",
                subjects="profile_lists",
                every=_SIX_HOURS,
                tiers=_CLOSE,
                params={"limit": 50},
            ),
        ),
        also=("instagram.mentions",),
        tier=3,
        duration=_FEW,
        look="Only the Graph API's webhook tells the id of a mention: no query finds them.",
    ),
    SyncDag(
        dag_id="ig_followers_sample",
        schedule="0 1 * * *",
        purpose="Collects a sample of 200 followers of tracked creators, five hundred creators a day, each once a week.",
        reads=f"{_CREATORS}, `beat.instagram_account`",
        requests=(
            StaleRequest(
                flow="instagram.followers",
                subjects="profile_lists",
                every=_WEEK,
                tiers=_CLOSE,
                params={"limit": 200},
                limit=500,
            ),
        ),
        tier=3,
        duration="up to an hour: lists are paged, and cost the most",
        look="More than 3,500 creators in these tiers do not all get their turn in a week: raise the limit in the table.",
    ),
    SyncDag(
        dag_id="ig_similar",
        schedule="30 3 * * *",
        purpose="Collects the accounts that Instagram suggests beside tracked creators, five hundred creators a day, each once a week.",
        reads=f"{_CREATORS}, `beat.instagram_account`",
        requests=(
            StaleRequest(
                flow="instagram.similar_profiles",
                subjects="similar_to_profiles",
                every=_WEEK,
                tiers=_CLOSE,
                limit=500,
            ),
        ),
        tier=3,
        duration="minutes",
        look="Two sources have this list: with both resting, tasks wait for them.",
    ),
)
