"""Comments of the YouTube Data API v3 (`commentThreads.list`, `comments.list`). Pure.

A thread holds its first comment and up to five replies; `totalReplyCount` says how many there are. A comment of `comments.list` names
its parent and no video: the video is what was asked for (params `post_id`). An author may have no channel any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.youtube.data_api_page import COMMENT_THREAD, Page, each_item, finish
from upbeat.records import Comment, Parsed, Platform


def read_comments(page: Page, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The comments of one answer, each thread's replies after it.

    Raises `MalformedBodyError` when none of them can be read.
    """
    parsed = Parsed()
    for read in each_item(page, parsed, "comments"):
        for found in _thread(read) if page.kind == COMMENT_THREAD else (_Found(read),):
            comment = _read_comment(found, source, observed_at, params)
            if comment is not None:
                parsed.facts.append(comment)
    return finish(page, parsed, len(parsed.facts), "comments", source)


@dataclass(frozen=True, slots=True)
class _Found:
    """A `youtube#comment` with what only its thread tells."""

    read: FieldReader
    video_id: str | None = None
    replies: int | None = None


def _thread(read: FieldReader) -> Iterator[_Found]:
    """The first comment with the number of its replies, then the replies."""
    video_id = read.identifier("post_id", "snippet.videoId")
    snippet, replies = read.record.get("snippet"), read.record.get("replies")
    first = snippet.get("topLevelComment") if isinstance(snippet, dict) else None
    if not isinstance(first, dict):
        read.note("topLevelComment", f"expected a comment, found {show(first)}")
        return
    count = read.count("replies_count", "snippet.totalReplyCount")
    yield _Found(read.inside(first, ""), video_id, count)
    comments = replies.get("comments") if isinstance(replies, dict) else None
    for number, reply in enumerate(comments if isinstance(comments, list) else ()):
        place = f"replies[{number}]"
        if isinstance(reply, dict):
            yield _Found(read.inside(reply, f"{place}."), video_id)
        else:
            read.note(place, f"expected a comment, found {show(reply)}")


def _read_comment(
    found: _Found, source: str, observed_at: datetime, params: Mapping[str, str]
) -> Comment | None:
    read = found.read
    comment_id = read.identifier("comment_id", "id")
    if comment_id is None:
        read.note("comment_id", "the comment has no id")
        return None
    post_id = read.identifier("post_id", "snippet.videoId") or found.video_id or params.get("post_id")
    if post_id is None:
        read.note("post_id", "the comment names no video, and none was asked for")
    name = read.text("author_name", "snippet.authorDisplayName")
    return Comment(
        platform=Platform.YOUTUBE,
        source=source,
        observed_at=observed_at,
        comment_id=comment_id,
        post_id=post_id or "",
        parent_id=read.identifier("parent_id", "snippet.parentId"),
        author_id=read.identifier("author_id", "snippet.authorChannelId.value"),
        author_handle=author_handle(name),
        author_name=name,
        text=read.text_or_empty("text", "snippet.textOriginal", "snippet.textDisplay"),
        likes_count=read.count("likes_count", "snippet.likeCount"),
        replies_count=found.replies,
        published_at=read.instant("published_at", "snippet.publishedAt"),
    )


def author_handle(name: str | None) -> str | None:
    """Authors are shown by their handle, `@name`, since 2023; by their channel's title before."""
    return name.removeprefix("@").lower() if name and name.startswith("@") and " " not in name else None
