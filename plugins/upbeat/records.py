"""The typed records that travel between the parts: what parsers give, the process stage stores, events carry.

Source-specific differences end in the parsers: from here on a count is an `int` or `None` (unknown), a time is
an aware UTC `datetime`, text holds no NUL and no lone surrogate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Platform(StrEnum):
    """Where a creator, post or shop lives. Part of every key: a handle alone is not unique."""

    INSTAGRAM = "INSTAGRAM"
    YOUTUBE = "YOUTUBE"
    SHOPIFY = "SHOPIFY"


class PayloadKind(StrEnum):
    """What a raw body claims to hold; with the source it selects the parser."""

    PROFILE = "profile"
    POSTS = "posts"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One account as one source saw it at `observed_at`."""

    platform: Platform
    profile_id: str
    handle: str
    source: str
    observed_at: datetime
    full_name: str | None = None
    biography: str | None = None
    category: str | None = None
    external_url: str | None = None
    profile_pic_url: str | None = None
    is_verified: bool | None = None
    is_business: bool | None = None
    is_private: bool | None = None
    followers: int | None = None
    following: int | None = None
    media_count: int | None = None

    def dimensions(self) -> dict[str, Any]:
        """What describes the account; None for what this source does not tell."""
        return {name: getattr(self, name) for name in PROFILE_DIMENSIONS}

    def metrics(self) -> dict[str, int | None]:
        """What is counted; None for what this source does not tell."""
        return {name: getattr(self, name) for name in PROFILE_METRICS}


PROFILE_DIMENSIONS = (
    "handle",
    "full_name",
    "biography",
    "category",
    "external_url",
    "profile_pic_url",
    "is_verified",
    "is_business",
    "is_private",
)
PROFILE_METRICS = ("followers", "following", "media_count")


class PostType(StrEnum):
    """The content formats that the sources tell apart."""

    IMAGE = "image"
    VIDEO = "video"
    REEL = "reel"
    CAROUSEL = "carousel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as one source saw it at `observed_at`."""

    platform: Platform
    post_id: str
    profile_id: str
    handle: str
    source: str
    observed_at: datetime
    shortcode: str | None = None
    post_type: PostType | None = None
    caption: str | None = None
    permalink: str | None = None
    media_url: str | None = None
    published_at: datetime | None = None
    likes: int | None = None
    comments: int | None = None
    plays: int | None = None

    def dimensions(self) -> dict[str, Any]:
        """What describes the post; None for what this source does not tell."""
        return {name: getattr(self, name) for name in POST_DIMENSIONS}

    def metrics(self) -> dict[str, int | None]:
        """What is counted; None for what this source does not tell."""
        return {name: getattr(self, name) for name in POST_METRICS}


POST_DIMENSIONS = ("handle", "shortcode", "post_type", "caption", "permalink", "media_url", "published_at")
POST_METRICS = ("likes", "comments", "plays")


@dataclass(frozen=True, slots=True)
class Problem:
    """One field that a parser could not read; the rest of the record stands."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(slots=True)
class Parsed:
    """What a parser found in one body, or a crawler in all pages of one request."""

    profiles: list[Profile] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    next_cursor: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def extend(self, other: Parsed) -> None:
        """Append another page; its cursor becomes the current one."""
        self.profiles += other.profiles
        self.posts += other.posts
        self.problems += other.problems
        self.next_cursor = other.next_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPayload:
    """One upstream answer as it came, kept for replay. `url` and `params` carry no secret."""

    source: str
    kind: PayloadKind
    url: str
    params: dict[str, str]
    status: int
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What downstream is told. `key` names the fact: the same fact told twice has the same key."""

    kind: str
    key: str
    observed_at: datetime
    payload: dict[str, Any]
