"""Finds channels, videos, comments and the cursor in an answer of youtube138, whatever they are wrapped in. Pure.

Recorded: a channel and a video stand bare or as `{"type": "channel", "channel": {…}}`; lists are `contents` of such entries, or
`comments`; the cursor is `cursorNext` beside the list. Clients wrap the whole in `data` (with `status`). An object is what only it has: a
video its `videoId`, a comment its `commentId`, a channel its `channelId` without either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_WRAPPERS = ("data", "response", "result", "results", "body")
_MAX_DEPTH = 4
_LISTS = ("contents", "comments", "replies", "videos", "items")
VIDEO, CHANNEL, COMMENT = "video", "channel", "comment"


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a list; `kind` is empty where it is none that is known."""

    kind: str
    record: Any


@dataclass(frozen=True, slots=True)
class Page:
    """One list with its cursor; `envelope` is what stood around it."""

    entries: list[Entry]
    cursor: str | None
    envelope: Mapping[str, Any] = field(default_factory=dict)


def find_page(document: Any, depth: int = 0) -> Page | None:
    """The list in an answer; None when there is none."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        return Page([_entry(item) for item in document], None) if document else None
    if not isinstance(document, dict) or is_official(document):
        return None
    for name in _LISTS:
        items = document.get(name)
        if isinstance(items, list):
            cursor = document.get("cursorNext")
            return Page(
                [_entry(item) for item in items],
                cursor if isinstance(cursor, str) and cursor else None,
                document,
            )
    return next((page for name in _WRAPPERS if (page := find_page(document.get(name), depth + 1))), None)


def find_one(document: Any, kind: str, depth: int = 0) -> dict[str, Any] | None:
    """The one channel or video of an answer. A list of several is none."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(document, list):
        return find_one(document[0], kind, depth + 1) if len(document) == 1 else None
    if not isinstance(document, dict) or is_official(document):
        return None
    entry = _entry(document)
    if entry.kind == kind and isinstance(entry.record, dict):
        return entry.record
    return next((o for name in _WRAPPERS if (o := find_one(document.get(name), kind, depth + 1))), None)


def is_official(document: Mapping[str, Any]) -> bool:
    """Whether this is an answer of the official API, which names its kind."""
    return str(document.get("kind", "")).startswith("youtube#")


def _entry(item: Any) -> Entry:
    if not isinstance(item, dict):
        return Entry("", item)
    told = item.get("type")
    if isinstance(told, str) and isinstance(item.get(told), dict):
        if told in ("short", "shorts"):
            return Entry(VIDEO, {**item[told], "type": told})
        return Entry(told, item[told])
    for kind in (VIDEO, CHANNEL):
        if isinstance(item.get(kind), dict) and "videoId" not in item and "channelId" not in item:
            return Entry(kind, item[kind])
    if "commentId" in item:
        return Entry(COMMENT, item)
    if "videoId" in item:
        return Entry(VIDEO, item)
    if "channelId" in item and ("stats" in item or "title" in item):
        return Entry(CHANNEL, item)
    return Entry("", item)
