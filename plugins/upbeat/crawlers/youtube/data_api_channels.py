"""A channel of the YouTube Data API v3 (`channels.list`) as a profile. Pure.

Counts are texts. `subscriberCount` is rounded down to three digits, and 0 or absent where `hiddenSubscriberCount` is true.
"""

from __future__ import annotations

from datetime import datetime

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.youtube.categories import topic_name
from upbeat.crawlers.youtube.countries import to_country_code
from upbeat.crawlers.youtube.data_api_page import Page, each_item, finish
from upbeat.crawlers.youtube.handles import to_channel_handle
from upbeat.records import Parsed, Platform, Profile

THUMBNAILS = ("maxres", "standard", "high", "medium", "default")


def thumbnail(read: FieldReader, field: str) -> str | None:
    """The largest picture."""
    return read.text(field, *(f"snippet.thumbnails.{size}.url" for size in THUMBNAILS))


def read_channels(page: Page, *, source: str, observed_at: datetime) -> Parsed:
    """The channels of one answer.

    Raises `MalformedBodyError` when none of them can be read.
    """
    parsed = Parsed()
    for read in each_item(page, parsed, "channels"):
        profile = _read_channel(read, parsed, source, observed_at)
        if profile is not None:
            parsed.profiles.append(profile)
    return finish(page, parsed, len(parsed.profiles), "channels", source)


def _read_channel(read: FieldReader, parsed: Parsed, source: str, observed_at: datetime) -> Profile | None:
    profile_id = read.identifier("profile_id", "id")
    if profile_id is None:
        read.note("profile_id", "the channel has no id")
        return None
    topic = read.text("category", "topicDetails.topicCategories.0")
    return Profile(
        platform=Platform.YOUTUBE,
        profile_id=profile_id,
        handle=read.value("handle", to_channel_handle, "snippet.customUrl") or profile_id,
        source=source,
        observed_at=observed_at,
        full_name=read.text(
            "full_name", "snippet.title", "snippet.localized.title", "brandingSettings.channel.title"
        ),
        biography=read.text_or_empty(
            "biography", "snippet.description", "brandingSettings.channel.description"
        ),
        category=topic_name(topic) if topic else None,
        profile_pic_url=thumbnail(read, "profile_pic_url"),
        country=read.value("country", to_country_code, "snippet.country", "brandingSettings.channel.country"),
        joined_at=read.instant("joined_at", "snippet.publishedAt"),
        followers=_followers(read, parsed),
        media_count=read.count("media_count", "statistics.videoCount"),
        total_views=read.count("total_views", "statistics.viewCount"),
    )


def _followers(read: FieldReader, parsed: Parsed) -> int | None:
    if read.flag("is_hidden", "statistics.hiddenSubscriberCount"):
        return None
    before = len(parsed.problems)
    followers = read.count("followers", "statistics.subscriberCount")
    if followers is None and len(parsed.problems) == before:
        read.note("followers", "statistics.subscriberCount is missing: expected a count")
    return followers
