"""The Graph API's shape of comments: the `comments` edge of a post, the `replies` of a comment, comments alone. Pure.

Shapes: recorded pages with few and with all fields, single comments, comments asked for by their ids, a comment that mentions
an account. Comments on Facebook have a `message` instead of a `text`, and are none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.graph_envelopes import (
    SOURCE,
    Edge,
    as_object,
    find_edge,
    find_items,
    malformed,
    require_edge,
    require_some,
)
from upbeat.crawlers.instagram.graph_media import media_id
from upbeat.crawlers.instagram.observation import NOT_TOLD
from upbeat.records import Comment, Parsed, Platform


def _is_comment(node: Any) -> bool:
    return isinstance(node, dict) and "text" in node and "id" in node


def read_comments(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The comments of one page with the replies that came along, each after what it answers.

    The post is `post_id` of the request, else what the body tells of it, else, where nothing was told of the request, empty with a
    problem. `parent_id` of the request makes the comments replies.

    Raises:
        MalformedBodyError: no comments in the body, or none of them can be read.
    """
    mention = as_object(document).get("mentioned_comment")
    edge = find_items(document if mention is None else mention, _is_comment, "comments")
    if edge is None:
        raise malformed("no comments in the answer")
    require_edge(edge, "comments", "replies")
    parsed = Parsed()
    post_id = _post_of(edge, params)
    fallback = None if params else ""
    parent_id = params.get("parent_id")
    for number, item in enumerate(edge.items):
        prefix = f"comments[{number}]."
        comment = _read_comment(item, post_id or fallback, parent_id, parsed, prefix, observed_at)
        if comment is None:
            continue
        parsed.facts.append(comment)
        replies = find_edge({"replies": as_object(item).get("replies")}, "replies")
        for place, reply in enumerate(replies.items if replies else ()):
            found = _read_comment(
                reply, comment.post_id, comment.comment_id, parsed, f"{prefix}replies[{place}].", observed_at
            )
            if found is not None:
                parsed.facts.append(found)
    require_some(parsed, edge, parsed.facts, "comments")
    parsed.next_cursor = edge.next_cursor(parsed)
    return parsed


def _post_of(edge: Edge, params: Mapping[str, str]) -> str | None:
    if params.get("post_id"):
        return params["post_id"]
    if edge.parent:
        return media_id(FieldReader(edge.parent, []))[0]
    node, name = edge.address()
    return node if name == "comments" else None


def _read_comment(
    item: Any, post_id: str | None, parent_id: str | None, parsed: Parsed, prefix: str, observed_at: datetime
) -> Comment | None:
    read = FieldReader(as_object(item), parsed.problems, prefix)
    if not _is_comment(item):
        read.note("comment_id", f"expected a comment, found {show(item)}")
        return None
    comment_id = read.identifier("comment_id", "id")
    post_id = post_id or media_id(FieldReader(as_object(read.record.get("media")), []))[0] or post_id
    if post_id == "":
        read.note("post_id", NOT_TOLD)
    if comment_id is None or post_id is None:
        lacking = "id" if comment_id is None else "post: pass post_id"
        read.note("comment_id", f"the comment has no {lacking}")
        return None
    return Comment(
        platform=Platform.INSTAGRAM,
        source=SOURCE,
        observed_at=observed_at,
        comment_id=comment_id,
        post_id=post_id,
        parent_id=read.identifier("parent_id", "parent_id", "parent.id") or parent_id,
        author_id=read.identifier("author_id", "from.id", "user.id"),
        author_handle=read.handle("author_handle", "username", "from.username"),
        text=read.text_or_empty("text", "text"),
        likes_count=read.count("likes_count", "like_count"),
        replies_count=_replies_count(read),
        published_at=read.instant("published_at", "timestamp"),
    )


def _replies_count(read: FieldReader) -> int | None:
    """Known where all replies came along."""
    replies = find_edge({"replies": read.record.get("replies")}, "replies")
    return len(replies.items) if replies is not None and not replies.paging.get("next") else None
