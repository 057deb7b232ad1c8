"""The typed records that travel between the parts: what parsers give, the process stage stores, events carry.

Source-specific differences end in the parsers: from here on a count is an `int` or `None` (unknown), a time is
an aware UTC `datetime`, text holds no NUL and no lone surrogate.
"""

from upbeat.records.assets import Asset, AssetStatus, SubjectKind
from upbeat.records.enrichment import Enrichment
from upbeat.records.events import Event
from upbeat.records.facts import (
    ChannelActivity,
    ChannelSection,
    CollectionItem,
    Comment,
    Fact,
    Follower,
    Following,
    Hashtag,
    Highlight,
    HighlightItem,
    Insight,
    Liker,
    ListedPost,
    Listing,
    Location,
    SearchHit,
    ShopifyCount,
    ShopifyDiscountCode,
    ShopifyOrder,
    ShopifyProduct,
    ShopifyRefund,
    SimilarProfile,
    Story,
)
from upbeat.records.parsed import Parsed, Problem
from upbeat.records.payloads import PayloadKind, RawPayload
from upbeat.records.platforms import Platform
from upbeat.records.posts import POST_DIMENSIONS, POST_METRICS, Post, PostType
from upbeat.records.profiles import PROFILE_DIMENSIONS, PROFILE_METRICS, Profile
from upbeat.records.scores import AudienceQuality, FollowerScore, Relation

__all__ = [
    "POST_DIMENSIONS",
    "POST_METRICS",
    "PROFILE_DIMENSIONS",
    "PROFILE_METRICS",
    "Asset",
    "AssetStatus",
    "AudienceQuality",
    "ChannelActivity",
    "ChannelSection",
    "CollectionItem",
    "Comment",
    "Enrichment",
    "Event",
    "Fact",
    "Follower",
    "FollowerScore",
    "Following",
    "Hashtag",
    "Highlight",
    "HighlightItem",
    "Insight",
    "Liker",
    "ListedPost",
    "Listing",
    "Location",
    "Parsed",
    "PayloadKind",
    "Platform",
    "Post",
    "PostType",
    "Problem",
    "Profile",
    "RawPayload",
    "Relation",
    "SearchHit",
    "ShopifyCount",
    "ShopifyDiscountCode",
    "ShopifyOrder",
    "ShopifyProduct",
    "ShopifyRefund",
    "SimilarProfile",
    "Story",
    "SubjectKind",
]
