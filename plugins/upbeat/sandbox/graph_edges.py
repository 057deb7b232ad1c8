"""The edges of the Graph API: pages of entries with cursors, in a node or asked for directly."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from upbeat.sandbox.graph_errors import GraphError

DEFAULT_PAGE = 25
MAX_PAGE = 100
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Window:
    """The entries of one page, and where the page lies among all."""

    start: int
    end: int
    total: int


def encode_cursor(key: str) -> str:
    """The opaque cursor that stands at the entry with this key."""
    return base64.urlsafe_b64encode(f"at:{key}".encode()).decode()


def window(items: Sequence[Item], key: Callable[[Item], str], arguments: Mapping[str, str]) -> Window:
    """The page that `limit`, `after` and `before` ask for. Raises `GraphError` for what is no number or cursor."""
    text = arguments.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise GraphError(f"(#100) Param limit must be an integer of 1 or more: {text[:40]}", code=100)
    limit = min(int(text), MAX_PAGE)
    if "before" in arguments:
        end = _position(items, key, arguments["before"])
        return Window(max(0, end - limit), end, len(items))
    start = _position(items, key, arguments["after"]) + 1 if "after" in arguments else 0
    return Window(start, min(start + limit, len(items)), len(items))


def _position(items: Sequence[Item], key: Callable[[Item], str], cursor: str) -> int:
    try:
        wanted = base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("at:")
    except (binascii.Error, ValueError):
        wanted = ""
    for at, item in enumerate(items):
        if key(item) == wanted:
            return at
    raise GraphError("(#100) Invalid cursors values", code=100)


def nested_edge(
    items: Sequence[Item],
    key: Callable[[Item], str],
    arguments: Mapping[str, str],
    render: Callable[[Item], Any],
) -> dict[str, Any]:
    """An edge as business discovery writes it: a cursor on each side that has more, and no addresses."""
    page = window(items, key, arguments)
    cursors = {}
    if page.start > 0 and page.end > page.start:
        cursors["before"] = encode_cursor(key(items[page.start]))
    if page.start < page.end < page.total:
        cursors["after"] = encode_cursor(key(items[page.end - 1]))
    edge: dict[str, Any] = {"data": [render(item) for item in items[page.start : page.end]]}
    return edge | ({"paging": {"cursors": cursors}} if cursors else {})


def edge(
    items: Sequence[Item],
    key: Callable[[Item], str],
    arguments: Mapping[str, str],
    render: Callable[[Item], Any],
    address: str,
    query: Mapping[str, str],
) -> dict[str, Any]:
    """An edge as it is told otherwise: both cursors on every page, and the addresses of the pages beside it.

    `query` is repeated in the addresses, with the token in it, as the real API does.
    """
    page = window(items, key, arguments)
    body: dict[str, Any] = {"data": [render(item) for item in items[page.start : page.end]]}
    if page.end <= page.start:
        return body
    before, after = encode_cursor(key(items[page.start])), encode_cursor(key(items[page.end - 1]))
    paging: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    kept = {name: value for name, value in query.items() if name not in ("after", "before")}
    if page.start > 0:
        paging["previous"] = f"{address}?{urlencode({**kept, 'before': before})}"
    if page.end < page.total:
        paging["next"] = f"{address}?{urlencode({**kept, 'after': after})}"
    return body | {"paging": paging}
