"""The envelope of the YouTube Data API v3: finds the resources in an answer and says what they are. Pure.

Recorded: `{"kind": "youtube#videoListResponse", "pageInfo": {"totalResults", "resultsPerPage"}, "nextPageToken", "items": [{"kind":
"youtube#video", "id", "snippet", …}]}`; an answer to a write is the bare resource. `items` is left out when nothing was found. Projects
that keep such answers wrap them in `data`, and strip `kind`: a resource without it is known by what only it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.youtube.handles import CHANNEL_ID, VIDEO_ID
from upbeat.errors import MalformedBodyError
from upbeat.records import Parsed, Problem

CHANNEL, VIDEO, SEARCH_RESULT = "channel", "video", "searchResult"
COMMENT_THREAD, COMMENT = "commentThread", "comment"
PLAYLIST_ITEM, ACTIVITY, CHANNEL_SECTION = "playlistItem", "activity", "channelSection"

_WRAPPERS = ("data", "response", "result", "body")
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one answer, all of one `kind`, and the envelope they came in."""

    kind: str
    items: list[Any]
    envelope: dict[str, Any]

    @property
    def cursor(self) -> str | None:
        """The token of the next page."""
        token = self.envelope.get("nextPageToken")
        return token if isinstance(token, str) and token else None


def find_page(document: Any, wanted: tuple[str, ...], source: str) -> Page:
    """The resources of one of the `wanted` kinds.

    Raises `MalformedBodyError`: no envelope, or resources of another kind.
    """
    envelope = _envelope(document, 0)
    names = " or ".join(f"youtube#{kind}" for kind in wanted)
    if envelope is None:
        raise MalformedBodyError(f"no items in the answer: expected {names}", source=source)
    items = envelope.get("items")
    if items is None and not _is_list(envelope):
        items = [envelope] if _kind(envelope) else []
    if not isinstance(items, list | None):
        raise MalformedBodyError(f"items: {show(items)} where a list is expected", source=source)
    items = items or []
    kind = _kind_of_all(envelope, items, wanted)
    if kind not in wanted:
        found = f"youtube#{kind}" if kind else "resources without a kind"
        raise MalformedBodyError(f"the answer holds {found}: expected {names}", source=source)
    return Page(kind, items, envelope)


def _envelope(document: Any, depth: int) -> dict[str, Any] | None:
    if isinstance(document, list):
        return {"items": document} if depth <= _MAX_DEPTH and document else None
    if not isinstance(document, dict) or depth > _MAX_DEPTH:
        return None
    if "items" in document or _kind(document) or _told_by_shape(document):
        return document if "items" in document or _kind(document) else {"items": [document]}
    return next((e for name in _WRAPPERS if (e := _envelope(document.get(name), depth + 1))), None)


def _is_list(envelope: dict[str, Any]) -> bool:
    return str(envelope.get("kind", "")).endswith("ListResponse")


def _kind(document: Any) -> str:
    """`video` for `youtube#video` and for `youtube#videoListResponse`; empty where none is told."""
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or not kind.startswith("youtube#"):
        return ""
    name = kind.removeprefix("youtube#").removesuffix("ListResponse")
    return SEARCH_RESULT if name == "search" else name


def _kind_of_all(envelope: dict[str, Any], items: list[Any], wanted: tuple[str, ...]) -> str:
    told = _kind(envelope) or next((kind for item in items if (kind := _kind(item))), "")
    if told:
        return told
    if not items:
        return wanted[0]
    return next((kind for item in items if (kind := _told_by_shape(item))), "")


def _told_by_shape(item: Any) -> str:
    """What a resource without `kind` is, by what only that kind has."""
    if not isinstance(item, dict) or not any(
        isinstance(item.get(part), dict) for part in ("snippet", "statistics", "contentDetails")
    ):
        return ""
    identity = item.get("id")
    snippet = item.get("snippet")
    snippet = snippet if isinstance(snippet, dict) else {}
    if isinstance(identity, dict):
        return SEARCH_RESULT
    if "topLevelComment" in snippet:
        return COMMENT_THREAD
    if "textOriginal" in snippet or "textDisplay" in snippet:
        return COMMENT
    details = item.get("contentDetails")
    if "resourceId" in snippet or (isinstance(details, dict) and "videoId" in details):
        return PLAYLIST_ITEM
    if "type" in snippet:
        return CHANNEL_SECTION if "position" in snippet else ACTIVITY
    if isinstance(identity, str) and CHANNEL_ID.fullmatch(identity):
        return CHANNEL
    if isinstance(identity, str) and VIDEO_ID.fullmatch(identity):
        return VIDEO
    return ""


def each_item(page: Page, parsed: Parsed, field: str) -> Iterator[FieldReader]:
    """A reader for each resource; what is none is a problem. Fields of a resource alone bear no number."""
    for number, item in enumerate(page.items):
        if not isinstance(item, dict):
            parsed.problems.append(Problem(f"{field}[{number}]", f"expected an object, found {show(item)}"))
            continue
        if (told := _kind(item)) and told != page.kind:
            parsed.problems.append(Problem(f"{field}[{number}]", f"youtube#{told} among youtube#{page.kind}"))
            continue
        prefix = f"{field}[{number}]." if len(page.items) > 1 else ""
        yield FieldReader(item, parsed.problems, prefix)


def finish(page: Page, parsed: Parsed, found: int, field: str, source: str) -> Parsed:
    """Add the cursor and what is short of the page's own figures.

    Raises `MalformedBodyError` when there are resources and not one of them could be read.
    """
    if page.items and not found:
        reason = str(parsed.problems[0]) if parsed.problems else "unknown shape"
        raise MalformedBodyError(f"none of {len(page.items)} {field} can be read ({reason})", source=source)
    parsed.next_cursor = page.cursor
    _note_shortfall(page, parsed)
    return parsed


def _note_shortfall(page: Page, parsed: Parsed) -> None:
    info = FieldReader(page.envelope, [])
    stated, name = info.count("", "pageInfo.resultsPerPage"), "resultsPerPage"
    if page.cursor is None:
        if page.envelope.get("prevPageToken"):
            return  # the rest of a list: how many came before is not told
        stated, name = info.count("", "pageInfo.totalResults"), "totalResults"
    if stated is not None and len(page.items) < stated:
        parsed.problems.append(Problem("items", f"{len(page.items)} came where {name} says {stated}"))
