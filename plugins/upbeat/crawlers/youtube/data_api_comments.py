"""Comments of the YouTube Data API v3 (`commentThreads.list`, `comments.list`). Pure.

A thread holds its first comment and up to five replies; `totalReplyCount` says how many there are. A comment of `comments.list` names
its parent and no video: the video is what was asked for (params `post_id`). An author may have no channel any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.youtube.data_api_page import COMMENT_THREAD, Page, each_item, finish
from upbeat.records import Comment, Parsed, Platform


def read_comments(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The comments of one answer, each thread's replies after it.

    Raises `MalformedBodyError` when none of them can be read.
    """
    parsed = Parsed()
    for read in each_item(page, parsed, "comments"):
        found = _thread(read, parsed) if page.kind == COMMENT_THREAD else ((read, None, None),)
        for reader, video_id, replies in found:
            comment = _read_comment(reader, video_id, replies, source, observed_at, params)
            if comment is not None:
                parsed.facts.append(comment)
    return finish(page, parsed, len(parsed.facts), "comments", source)


def _thread(read: FieldReader, parsed: Parsed) -> Iterator[tuple[FieldReader, str | None, int | None]]:
    """The first comment with the number of its replies, then the replies."""
    video_id = read.identifier("post_id", "snippet.videoId")
    first = _under(read.record, "snippet", "topLevelComment")
    if not isinstance(first, dict):
        read.note("topLevelComment", f"expected a comment, found {show(first)}")
        return
    yield read, video_id, read.count("replies_count", "snippet.totalReplyCount")
    replies = _under(read.record, "replies", "comments")
    for number, reply in enumerate(replies if isinstance(replies, list) else ()):
        if isinstance(reply, dict):
            yield FieldReader(reply, parsed.problems, f"replies[{number}]."), video_id, None


def _under(record: Mapping[str, Any], *names: str) -> Any:
    value: Any = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _read_comment(
    read: FieldReader,
    video_id: str | None,
    replies: int | None,
    source: str,
    observed_at: datetime,
    params: Mapping[str, str],
) -> Comment | None:
    own = "snippet.topLevelComment." if _under(read.record, "snippet", "topLevelComment") else ""
    at = f"{own}snippet."
    comment_id = read.identifier("comment_id", f"{own}id", "id")
    if comment_id is None:
        read.note("comment_id", "the comment has no id")
        return None
    post_id = read.identifier("post_id", f"{at}videoId") or video_id or params.get("post_id")
    if post_id is None:
        read.note("post_id", "the comment names no video, and none was asked for")
    name = read.text("author_name", f"{at}authorDisplayName")
    return Comment(
        platform=Platform.YOUTUBE,
        source=source,
        observed_at=observed_at,
        comment_id=comment_id,
        post_id=post_id or "",
        parent_id=read.identifier("parent_id", f"{at}parentId"),
        author_id=read.identifier("author_id", f"{at}authorChannelId.value"),
        author_handle=author_handle(name),
        author_name=name,
        text=read.text_or_empty("text", f"{at}textOriginal", f"{at}textDisplay"),
        likes_count=read.count("likes_count", f"{at}likeCount"),
        replies_count=replies,
        published_at=read.instant("published_at", f"{at}publishedAt"),
    )


def author_handle(name: str | None) -> str | None:
    """Authors are shown by their handle, `@name`, since 2023; by their channel's title before."""
    return name.removeprefix("@").lower() if name and name.startswith("@") and " " not in name else None
