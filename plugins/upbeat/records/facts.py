"""What is known beside accounts and posts: comments, followers, stories, insights, listings, sales.

A fact is one row of one table (`ingestion/tables.py` says which): its fields are the columns, `observed_at` decides which of
two observations of the same key stands. Names of fields are the same for all platforms and sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from upbeat.records.platforms import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base: where, from whom, when."""

    kind: ClassVar[str]
    """What it is, in one word of the field: `comment`, `follower`; the name in task results and in `upbeat parse`."""

    platform: Platform
    source: str
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Fact):
    """One comment under a post; `parent_id` of a reply is the comment that it answers."""

    kind: ClassVar[str] = "comment"

    comment_id: str
    post_id: str
    parent_id: str | None = None
    author_id: str | None = None
    author_handle: str | None = None
    author_name: str | None = None
    text: str | None = None
    likes_count: int | None = None
    replies_count: int | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListedAccount(Fact):
    """An account in a list of accounts, in the short form in which lists name them."""

    account_id: str
    handle: str | None = None
    full_name: str | None = None
    profile_pic_url: str | None = None
    is_private: bool | None = None
    is_verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower(_ListedAccount):
    """`account_id` follows `profile_id`."""

    kind: ClassVar[str] = "follower"

    profile_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Following(_ListedAccount):
    """`profile_id` follows `account_id`."""

    kind: ClassVar[str] = "following"

    profile_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Liker(_ListedAccount):
    """`account_id` likes the post."""

    kind: ClassVar[str] = "liker"

    post_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarProfile(_ListedAccount):
    """The platform suggests `account_id` to those who look at `profile_id`; `position` counts from 1."""

    kind: ClassVar[str] = "similar_profile"

    profile_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit(Fact):
    """What a search for `query` gave; `entity` says what `item_id` is, `position` counts from 1."""

    kind: ClassVar[str] = "search_hit"

    query: str
    entity: Literal["profile", "post"]
    item_id: str
    position: int
    handle: str | None = None
    title: str | None = None
    followers_count: int | None = None


Listing = Literal[
    "hashtag_top", "hashtag_recent", "location", "keyword", "tagged", "mention", "trending", "playlist"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPost(Fact):
    """A post in a list that is not its owner's: under a hashtag, at a place, in a chart, where somebody is tagged.

    `listing_key` is the hashtag, location id, query, profile id, region or playlist id; `position` counts from 1.
    """

    kind: ClassVar[str] = "listed_post"

    listing: Listing
    listing_key: str
    post_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(Fact):
    """One story; it lives 24 hours, unless it is kept in a highlight."""

    kind: ClassVar[str] = "story"

    story_id: str
    profile_id: str
    handle: str | None = None
    media_type: str | None = None
    caption: str | None = None
    media_url: str | None = None
    permalink: str | None = None
    link_url: str | None = None
    duration_seconds: float | None = None
    mentions: list[str] | None = None
    hashtags: list[str] | None = None
    published_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight(Fact):
    """A folder of kept stories on a profile."""

    kind: ClassVar[str] = "highlight"

    highlight_id: str
    profile_id: str
    title: str | None = None
    cover_url: str | None = None
    items_count: int | None = None
    created_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HighlightItem(Fact):
    """A story is in a highlight; `position` counts from 1."""

    kind: ClassVar[str] = "highlight_item"

    highlight_id: str
    story_id: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight(Fact):
    """One figure that only the owner of an account, post or story can ask for.

    `metric` and `period` are the API's own names (`reach`, `day`); `breakdown` and `breakdown_value` are empty for a total,
    else what it is broken down by (`city`, `Mumbai`; `age_gender`, `F.18-24`). `end_time` is the end of the
    period, for lifetime figures the start of the day (UTC) on which they were asked for.
    """

    kind: ClassVar[str] = "insight"

    subject: Literal["profile", "post", "story"]
    subject_id: str
    metric: str
    period: str
    end_time: datetime
    value: float
    breakdown: str = ""
    breakdown_value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashtag(Fact):
    """A hashtag, lower case without `#`, and how many posts bear it."""

    kind: ClassVar[str] = "hashtag"

    name: str
    hashtag_id: str | None = None
    posts_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Fact):
    """A place that posts are tagged with; degrees north and east."""

    kind: ClassVar[str] = "location"

    location_id: str
    name: str | None = None
    category: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSection(Fact):
    """A shelf on a YouTube channel's page: `item_ids` are playlists or channels; `position` counts from 0, as the API does."""

    kind: ClassVar[str] = "channel_section"

    section_id: str
    profile_id: str
    section_type: str | None = None
    title: str | None = None
    position: int | None = None
    item_ids: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelActivity(Fact):
    """Something a YouTube channel did: an upload, an entry in a playlist."""

    kind: ClassVar[str] = "channel_activity"

    activity_id: str
    profile_id: str
    activity_type: str | None = None
    title: str | None = None
    item_id: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionItem(Fact):
    """A post or profile was collected for a collection of the product."""

    kind: ClassVar[str] = "collection_item"

    collection_id: str
    entity: Literal["profile", "post"]
    item_id: str
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyOrder(Fact):
    """One order of a shop, without anything personal. Amounts are in `currency` (ISO 4217).

    `line_items` hold `product_id, variant_id, title, quantity, price, total_discount` each.
    """

    kind: ClassVar[str] = "shopify_order"

    shop: str
    order_id: str
    name: str | None = None
    currency: str | None = None
    total_price: Decimal | None = None
    subtotal_price: Decimal | None = None
    total_discounts: Decimal | None = None
    total_tax: Decimal | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    customer_id: str | None = None
    country_code: str | None = None
    landing_site: str | None = None
    referring_site: str | None = None
    source_name: str | None = None
    is_test: bool | None = None
    discount_codes: list[str] | None = None
    line_items: list[dict[str, Any]] | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None
    processed_time: datetime | None = None
    cancelled_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyProduct(Fact):
    """One product; `variants` hold `variant_id, title, sku, price, inventory_quantity` each."""

    kind: ClassVar[str] = "shopify_product"

    shop: str
    product_id: str
    title: str | None = None
    handle: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    status: str | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    inventory_quantity: int | None = None
    tags: list[str] | None = None
    variants: list[dict[str, Any]] | None = None
    created_time: datetime | None = None
    updated_time: datetime | None = None
    published_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyRefund(Fact):
    """Money given back on an order; `amount` is the sum of its transactions, `line_items` hold `line_item_id, quantity, subtotal`."""

    kind: ClassVar[str] = "shopify_refund"

    shop: str
    refund_id: str
    order_id: str
    currency: str | None = None
    amount: Decimal | None = None
    line_items: list[dict[str, Any]] | None = None
    created_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyDiscountCode(Fact):
    """A discount code with the price rule behind it; `value` is negative, in percent or money by `value_type`."""

    kind: ClassVar[str] = "shopify_discount_code"

    shop: str
    discount_code_id: str
    code: str
    price_rule_id: str | None = None
    usage_count: int | None = None
    value: Decimal | None = None
    value_type: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    created_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopifyCount(Fact):
    """How many of something (`customers`) a shop has, one row per day (UTC)."""

    kind: ClassVar[str] = "shopify_count"

    shop: str
    metric: str
    day: str
    value: int
