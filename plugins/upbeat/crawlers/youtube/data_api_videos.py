"""A video of the YouTube Data API v3 (`videos.list`) as a post. Pure.

Whether a video is a short is not told: every upload of up to three minutes may be one. It is a `short` where the list that was asked for
holds shorts alone (params `post_type`), `live` where it is or was broadcast (premieres are too), else a `video`.
`likeCount` is absent where the owner hides it, `commentCount` where comments are off.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.listings import listed_posts
from upbeat.crawlers.youtube.categories import VIDEO_CATEGORIES
from upbeat.crawlers.youtube.data_api_channels import thumbnail
from upbeat.crawlers.youtube.data_api_page import Page, each_item, finish
from upbeat.crawlers.youtube.durations import to_seconds
from upbeat.records import Parsed, Platform, Post, PostType, Problem


def permalink_of(video_id: str, post_type: PostType) -> str:
    """The public address."""
    path = "shorts/" if post_type is PostType.SHORT else "watch?v="
    return f"https://www.youtube.com/{path}{video_id}"


def channel_of(read: FieldReader, path: str, params: Mapping[str, str]) -> str | None:
    """The id of a video's channel: told at `path`, or asked for; a problem where it is neither.

    A body in a file, about which nothing is known (no `params`), is read all the same: empty then. None for one that was fetched: no
    post is stored without its owner.
    """
    told = read.identifier("profile_id", path) or params.get("profile_id")
    if told:
        return told
    read.note("profile_id", "the video names no channel, and none was asked for: pass profile_id")
    return None if params else ""


def read_videos(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The videos of one answer, with their places in the list where one was asked for.

    Args:
        params: what was asked for: `video_ids` (each that is not in the answer is a problem), `listing` and its like, `handle`.

    Raises:
        MalformedBodyError: none of the videos can be read.
    """
    parsed = Parsed()
    for read in each_item(page, parsed, "videos"):
        post = _read_video(read, source, observed_at, params)
        if post is not None:
            parsed.posts.append(post)
    finish(page, parsed, len(parsed.posts), "videos", source)
    ids = [post.post_id for post in parsed.posts]
    for asked in params.get("video_ids", "").split(","):
        if asked and asked not in ids:
            parsed.problems.append(Problem(asked, "no such video: it is private, deleted or never was"))
    parsed.facts += listed_posts(
        ids, params, platform=Platform.YOUTUBE, source=source, observed_at=observed_at
    )
    return parsed


def _read_video(
    read: FieldReader, source: str, observed_at: datetime, params: Mapping[str, str]
) -> Post | None:
    post_id = read.identifier("post_id", "id")
    profile_id = channel_of(read, "snippet.channelId", params)
    if post_id is None:
        read.note("post_id", "the video has no id")
    if post_id is None or profile_id is None:
        return None
    if not isinstance(read.record.get("statistics"), dict):
        read.note("statistics", "missing: views, likes and comments are not told")
    post_type = _post_type(read, params)
    category = read.text("category", "snippet.categoryId")
    return Post(
        platform=Platform.YOUTUBE,
        post_id=post_id,
        profile_id=profile_id,
        handle=params.get("handle") or profile_id,
        source=source,
        observed_at=observed_at,
        post_type=post_type,
        title=read.text("title", "snippet.title", "snippet.localized.title"),
        caption=read.text_or_empty("caption", "snippet.description"),
        permalink=permalink_of(post_id, post_type),
        thumbnail_url=thumbnail(read, "thumbnail_url"),
        category=VIDEO_CATEGORIES.get(category, category) if category else None,
        language=read.text("language", "snippet.defaultAudioLanguage", "snippet.defaultLanguage"),
        duration_seconds=read.value("duration_seconds", to_seconds, "contentDetails.duration"),
        published_at=read.instant("published_at", "snippet.publishedAt"),
        likes=read.count("likes", "statistics.likeCount"),
        comments=read.count("comments", "statistics.commentCount"),
        plays=read.count("plays", "statistics.viewCount"),
    )


def _post_type(read: FieldReader, params: Mapping[str, str]) -> PostType:
    if params.get("post_type") == PostType.SHORT:
        return PostType.SHORT
    state = read.text("post_type", "snippet.liveBroadcastContent")
    if state in ("live", "upcoming", "completed") or isinstance(
        read.record.get("liveStreamingDetails"), dict
    ):
        return PostType.LIVE
    return PostType.VIDEO
