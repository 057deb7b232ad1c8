"""Which table of schema `beat` a record belongs to: its key, its columns, the kind of event that tells of it. Pure.

Adding a kind of fact is a class in `records/facts.py`, a line here and a table in a migration.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from upbeat.records import (
    Asset,
    AudienceQuality,
    ChannelActivity,
    ChannelSection,
    CollectionItem,
    Comment,
    Enrichment,
    Fact,
    Follower,
    FollowerScore,
    Following,
    Hashtag,
    Highlight,
    HighlightItem,
    Insight,
    Liker,
    ListedPost,
    Location,
    Platform,
    Post,
    Profile,
    SearchHit,
    ShopifyCount,
    ShopifyDiscountCode,
    ShopifyOrder,
    ShopifyProduct,
    ShopifyRefund,
    SimilarProfile,
    Story,
)

Row = dict[str, Any]
Record = Profile | Post | Fact

PROVENANCE = ("source", "observed_at")
RAW_OBJECT = "raw_object"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of current rows.

    Attributes:
        key: the primary key's columns, `platform` first.
        columns: what a source may tell or not tell; a source that does not tell one never erases it.
        event: kind of the outbox event per changed row; None tells nobody.
        told_whole: a record says all that there is to say: what it leaves open erases what an older one told.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    event: str | None
    told_whole: bool = False

    def all_columns(self) -> tuple[str, ...]:
        """Every column that an upsert writes."""
        return (*self.key, *self.columns, *PROVENANCE)


# Counts of accounts and posts bear the name of the platforms' APIs in the tables, the specification's in records and logs.
_COUNTS = {
    "followers": "followers_count",
    "following": "following_count",
    "media_count": "posts_count",
    "total_views": "views_count",
    "likes": "likes_count",
    "comments": "comments_count",
    "plays": "plays_count",
    "shares": "shares_count",
    "saves": "saves_count",
}


# `kind` of a fact is its class's: a column of that name has another one in the record.
_COLUMNS = {"question_kind": "kind"}
_FIELDS = {column: field for field, column in _COLUMNS.items()}


def _described(record: type, names: tuple[str, ...]) -> tuple[str, ...]:
    known = {field.name for field in fields(record)}
    assert known.issuperset(names), f"{record.__name__} has no {set(names) - known}"
    return tuple(_COUNTS.get(name, name) for name in names)


_PROFILE = [
    "handle",
    "full_name",
    "biography",
    "category",
    "external_url",
    "profile_pic_url",
    "is_verified",
    "followers",
    "media_count",
]
_POST = [
    "profile_id",
    "handle",
    "post_type",
    "caption",
    "permalink",
    "thumbnail_url",
    "duration_seconds",
    "published_at",
    "likes",
    "comments",
    "plays",
]
_ACCOUNTS = {
    Platform.INSTAGRAM: Table(
        "instagram_account",
        ("platform", "profile_id"),
        _described(Profile, (*_PROFILE, "is_business", "is_private", "following")),
        "instagram_account",
    ),
    Platform.YOUTUBE: Table(
        "youtube_account",
        ("platform", "profile_id"),
        _described(Profile, (*_PROFILE, "country", "joined_at", "total_views")),
        "youtube_account",
    ),
}
_POSTS = {
    Platform.INSTAGRAM: Table(
        "instagram_post",
        ("platform", "post_id"),
        _described(
            Post,
            (*_POST, "shortcode", "media_url", "location_id", "is_paid_partnership", "shares", "saves"),
        ),
        "instagram_post",
    ),
    Platform.YOUTUBE: Table(
        "youtube_post",
        ("platform", "post_id"),
        _described(Post, (*_POST, "title", "category", "language")),
        "youtube_post",
    ),
}
_INSIGHT_KEY = ("subject_id", "metric", "period", "breakdown", "breakdown_value", "end_time")


def _fact_table(fact: type[Fact], name: str, key: tuple[str, ...], event: str | None) -> Table:
    keyed = ("platform", *key)
    apart = {*keyed, *PROVENANCE, "subject"}
    named = (_COLUMNS.get(field.name, field.name) for field in fields(fact))
    columns = tuple(column for column in named if column not in apart)
    return Table(name, keyed, (*columns, RAW_OBJECT), event)


def _score_table(fact: type[Fact], name: str, key: tuple[str, ...]) -> Table:
    """Of what the platform works out itself: there is no raw answer behind it."""
    read = _fact_table(fact, name, key, name)
    return replace(read, columns=tuple(c for c in read.columns if c != RAW_OBJECT), told_whole=True)


_FACTS: dict[type[Fact], Table] = {
    Follower: _fact_table(Follower, "follower", ("profile_id", "account_id"), "follower"),
    Following: _fact_table(Following, "following", ("profile_id", "account_id"), "following"),
    Liker: _fact_table(Liker, "liker", ("post_id", "account_id"), "liker"),
    SimilarProfile: _fact_table(SimilarProfile, "similar_profile", ("profile_id", "account_id"), None),
    SearchHit: _fact_table(SearchHit, "search_hit", ("query", "entity", "item_id"), None),
    ListedPost: _fact_table(ListedPost, "listed_post", ("listing", "listing_key", "post_id"), None),
    Story: _fact_table(Story, "story", ("story_id",), "story"),
    Highlight: _fact_table(Highlight, "highlight", ("highlight_id",), None),
    HighlightItem: _fact_table(HighlightItem, "highlight_item", ("highlight_id", "story_id"), None),
    Hashtag: _fact_table(Hashtag, "hashtag", ("name",), "hashtag"),
    Location: _fact_table(Location, "location", ("location_id",), None),
    ChannelSection: _fact_table(ChannelSection, "channel_section", ("section_id",), None),
    ChannelActivity: _fact_table(ChannelActivity, "channel_activity", ("activity_id",), None),
    CollectionItem: _fact_table(
        CollectionItem, "collection_item", ("collection_id", "entity", "item_id"), None
    ),
    ShopifyOrder: _fact_table(ShopifyOrder, "shopify_order", ("shop", "order_id"), "shopify_order"),
    ShopifyProduct: _fact_table(ShopifyProduct, "shopify_product", ("shop", "product_id"), "shopify_product"),
    ShopifyRefund: _fact_table(ShopifyRefund, "shopify_refund", ("shop", "refund_id"), "shopify_refund"),
    ShopifyDiscountCode: _fact_table(
        ShopifyDiscountCode, "shopify_discount_code", ("shop", "discount_code_id"), None
    ),
    ShopifyCount: _fact_table(ShopifyCount, "shopify_count", ("shop", "metric", "day"), None),
    FollowerScore: _score_table(FollowerScore, "follower_score", ("profile_id", "relation", "account_id")),
    AudienceQuality: _score_table(
        AudienceQuality, "audience_quality", ("profile_id", "relation", "sample_id")
    ),
    Enrichment: _score_table(
        Enrichment, "enrichment", ("profile_id", "kind", "model", "prompt_version", "is_sandbox")
    ),
    Asset: _score_table(Asset, "asset", ("subject_kind", "subject_id")),
}
_COMMENTS = {
    Platform.INSTAGRAM: _fact_table(Comment, "comment", ("comment_id",), "comment"),
    Platform.YOUTUBE: _fact_table(Comment, "comment", ("comment_id",), "youtube_comment"),
}
_INSIGHTS = {
    "profile": _fact_table(Insight, "profile_insight", _INSIGHT_KEY, "profile_insight"),
    "audience": _fact_table(Insight, "profile_audience", _INSIGHT_KEY, "profile_insight"),
    "post": _fact_table(Insight, "post_insight", _INSIGHT_KEY, "post_insight"),
    "story": _fact_table(Insight, "story_insight", _INSIGHT_KEY, "story_insight"),
}


def table_of(record: Record) -> Table:
    """Where the current row of `record` stands. Who a profile's audience is stands apart from what the profile did."""
    if isinstance(record, Profile):
        return _ACCOUNTS[record.platform]
    if isinstance(record, Post):
        return _POSTS[record.platform]
    if isinstance(record, Comment):
        return _COMMENTS[record.platform]
    if isinstance(record, Insight):
        return _INSIGHTS["audience" if record.breakdown and record.subject == "profile" else record.subject]
    return _FACTS[type(record)]


@cache
def all_tables() -> tuple[Table, ...]:
    """Every table of current rows, in the order of their names: concurrent groups lock them alike."""
    found = [
        *_ACCOUNTS.values(),
        *_POSTS.values(),
        *_FACTS.values(),
        *_COMMENTS.values(),
        *_INSIGHTS.values(),
    ]
    return tuple(sorted(found, key=lambda table: (table.name, table.event or "")))


def row_of(record: Record, raw_object: str | None) -> Row:
    """The row of `record` by column; columns that its table has not are left out by the upsert."""
    names = _COUNTS if isinstance(record, Profile | Post) else _COLUMNS
    row = {names.get(field.name, field.name): getattr(record, field.name) for field in fields(record)}
    return row if isinstance(record, Profile | Post) else {**row, RAW_OBJECT: raw_object}


def key_of(record: Record) -> tuple[str, ...]:
    """The values of the table's key."""
    return tuple(_text(getattr(record, _FIELDS.get(name, name))) for name in table_of(record).key)


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
