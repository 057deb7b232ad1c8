"""Finds the user, the posts and the cursor in an answer, whatever they are wrapped in. Pure.

A body of another kind is not searched until something fits: a post bears its owner, a comment its author, a list of followers
many accounts, and none of them is the account that was asked for.

Wrappers that are known: `data.user` and `graphql.user` (web GraphQL), `user` (private API), `response.body.user` (scrapers that
pass it on), `data`, `result`, a list of one; for posts `collector` with `has_more` and `end_cursor` (instagram-data1), `items` with
`next_max_id`, `edges` of `node` with `page_info`, `[[post, …], cursor]` (HikerAPI's `v1_` chunks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

WRAPPERS = ("data", "user", "graphql", "response", "body", "result", "results", "profile", "payload")
USER_MARKS = (
    "username",
    "user_name",
    "userName",
    "follower_count",
    "followers_count",
    "edge_followed_by",
    "followers",
    "followerCount",
    "followersCount",
)
IDS = ("pk", "id", "pk_id", "user_id", "userId", "strong_id__")
OWNERS = ("user", "owner")
POST_WRAPPERS = (
    "edge_owner_to_timeline_media",
    "xdt_api__v1__feed__user_timeline_graphql_connection",
    "media",
)
LISTS = ("collector", "items", "edges", "medias", "posts", "feed", "media", "data", "nodes")
CURSORS = ("end_cursor", "next_max_id", "next_cursor", "next_page_id", "endCursor")
MORE = ("has_more", "has_next_page", "more_available", "hasMore")
SINGLE_POST = ("media_or_ad", "media", "node", "shortcode_media", "xdt_shortcode_media", "item", "post")
POST_MARKS = (
    "shortcode",
    "short_code",
    "shortCode",
    "permalink",
    "like_count",
    "likes_count",
    "likes",
    "likesCount",
    "edge_media_preview_like",
    "edge_liked_by",
    "taken_at",
    "taken_at_ts",
    "taken_at_timestamp",
    "comment_count",
    "comments_count",
    "media_type",
    "mediaType",
    "display_url",
)
COMMENT_MARK = "created_at_utc"
"""What comments have instead of the time that a post was taken."""
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Page:
    """One page of posts: the objects as they came, the next cursor, and what stood beside the list (the owner)."""

    items: list[Any]
    cursor: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)


def find_user(document: Any) -> dict[str, Any] | None:
    """The object that describes an account: the outermost that has an id and a mark of one, else one with a mark alone.

    An envelope may repeat the handle that was asked for; it does not have the id.
    """
    found = list(_accounts(document, 0))
    return next((user for user in found if any(name in user for name in IDS)), found[0] if found else None)


def _accounts(document: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(document, list) and len(document) == 1:
        yield from _accounts(document[0], depth + 1)
    if not isinstance(document, dict):
        return
    if any(mark in document for mark in USER_MARKS):
        yield document
    elif any(name in document for name in IDS) and any(name in document for name in OWNERS):
        return  # a post, a comment, a highlight: the account in it is its owner
    for name in WRAPPERS:
        yield from _accounts(document.get(name), depth + 1)


def find_page(document: Any, depth: int = 0) -> Page | None:
    """The list of posts in an answer; None when there is no list at all."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        if document and isinstance(document[0], list):
            return Page(document[0], _text(document[1]) if len(document) > 1 else None)
        return Page(document)
    if not isinstance(document, dict):
        return None
    for name in LISTS:
        if isinstance(document.get(name), list):
            inner = find_page(document[name])
            assert inner is not None
            return Page(inner.items, inner.cursor or _next_cursor(document), document)
    for name in (*POST_WRAPPERS, *LISTS, *WRAPPERS):
        page = find_page(document.get(name), depth + 1)
        if page is not None:
            return Page(page.items, page.cursor or _next_cursor(document), {**document, **page.beside})
    return None


def find_post(document: Any, depth: int = 0) -> dict[str, Any] | None:
    """The object that describes one post. A page of several is none."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        return find_post(document[0], depth + 1) if len(document) == 1 else None
    if not isinstance(document, dict):
        return None
    for name in SINGLE_POST:
        if isinstance(document.get(name), dict) and (post := find_post(document[name], depth + 1)):
            return post
    if is_post(document):
        return document
    names = (
        "items",
        "data",
        "graphql",
        "response",
        "body",
        "result",
        "xdt_api__v1__media__shortcode__web_info",
    )
    return next((post for name in names if (post := find_post(document.get(name), depth + 1))), None)


def is_post(item: Mapping[str, Any]) -> bool:
    """Whether an object says something that only posts say. `code` alone may be the status code of an envelope."""
    if COMMENT_MARK in item:
        return False
    code = item.get("code")
    return any(mark in item for mark in POST_MARKS) or (isinstance(code, str) and not code.isdigit())


def unwrap_item(item: Any) -> Any:
    """A post in a list: out of `{"node": …}` or `{"media": …}`."""
    if isinstance(item, dict) and not is_post(item):
        for name in SINGLE_POST:
            if isinstance(item.get(name), dict):
                return item[name]
    return item


def _next_cursor(document: Mapping[str, Any]) -> str | None:
    info = document.get("page_info")
    places = (document, info) if isinstance(info, dict) else (document,)
    for place in places:
        if any(place.get(name) in (False, 0, "false") for name in MORE):
            return None
    return next((c for place in places for name in CURSORS if (c := _text(place.get(name)))), None)


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
