"""Raw upstream answers: what they claim to hold, and how they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PayloadKind(StrEnum):
    """What a raw body claims to hold; with the source it selects the parser.

    A YouTube channel is a profile, a video a post. IDENTIFIER is a look-up on the way to something else
    (a hashtag's id, a channel's playlists): it gives no rows.
    """

    PROFILE = "profile"
    PROFILES = "profiles"
    POSTS = "posts"
    POST = "post"
    COMMENTS = "comments"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    LIKERS = "likers"
    SIMILAR = "similar"
    SEARCH = "search"
    STORIES = "stories"
    HIGHLIGHTS = "highlights"
    HIGHLIGHT_ITEMS = "highlight_items"
    HASHTAG = "hashtag"
    LOCATION = "location"
    INSIGHTS = "insights"
    AUDIENCE = "audience"
    SECTIONS = "sections"
    ACTIVITIES = "activities"
    PLAYLIST = "playlist"
    ORDERS = "orders"
    ORDER = "order"
    PRODUCTS = "products"
    DISCOUNT_CODES = "discount_codes"
    REFUNDS = "refunds"
    COUNT = "count"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPayload:
    """One upstream answer, kept for replay: as it came, but for what its source may not keep (`Crawler.archived_body`).

    `url` and `params` carry no secret.
    """

    source: str
    kind: PayloadKind
    url: str
    params: dict[str, str]
    status: int
    body: bytes
    fetched_at: datetime
