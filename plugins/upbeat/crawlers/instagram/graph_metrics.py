"""Which insights the Graph API is asked for, by its version and by what they are about. Pure.

From the reference and its changelog (IG User insights, IG Media insights): `audience_*` ended with v18, where figures came that are
told as `total_value`; clicks and `profile_views` ended with v21; `impressions` and `plays` became `views` with v22. Asking for a
metric that a version or a kind of post does not have is an error (100) for all that were asked for with it.
"""

from __future__ import annotations

Metrics = tuple[str, ...]

_CLICKS = (
    "profile_views",
    "website_clicks",
    "email_contacts",
    "phone_call_clicks",
    "text_message_clicks",
    "get_directions_clicks",
)
_TOTALS = (
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "saves",
    "shares",
    "replies",
    "profile_links_taps",
)
AUDIENCE_BREAKDOWNS = ("age,gender", "city", "country")
_OF_ALBUMS_ONCE = ("engagement", "impressions", "reach", "saved", "video_views")
_ENGAGEMENT = ("reach", "likes", "comments", "saved", "shares", "total_interactions")
_OF_STORIES = ("reach", "replies", "shares", "total_interactions", "follows", "profile_visits", "navigation")


def insights_field(metrics: Metrics, **arguments: str) -> str:
    """The field expansion that asks a node for insights beside its other fields."""
    asked = "".join(f".{name}({value})" for name, value in arguments.items())
    return f"insights.metric({','.join(metrics)}){asked}"


def major_version(version: str) -> int:
    """15 of `v15.0`."""
    return int(version.removeprefix("v").partition(".")[0])


def daily_metrics(version: str) -> Metrics:
    """What an account is told per day, as a series."""
    major = major_version(version)
    return (
        "reach",
        "follower_count",
        *(("impressions",) if major < 22 else ()),
        *(_CLICKS if major < 21 else ()),
    )


def total_metrics(version: str) -> Metrics:
    """What an account is told as one total of a range of days; nothing before v18."""
    major = major_version(version)
    if major < 18:
        return ()
    return (*_TOTALS, *(("views",) if major >= 22 else ()))


def audience_metrics(version: str) -> Metrics:
    """Who follows an account: before v18 each metric is broken down by its name, since then one by `AUDIENCE_BREAKDOWNS`."""
    if major_version(version) < 18:
        return ("audience_gender_age", "audience_city", "audience_country", "audience_locale")
    return ("follower_demographics",)


def post_metrics(version: str, media_type: str, product_type: str) -> Metrics:
    """What the owner of a post is told: `IMAGE`, `VIDEO`, `CAROUSEL_ALBUM`; product `REELS` or `FEED`."""
    major = major_version(version)
    if product_type == "REELS":
        watched = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time") if major >= 18 else ()
        return (*_ENGAGEMENT, "plays" if major < 22 else "views", *watched)
    if major >= 18:
        seen = "impressions" if major < 22 else "views"
        return (*_ENGAGEMENT, seen, "follows", "profile_visits", "profile_activity")
    if media_type == "CAROUSEL_ALBUM":
        return tuple(f"carousel_album_{name}" for name in _OF_ALBUMS_ONCE)
    return _OF_ALBUMS_ONCE if media_type == "VIDEO" else _OF_ALBUMS_ONCE[:4]


def story_metrics(version: str) -> Metrics:
    """What the owner of a story is told."""
    major = major_version(version)
    if major < 18:
        return ("exits", "impressions", "reach", "replies", "taps_forward", "taps_back")
    return (*_OF_STORIES, "impressions" if major < 22 else "views")
