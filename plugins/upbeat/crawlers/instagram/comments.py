"""Comments under posts, and the answers to them. Pure.

Shapes: the private API's `comments` with `preview_child_comments`, and its `child_comments` (recorded); HikerAPI's flattened
`[[comment, …], cursor]` (recorded); web GraphQL's `edge_media_to_parent_comment` with `edge_threaded_comments` (public clients).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.envelopes import ListNames, find_page
from upbeat.crawlers.instagram.item_kinds import is_comment
from upbeat.crawlers.instagram.media_ids import post_id_of
from upbeat.crawlers.instagram.observation import NOT_TOLD, Observation
from upbeat.crawlers.instagram.short_pages import note_short_page
from upbeat.errors import MalformedBodyError
from upbeat.records import Comment, Parsed

_NAMES = ListNames(
    ("comments", "child_comments", "items", "edges", "nodes", "data", "collector", "results"),
    (
        "edge_media_to_parent_comment",
        "edge_media_to_comment",
        "edge_threaded_comments",
        "shortcode_media",
        "xdt_shortcode_media",
    ),
)
_ANSWERS = ("preview_child_comments", "child_comments", "replies")


def read_comments(document: Any, asked: Observation) -> Parsed | None:
    """The comments of one page, each followed by those answers to it that came along; None when there is no list.

    Raises:
        MalformedBodyError: none of the entries is a comment that can be read.
    """
    page = find_page(document, _NAMES)
    if page is None:
        return None
    parsed = Parsed(next_cursor=page.cursor)
    beside = FieldReader(page.beside, [])
    shortcode = asked.params.get("shortcode") or beside.text("", "shortcode")
    post_id = asked.params.get("post_id") or (post_id_of(shortcode) if shortcode else None)
    parent_id = asked.params.get("comment_id") or beside.identifier(
        "", "parent_comment.pk", "parent_comment.id"
    )
    for number, item in enumerate(page.items):
        comment = item.get("node", item) if isinstance(item, dict) else item
        _read_thread(comment, f"comments[{number}]", parsed, post_id, parent_id, asked)
    if page.items and not parsed.facts:
        raise MalformedBodyError(
            f"none of {len(page.items)} comments can be read ({parsed.problems[0]})", source=asked.source
        )
    note_short_page(page, parsed.problems)
    return parsed


def _read_thread(
    record: Any, place: str, parsed: Parsed, post_id: str | None, parent_id: str | None, asked: Observation
) -> None:
    read = FieldReader(record if isinstance(record, dict) else {}, parsed.problems, f"{place}.")
    if not isinstance(record, dict) or not is_comment(record):
        read.note("comment_id", f"expected a comment, found {show(record)}")
        return
    comment_id = read.identifier("comment_id", "pk", "id", "strong_id__", "comment_id")
    if comment_id is None:
        read.note("comment_id", "the comment has no id")
        return
    found_post = post_id or read.identifier("post_id", "media_id", "media.id", "media.pk")
    if found_post is None:
        read.note("post_id", NOT_TOLD)
    parsed.facts.append(
        Comment(
            **asked.base(),
            comment_id=comment_id,
            post_id=(found_post or "").partition("_")[0],
            parent_id=read.identifier("parent_id", "parent_comment_id", "replied_to_comment_id") or parent_id,
            author_id=read.identifier("author_id", "user.pk", "user.id", "owner.id", "owner.pk", "user_id"),
            author_handle=read.handle("author_handle", "user.username", "owner.username", "username"),
            author_name=read.text("author_name", "user.full_name", "owner.full_name"),
            text=read.text_or_empty("text", "text"),
            likes_count=read.count(
                "likes_count", "like_count", "comment_like_count", "edge_liked_by.count", "likes_count"
            ),
            replies_count=read.count(
                "replies_count", "child_comment_count", "edge_threaded_comments.count", "replies_count"
            ),
            published_at=read.instant("published_at", "created_at_utc", "created_at", "created_at_ts"),
        )
    )
    for number, answer in enumerate(_answers(record)):
        _read_answer(answer, f"{place}.replies[{number}]", parsed, found_post, comment_id, asked)


def _read_answer(
    answer: Any, place: str, parsed: Parsed, post_id: str | None, parent_id: str, asked: Observation
) -> None:
    if isinstance(answer, dict):  # answers have none themselves: the platform shows two levels
        answer = {
            name: value for name, value in answer.items() if name not in (*_ANSWERS, "edge_threaded_comments")
        }
    _read_thread(answer, place, parsed, post_id, parent_id, asked)


def _answers(record: dict[str, Any]) -> Iterator[Any]:
    for name in _ANSWERS:
        if isinstance(record.get(name), list):
            yield from record[name]
    edges = record.get("edge_threaded_comments")
    if isinstance(edges, dict) and isinstance(edges.get("edges"), list):
        yield from (edge.get("node", edge) if isinstance(edge, dict) else edge for edge in edges["edges"])
