"""One account of a creator: an Instagram account, a YouTube channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upbeat.records.platforms import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One account as one source saw it at `observed_at`. `country` is ISO 3166-1 alpha-2, upper case."""

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
    country: str | None = None
    joined_at: datetime | None = None
    is_verified: bool | None = None
    is_business: bool | None = None
    is_private: bool | None = None
    followers: int | None = None
    following: int | None = None
    media_count: int | None = None
    total_views: int | None = None

    def dimensions(self) -> dict[str, Any]:
        """What describes the account; None for what this source does not tell."""
        return {name: getattr(self, name) for name in PROFILE_DIMENSIONS[self.platform]}

    def metrics(self) -> dict[str, int | None]:
        """What is counted; None for what this source does not tell."""
        return {name: getattr(self, name) for name in PROFILE_METRICS[self.platform]}


_DESCRIBED = (
    "handle",
    "full_name",
    "biography",
    "category",
    "external_url",
    "profile_pic_url",
    "is_verified",
)
PROFILE_DIMENSIONS = {
    Platform.INSTAGRAM: (*_DESCRIBED, "is_business", "is_private"),
    Platform.YOUTUBE: (*_DESCRIBED, "country", "joined_at"),
}
PROFILE_METRICS = {
    Platform.INSTAGRAM: ("followers", "following", "media_count"),
    Platform.YOUTUBE: ("followers", "media_count", "total_views"),
}
