"""Channels, videos and comments in the shape of youtube138, as records. Pure.

`stats` hold numbers; where a number is not told, its text may be (`subscribersText`: `447M subscribers`). Times of lists are ages
(`publishedTimeText`: `12 days ago`): see `durations.instant_of_age` for what of them is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.coercions import to_count, to_instant
from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.youtube.countries import to_country_code
from upbeat.crawlers.youtube.data_api_videos import channel_of, permalink_of
from upbeat.crawlers.youtube.durations import day_in, instant_of_age, to_seconds
from upbeat.crawlers.youtube.handles import to_channel_handle, to_handle_of_address
from upbeat.records import Comment, Parsed, Platform, Post, PostType, Profile

_WORDS = re.compile(
    r"\s*(subscribers?|views?|videos?|comments?|likes?|watching|waiting)( now)?\s*$", re.IGNORECASE
)


def to_worded_count(value: Any) -> int | None:
    """A count with its word: `447M subscribers`, `No views`."""
    if not isinstance(value, str):
        return to_count(value)
    text = _WORDS.sub("", value).strip()
    return 0 if text.lower() == "no" else to_count(text)


def _largest(read: FieldReader, field: str, path: str) -> str | None:
    """The address of the widest picture of a list."""
    pictures: Any = read.record.get(path)
    if not isinstance(pictures, list):
        return None
    widths = [
        width if isinstance(picture, dict) and isinstance(width := picture.get("width"), int) else 0
        for picture in pictures
    ]
    if not widths:
        return None
    return read.text(field, f"{path}.{widths.index(max(widths))}.url")


def handle_of(read: FieldReader, within: str = "") -> str | None:
    """A channel's handle: told, or in its address."""
    return read.value("handle", to_channel_handle, f"{within}username") or read.value(
        "handle", to_handle_of_address, f"{within}canonicalBaseUrl"
    )


def read_channel(
    record: Mapping[str, Any], parsed: Parsed, prefix: str, *, source: str, observed_at: datetime
) -> None:
    """One channel into `parsed`; a problem where it has no id."""
    read = FieldReader(record, parsed.problems, prefix)
    profile_id = read.identifier("profile_id", "channelId")
    if profile_id is None:
        read.note("profile_id", "the channel has no channelId")
        return
    before = len(parsed.problems)
    followers = read.value("followers", to_worded_count, "stats.subscribers", "stats.subscribersText")
    if followers is None and len(parsed.problems) == before:
        read.note("followers", "stats.subscribers is missing: expected a count")
    parsed.profiles.append(
        Profile(
            platform=Platform.YOUTUBE,
            profile_id=profile_id,
            handle=handle_of(read) or profile_id,
            source=source,
            observed_at=observed_at,
            full_name=read.text("full_name", "title"),
            biography=read.text_or_empty("biography", "description", "descriptionSnippet"),
            external_url=read.text("external_url", "links.0.targetUrl"),
            profile_pic_url=_largest(read, "profile_pic_url", "avatar"),
            country=read.value("country", to_country_code, "country"),
            joined_at=_joined_at(read),
            is_verified=_is_verified(read),
            followers=followers,
            media_count=read.value("media_count", to_worded_count, "stats.videos", "stats.videosText"),
            total_views=read.value("total_views", to_worded_count, "stats.views", "stats.viewsText"),
        )
    )


def _joined_at(read: FieldReader) -> datetime | None:
    told = read.value("joined_at", _to_day_or_instant, "joinedDate", "stats.joinedDate")
    words = told or read.text("joined_at", "joinedDateText", "stats.joinedDateText")
    return day_in(words) if isinstance(words, str) else words


def _to_day_or_instant(value: Any) -> datetime | None:
    return (day_in(value) if isinstance(value, str) else None) or to_instant(value)


def _is_verified(read: FieldReader) -> bool | None:
    told = read.flag("is_verified", "isVerified")
    badges = read.record.get("badges")
    if told is not None or not isinstance(badges, list):
        return told
    words = (badge.get("type") if isinstance(badge, dict) else badge for badge in badges)
    return any("VERIFIED" in str(word).upper() for word in words)


def read_video(
    record: Mapping[str, Any],
    parsed: Parsed,
    prefix: str,
    *,
    source: str,
    observed_at: datetime,
    params: Mapping[str, str],
) -> None:
    """One video into `parsed`; a problem where it has no id or names no channel and none was asked for.

    `params`: `profile_id` is the channel whose list this is, `post_type` what the list holds alone.
    """
    read = FieldReader(record, parsed.problems, prefix)
    post_id = read.identifier("post_id", "videoId")
    profile_id = channel_of(read, "author.channelId", params)
    if post_id is None:
        read.note("post_id", "the video has no videoId")
    if post_id is None or profile_id is None:
        return
    post_type = _post_type(read, params)
    parsed.posts.append(
        Post(
            platform=Platform.YOUTUBE,
            post_id=post_id,
            profile_id=profile_id,
            handle=handle_of(read, "author.") or params.get("handle") or profile_id,
            source=source,
            observed_at=observed_at,
            post_type=post_type,
            title=read.text("title", "title"),
            # A list tells the beginning of a description alone, which must not take the place of the whole.
            caption=read.text_or_empty("caption", "description"),
            permalink=permalink_of(post_id, post_type),
            thumbnail_url=_largest(read, "thumbnail_url", "thumbnails"),
            category=read.text("category", "category"),
            duration_seconds=read.value("duration_seconds", to_seconds, "lengthSeconds", "lengthText"),
            published_at=_published_at(read, observed_at),
            likes=read.value("likes", to_worded_count, "stats.likes", "stats.likesText"),
            comments=read.value("comments", to_worded_count, "stats.comments", "stats.commentsText"),
            plays=read.value("plays", to_worded_count, "stats.views", "stats.viewsText"),
        )
    )


def _post_type(read: FieldReader, params: Mapping[str, str]) -> PostType:
    told = params.get("post_type") or read.text("post_type", "type")
    if told in ("short", "shorts"):
        return PostType.SHORT
    flags = [read.flag("post_type", name) for name in ("isLiveContent", "isLiveNow", "isLive")]
    return PostType.LIVE if any(flags) or told == PostType.LIVE else PostType.VIDEO


def _published_at(read: FieldReader, observed_at: datetime) -> datetime | None:
    told = read.value(
        "published_at", _to_day_or_instant, "publishedTimestamp", "publishedDateTime", "publishedDate"
    )
    if told is not None:
        return told
    age = read.text("published_at", "publishedTimeText")
    return (instant_of_age(age, observed_at) or day_in(age)) if age else None


def read_comment(
    record: Mapping[str, Any],
    parsed: Parsed,
    prefix: str,
    *,
    source: str,
    observed_at: datetime,
    params: Mapping[str, str],
) -> None:
    """One comment into `parsed`; a problem where it has no id. The body does not name the video: params `post_id` does."""
    read = FieldReader(record, parsed.problems, prefix)
    comment_id = read.identifier("comment_id", "commentId")
    if comment_id is None:
        read.note("comment_id", "the comment has no commentId")
        return
    post_id = read.identifier("post_id", "videoId") or params.get("post_id")
    if post_id is None:
        read.note("post_id", "the comment names no video, and none was asked for")
    name = read.text("author_name", "author.title", "author.name")
    age = read.text("published_at", "publishedTimeText")
    parsed.facts.append(
        Comment(
            platform=Platform.YOUTUBE,
            source=source,
            observed_at=observed_at,
            comment_id=comment_id,
            post_id=post_id or "",
            # The id of a reply is that of the comment it answers, a dot, and its own.
            parent_id=comment_id.rpartition(".")[0] or None,
            author_id=read.identifier("author_id", "author.channelId"),
            author_handle=_author_handle(read, name),
            author_name=name,
            text=read.text_or_empty("text", "content", "text"),
            likes_count=read.value("likes_count", to_worded_count, "stats.votes", "stats.likes"),
            replies_count=read.value("replies_count", to_worded_count, "stats.replies"),
            published_at=instant_of_age(age, observed_at) if age else None,
        )
    )


def _author_handle(read: FieldReader, name: str | None) -> str | None:
    told = handle_of(read, "author.")
    return told or (to_channel_handle(name) if name and re.fullmatch(r"@[\w.·-]{1,100}", name) else None)
