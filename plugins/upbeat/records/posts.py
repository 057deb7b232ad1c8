"""One post of a creator: an Instagram post or reel, a YouTube video."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from upbeat.records.platforms import Platform


class PostType(StrEnum):
    """The content formats that the sources tell apart. SHORT and LIVE are YouTube's."""

    IMAGE = "image"
    VIDEO = "video"
    REEL = "reel"
    CAROUSEL = "carousel"
    SHORT = "short"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as one source saw it at `observed_at`.

    `plays` are plays of a reel or video, YouTube's views. `duration_seconds` is the length of a video.
    """

    platform: Platform
    post_id: str
    profile_id: str
    handle: str
    source: str
    observed_at: datetime
    shortcode: str | None = None
    post_type: PostType | None = None
    title: str | None = None
    caption: str | None = None
    permalink: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    category: str | None = None
    language: str | None = None
    location_id: str | None = None
    is_paid_partnership: bool | None = None
    duration_seconds: float | None = None
    published_at: datetime | None = None
    likes: int | None = None
    comments: int | None = None
    plays: int | None = None
    shares: int | None = None
    saves: int | None = None

    def dimensions(self) -> dict[str, Any]:
        """What describes the post; None for what this source does not tell."""
        return {name: getattr(self, name) for name in POST_DIMENSIONS[self.platform]}

    def metrics(self) -> dict[str, int | None]:
        """What is counted; None for what this source does not tell."""
        return {name: getattr(self, name) for name in POST_METRICS[self.platform]}


_DESCRIBED = (
    "handle",
    "post_type",
    "caption",
    "permalink",
    "published_at",
    "thumbnail_url",
    "duration_seconds",
)
POST_DIMENSIONS = {
    Platform.INSTAGRAM: (*_DESCRIBED, "shortcode", "media_url", "location_id", "is_paid_partnership"),
    Platform.YOUTUBE: (*_DESCRIBED, "title", "category", "language"),
}
POST_METRICS = {
    Platform.INSTAGRAM: ("likes", "comments", "plays", "shares", "saves"),
    Platform.YOUTUBE: ("likes", "comments", "plays"),
}
