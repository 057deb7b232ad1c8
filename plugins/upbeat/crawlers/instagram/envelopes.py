"""Finds the account, the post, the list and the cursor in an answer, whatever they are wrapped in. Pure.

A body of another kind is not searched until something fits: a post bears its owner, a comment its author, a list of followers
many accounts, and none of them is the account that was asked for.

Wrappers that are known: `data.user` and `graphql.user` (web GraphQL), `user` (private API), `response.body.user` (scrapers that
pass it on), `data`, `result`, a list of one, `stream_rows` that tell one account bit by bit; for lists `collector` with `has_more` and
`end_cursor` (instagram-data1), `items` with `next_max_id`, `edges` of `node` with `page_info`, `sections` of `layout_content` (hashtags, places,
searches), `[[post, …], cursor]` (HikerAPI's `v1_` chunks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from upbeat.crawlers.instagram.item_kinds import FIGURES_OF_ACCOUNTS, HANDLES, IDS, is_account, is_post

WRAPPERS = (
    "data", "user", "graphql", "response", "body", "result", "results", "profile", "payload",
    "account", "user_info", "userInfo", "user_data",
)  # fmt: skip
_NAMED_AFTER_A_QUERY = ("xdt_api__", "xdt_fbsearch__")
USER_MARKS = (*HANDLES, *FIGURES_OF_ACCOUNTS)
OWNERS = ("user", "owner")
SINGLE_POST = ("media_or_ad", "media", "node", "shortcode_media", "xdt_shortcode_media", "item", "post")
CURSORS = (
    "end_cursor",
    "next_max_id",
    "next_min_id",
    "next_cursor",
    "next_page_id",
    "endCursor",
    "nextMaxId",
    "nextCursor",
    "pagination_token",
    "paginationToken",
    "next_page_token",
    "reels_max_id",
    "cursor",
)
PAGE_INFOS = ("page_info", "paging_info", "pageInfo", "pagination")
MORE = ("has_more", "has_next_page", "more_available", "hasMore", "hasNextPage", "has_more_reels")
_MAX_DEPTH = 7


@dataclass(frozen=True, slots=True)
class ListNames:
    """Where a list of one kind stands: names of the list itself, of objects that hold it, of lists of blocks that hold its posts."""

    lists: tuple[str, ...]
    holders: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


_POST_LISTS = (
    "collector", "items", "edges", "medias", "posts", "feed", "media", "data", "nodes", "reels", "clips", "feed_items",
)  # fmt: skip
_POST_HOLDERS = (
    "edge_owner_to_timeline_media",
    "edge_felix_video_timeline",
    "edge_user_to_photos_of_you",
    "xdt_location_get_web_info_tab",
    "edge_hashtag_to_media",
    "edge_location_to_media",
    "recent",
    "media",
    "media_grid",
    "hashtag",
    "location",
    "location_info",
    "native_location_data",
    "edge_hashtag_to_top_posts",
    "edge_location_to_top_posts",
    "top",
    "ranked",
)
_BLOCKS = ("sections", "reels_serp_modules", "stream_rows")
POSTS = ListNames(_POST_LISTS, _POST_HOLDERS, _BLOCKS)
TOP_POSTS = ListNames(_POST_LISTS, ("edge_hashtag_to_top_posts", "top", *_POST_HOLDERS), _BLOCKS)
"""As `POSTS`; where an answer tells the newest and the most popular posts, the most popular."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: the objects as they came, the next cursor, and what stood beside the list (the owner)."""

    items: list[Any]
    cursor: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    is_chunk: bool = False
    """It came as `[[…], cursor]`, HikerAPI's form for lists of many pages."""


def wrappers_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names under which an envelope may hold what it wraps; newer web GraphQL names them after the query."""
    return (*WRAPPERS, *(name for name in document if name.startswith(_NAMED_AFTER_A_QUERY)))


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
    rows = document.get("stream_rows")
    if isinstance(rows, list):
        yield from _accounts(_joined(rows), depth + 1)
    if any(mark in document for mark in USER_MARKS):
        yield document
    elif any(name in document for name in IDS) and any(name in document for name in OWNERS):
        return  # a post, a comment, a highlight: the account in it is its owner
    for name in wrappers_of(document):
        yield from _accounts(document.get(name), depth + 1)


def _joined(rows: list[Any]) -> dict[str, Any]:
    """The account of a stream: each row repeats it with more fields."""
    users = [row["user"] for row in rows if isinstance(row, dict) and isinstance(row.get("user"), dict)]
    return {name: value for user in users for name, value in user.items()}


def find_page(document: Any, names: ListNames = POSTS, depth: int = 0) -> Page | None:
    """The list in an answer; None when there is no list at all."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        if document and isinstance(document[0], list):
            cursor = next((c for c in map(_text, document[1:]) if c), None)
            return Page(document[0], cursor, is_chunk=True)
        return Page(document)
    if not isinstance(document, dict):
        return None
    for name in names.blocks:
        if isinstance(document.get(name), list):
            items = list(_posts_in(document[name], 0))
            if items or not document[name]:
                return Page(items, next_cursor(document), document)
    for name in names.lists:
        if isinstance(document.get(name), list):
            inner = find_page(document[name], names)
            assert inner is not None
            items = list(_out_of_units(inner.items)) if names.blocks else inner.items
            return Page(items, inner.cursor or next_cursor(document), document)
    for name in (*names.holders, *names.lists, *wrappers_of(document)):
        page = find_page(document.get(name), names, depth + 1)
        if page is not None:
            return Page(page.items, page.cursor or next_cursor(document), {**document, **page.beside})
    return None


def _out_of_units(items: list[Any]) -> Iterator[Any]:
    """Posts out of the units of a search, `{"node": {"items": [post, …]}}`; other entries as they are."""
    for item in items:
        unit = item.get("node") if isinstance(item, dict) else None
        if isinstance(unit, dict) and isinstance(unit.get("items"), list) and not is_post(unit):
            yield from unit["items"]
        else:
            yield item


def _posts_in(block: Any, depth: int) -> Iterator[Any]:
    """The posts of blocks of a grid, in their order."""
    if depth > _MAX_DEPTH + 3:
        return
    if isinstance(block, list):
        for part in block:
            yield from _posts_in(part, depth + 1)
    elif isinstance(block, dict):
        if isinstance(block.get("media"), dict):
            yield block["media"]
        elif is_post(block):
            yield block
        else:
            for part in block.values():
                yield from _posts_in(part, depth + 1)


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
    named = (name for name in document if name.startswith(_NAMED_AFTER_A_QUERY))
    names = ("items", "data", "graphql", "response", "body", "result", "results", "payload", *named)
    return next((post for name in names if (post := find_post(document.get(name), depth + 1))), None)


def find_object(
    document: Any, accept: Callable[[Mapping[str, Any]], bool], holders: tuple[str, ...], depth: int = 0
) -> dict[str, Any] | None:
    """The outermost object that `accept` takes, behind the known wrappers and `holders`; of a list only one of one entry."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        return find_object(document[0], accept, holders, depth + 1) if len(document) == 1 else None
    if not isinstance(document, dict):
        return None
    if accept(document):
        return document
    if is_post(document) or is_account(document):
        return None  # what stands in it is what it bears
    found = (
        find_object(document.get(name), accept, holders, depth + 1)
        for name in (*holders, *wrappers_of(document), "items")
    )
    return next((one for one in found if one is not None), None)


def unwrap_item(item: Any, depth: int = 0) -> Any:
    """A post in a list: out of `{"node": …}`, `{"media": …}` or, as reels on the website, `{"node": {"media": …}}`."""
    if isinstance(item, dict) and not is_post(item) and depth < _MAX_DEPTH:
        for name in SINGLE_POST:
            if isinstance(item.get(name), dict):
                return unwrap_item(item[name], depth + 1)
    return item


def next_cursor(document: Mapping[str, Any]) -> str | None:
    """The cursor beside a list; None when the answer says that nothing follows."""
    infos = [info for name in PAGE_INFOS if isinstance(info := document.get(name), dict)]
    places = [document, *infos]
    for place in places:
        if any(place.get(name) in (False, 0, "false") for name in MORE):
            return None
    found = next((c for place in places for name in CURSORS if (c := _text(place.get(name)))), None)
    return found or next((c for info in infos if (c := _text(info.get("max_id")))), None)


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
