"""The one list of what may be read of the published tables. Endpoints, their parameters, their SQL and their place in the OpenAPI follow from it."""

from __future__ import annotations

from upbeat.api.published.resource import Filter, Resource

PLATFORMS = ("INSTAGRAM", "YOUTUBE")
_PLATFORM = {"platform": Filter("platform", choices=PLATFORMS)}
_ON_PLATFORM = {"platform": Filter("platform", required=True, choices=PLATFORMS)}
_DAYS = {"since": Filter("date", "at_least"), "until": Filter("date", "at_most")}
_PERIODS = {"since": Filter("starts_on", "at_least"), "until": Filter("starts_on", "at_most")}
_PUBLISHED = {
    "published_since": Filter("published_at", "at_least"),
    "published_until": Filter("published_at", "at_most"),
}
_PROFILE = "/{platform}/{profile_id}"


def _equal(*columns: str) -> dict[str, Filter]:
    return {name: Filter(name) for name in columns}


def _between(*columns: str) -> dict[str, Filter]:
    """`min_followers` and `max_followers` of `followers`."""
    return {f"min_{name}": Filter(name, "at_least") for name in columns} | {
        f"max_{name}": Filter(name, "at_most") for name in columns
    }


LEADERBOARD = (
    Resource(
        "leaderboard",
        "",
        "leaderboard",
        "Who leads on a platform, in which respect, and who has climbed.",
        sorts=("followers_rank", "engagement_rank", "followers", "engagement_rate", "rank_change"),
        sort="followers_rank",
        filters=_ON_PLATFORM
        | _equal("category", "language", "country", "size_band")
        | {"search": Filter("handle", "prefix")}
        | _between("followers", "engagement_rate"),
    ),
    Resource(
        "rising_creators",
        "/rising",
        "rising_creators",
        "Who grows faster than nine in ten of those of their size.",
        sorts=("rising_rank", "daily_growth_pct", "growth", "followers"),
        sort="-daily_growth_pct",
        filters=_ON_PLATFORM
        | _equal("days", "category", "language", "country", "size_band")
        | {"search": Filter("handle", "prefix")},
    ),
)

CREATORS = (
    Resource(
        "creator_search",
        "/search",
        "creator_search",
        "Creators by size, engagement, growth, language, place, topic, authenticity and activity.",
        sorts=(
            "followers", "engagement_rate", "growth_pct_7d", "growth_pct_30d", "growth_pct_90d", "quality_score",
            "fake_share", "avg_likes", "avg_comments", "avg_plays", "last_post_at", "posts_per_week",
        ),
        sort="-followers",
        filters=_PLATFORM
        | _equal("handle", "creator_id", "category", "language", "country", "city", "size_band", "engagement_band")
        | _equal("activity", "main_post_type", "is_verified", "is_business", "is_private", "is_sandbox")
        | {"search": Filter("handle", "prefix"), "topic": Filter("topics", "contains")}
        | _between("followers", "engagement_rate", "growth_pct_30d", "quality_score", "fake_share"),
    ),
)  # fmt: skip

PROFILE_PARTS = (
    Resource("instagram_account", _PROFILE, "instagram_account", "An Instagram account.", single=True),
    Resource("youtube_account", _PROFILE, "youtube_account", "A YouTube channel.", single=True),
    Resource(
        "audience_quality", _PROFILE, "audience_quality_score", "How good its audience is.", single=True
    ),
    Resource("audience_demographics", _PROFILE, "audience_demographics", "Age and gender of its audience."),
    Resource("audience_locations", _PROFILE, "audience_locations", "Where its audience lives."),
    Resource("growth_rates", _PROFILE, "growth_rates", "How it grew over periods that end now."),
)
"""What one profile is put together of; not served on their own."""

PROFILES = (
    Resource(
        "profile_best_posting_time",
        _PROFILE + "/best-posting-time",
        "best_posting_time",
        "At which weekday and hour its posts do best.",
        sorts=("slot_rank", "lift"),
        sort="slot_rank",
        filters=_equal("weekday"),
    ),
    Resource(
        "profile_posts",
        _PROFILE + "/posts",
        "post_ranking",
        "Its posts of the last 30 days, ranked.",
        sorts=("rank_of_creator", "engagement_rate", "likes", "comments", "published_at"),
        sort="rank_of_creator",
        filters=_equal("post_type") | _PUBLISHED,
    ),
    Resource(
        "profile_cross_platform",
        _PROFILE + "/cross-platform",
        "creator_cross_platform",
        "Which creator it belongs to, and what that creator has elsewhere.",
        single=True,
    ),
)

TIME_SERIES = (
    Resource(
        "time_series_day",
        _PROFILE + "/day",
        "time_series",
        "Followers, following, posts and views, day by day.",
        sorts=("date",),
        sort="date",
        filters=_DAYS,
        observed="updated_at",
    ),
    Resource(
        "time_series_week",
        _PROFILE + "/week",
        "time_series_weekly",
        "The same by weeks, with growth.",
        sorts=("starts_on",),
        sort="starts_on",
        filters=_PERIODS,
        observed="updated_at",
    ),
    Resource(
        "time_series_month",
        _PROFILE + "/month",
        "time_series_monthly",
        "The same by months, with growth.",
        sorts=("starts_on",),
        sort="starts_on",
        filters=_PERIODS,
        observed="updated_at",
    ),
    Resource(
        "engagement_day",
        _PROFILE + "/engagement",
        "engagement_time_series",
        "Likes, comments and engagement of its posts, day by day.",
        sorts=("date",),
        sort="date",
        filters=_DAYS,
    ),
)

CONTENT = (
    Resource(
        "post_ranking",
        "/posts",
        "post_ranking",
        "The posts of the last 30 days that do best.",
        sorts=("rank_in_category", "engagement_rate", "likes", "comments", "interactions", "published_at"),
        sort="-engagement_rate",
        filters=_PLATFORM
        | _equal("category", "post_type", "profile_id", "handle")
        | _between("engagement_rate")
        | _PUBLISHED,
    ),
    Resource(
        "viral_posts",
        "/viral",
        "viral_posts",
        "The posts of the last 90 days that ran away, and in which respect.",
        sorts=(
            "interactions_multiple",
            "reach_multiple",
            "followers_multiple",
            "likes",
            "plays",
            "published_at",
        ),
        sort="-interactions_multiple",
        filters=_PLATFORM
        | _equal("post_type", "profile_id", "handle")
        | {"reason": Filter("reasons", "contains")}
        | _PUBLISHED,
    ),
    Resource(
        "hashtag_performance",
        "/hashtags",
        "hashtag_performance",
        "How posts with a hashtag do.",
        sorts=("posts", "creators", "total_reach", "median_engagement_rate", "median_interactions_multiple"),
        sort="-posts",
        filters=_PLATFORM
        | {"hashtag": Filter("hashtag"), "search": Filter("hashtag", "prefix")}
        | _between("posts"),
    ),
)

_COLLECTION = "/collections/{collection_id}"
_CAMPAIGN = "/campaigns/{campaign_id}"
_DONE = ("likes", "comments", "plays", "engagements", "reach")
_COSTS = ("cost", "cost_per_reach", "cost_per_engagement", "cost_per_view")

COLLECTION_REPORTS = (
    Resource(
        "collection_summaries",
        "/collections",
        "collection_summary",
        "All collections.",
        sorts=("starts_on", "posts", *_DONE, "avg_engagement_rate", *_COSTS, "cost_per_result"),
        sort="-starts_on",
        filters=_equal("campaign_id", "kind", "goal"),
        owner="collection",
    ),
    Resource(
        "collection_summary",
        _COLLECTION,
        "collection_summary",
        "What a collection brought, and at which cost.",
        owner="collection",
        single=True,
    ),
    Resource(
        "collection_posts",
        _COLLECTION + "/posts",
        "collection_post",
        "How each post of a collection does.",
        sorts=("published_at", *_DONE, "engagement_rate", *_COSTS),
        sort="-published_at",
        filters=_PLATFORM | _equal("kind", "profile_id", "handle", "post_type", "is_collected"),
        owner="collection",
    ),
    Resource(
        "collection_profiles",
        _COLLECTION + "/profiles",
        "collection_profile",
        "What each creator of a collection brought.",
        sorts=("followers", "posts", *_DONE, "avg_engagement_rate", *_COSTS),
        sort="-engagements",
        filters=_PLATFORM | _equal("is_named"),
        owner="collection",
    ),
    Resource(
        "collection_time_series",
        _COLLECTION + "/time-series",
        "collection_time_series",
        "How a collection grew, day by day.",
        sorts=("date",),
        sort="date",
        filters=_PLATFORM | _DAYS,
        owner="collection",
    ),
    Resource(
        "collection_top_content",
        _COLLECTION + "/top-content",
        "collection_top_content",
        "The best posts of a collection by each measure.",
        sorts=("measure",),
        sort="measure",
        filters=_PLATFORM | _equal("measure"),
        owner="collection",
    ),
    Resource(
        "collection_hashtags",
        _COLLECTION + "/hashtags",
        "collection_hashtag",
        "The hashtags of its posts.",
        sorts=("posts", *_DONE),
        sort="-posts",
        filters=_PLATFORM | _equal("is_followed"),
        owner="collection",
    ),
    Resource(
        "collection_keywords",
        _COLLECTION + "/keywords",
        "keyword_collection",
        "The keywords that a collection follows.",
        sorts=("posts", *_DONE),
        sort="-posts",
        filters=_PLATFORM,
        owner="collection",
    ),
    Resource(
        "collection_stories",
        _COLLECTION + "/stories",
        "collection_story",
        "Its stories, with what the platform tells their owners.",
        sorts=("published_at", "reach", "impressions"),
        sort="-published_at",
        filters=_PLATFORM | _equal("profile_id"),
        owner="collection",
    ),
    Resource(
        "collection_costs",
        _COLLECTION + "/costs",
        "collection_cost",
        "What a collection cost, item by item.",
        sorts=("incurred_on", "amount"),
        sort="incurred_on",
        filters=_PLATFORM | _equal("kind", "stated_by"),
        owner="collection",
    ),
    Resource(
        "collection_audience",
        _COLLECTION + "/audience",
        "collection_audience",
        "Whom its creators reach together.",
        sorts=("share", "followers"),
        sort="-share",
        filters=_PLATFORM | _equal("dimension"),
        owner="collection",
    ),
    Resource(
        "collection_vs_baseline",
        _COLLECTION + "/vs-baseline",
        "collection_vs_baseline",
        "How its posts do against what its creators usually reach.",
        sorts=("engagement_lift_pct", "likes_lift_pct", "reach_lift_pct"),
        sort="-engagement_lift_pct",
        filters=_PLATFORM,
        owner="collection",
    ),
)

CAMPAIGN_REPORTS = (
    Resource(
        "campaign_summaries",
        "/campaigns",
        "campaign_summary",
        "All campaigns.",
        sorts=("starts_on", "budget", "cost", *_DONE, "net_sales", "return_on_cost", "cost_per_result"),
        sort="-starts_on",
        filters=_equal("status", "goal", "brand"),
        owner="campaign",
    ),
    Resource(
        "campaign_summary",
        _CAMPAIGN,
        "campaign_summary",
        "Whether a campaign is worth its money.",
        owner="campaign",
        single=True,
    ),
    Resource(
        "campaign_profiles",
        _CAMPAIGN + "/profiles",
        "campaign_profile",
        "Whether each of its creators delivers, and at which cost.",
        sorts=("followers", *_DONE, "cost", "net_sales", "delivered_share"),
        sort="-engagements",
        filters=_PLATFORM,
        owner="campaign",
    ),
    Resource(
        "campaign_sales",
        _CAMPAIGN + "/sales",
        "campaign_sales",
        "What its discount codes sold.",
        sorts=("orders", "net_sales"),
        sort="-net_sales",
        filters=_PLATFORM | _equal("shop", "code", "currency"),
        owner="campaign",
    ),
)

LIST_REPORTS = (
    Resource(
        "profile_lists",
        "/profile-lists",
        "profile_list",
        "The creators of the lists that customers keep.",
        sorts=("followers", "engagement_rate", "growth_pct_30d", "quality_score"),
        sort="-followers",
        filters=_PLATFORM | _equal("profile_list_id", "category", "country", "is_collected"),
        owner="account",
    ),
)

REPORTS = COLLECTION_REPORTS + CAMPAIGN_REPORTS + LIST_REPORTS

RESOURCES = {
    resource.name: resource
    for resource in (*LEADERBOARD, *CREATORS, *PROFILE_PARTS, *PROFILES, *TIME_SERIES, *CONTENT, *REPORTS)
}
