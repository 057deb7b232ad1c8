"""How the Graph API wraps what it tells: edges with `data` and `paging`, nodes asked for by their ids, nodes alone. Pure.

An edge that is asked for directly is the whole document; in a field expansion it stands under its name in its node. `paging`
names `cursors`, and `next` and `previous` as addresses, out of which the node and the edge can be read. The last page of an
edge has cursors too, but no `next`; only business discovery writes no addresses at all, there a cursor `after` is the next page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.refusals import is_error_document
from upbeat.errors import MalformedBodyError
from upbeat.records import Parsed

SOURCE = "graphapi"
_CURSOR = re.compile(r"[A-Za-z0-9_=+/%-]{1,1000}")
_ID = re.compile(r"\d{1,25}")


@dataclass(frozen=True, slots=True)
class Edge:
    """The entries of one page of an edge.

    Attributes:
        paging: its `paging`, empty when there is none.
        parent: the node that it stands in; empty when the edge is the whole document.
        discovered: it stands in a `business_discovery`.
        name: under which it stands in its node; None when the edge is the whole document.
    """

    items: list[Any]
    paging: Mapping[str, Any]
    parent: Mapping[str, Any]
    discovered: bool = False
    name: str | None = None

    def address(self) -> tuple[str | None, str | None]:
        """The id of the node and the name of the edge, out of the address of another page."""
        for name in ("next", "previous"):
            address = self.paging.get(name)
            if isinstance(address, str):
                parts = _path(address)
                if len(parts) >= 2 and _ID.fullmatch(parts[-2]):
                    return parts[-2], parts[-1]
        return None, None

    def query(self, address: str, name: str) -> str | None:
        """A parameter in the address `next` or `previous` of the page."""
        found = self.paging.get(address)
        try:
            return parse_qs(urlsplit(found).query).get(name, [None])[0] if isinstance(found, str) else None
        except ValueError:
            return None

    def next_cursor(self, parsed: Parsed) -> str | None:
        """The cursor of the next page; one that could change the next request is a problem, and is not followed."""
        if not self.discovered and not self.paging.get("next"):
            return None
        cursor = FieldReader(self.paging, []).text("", "cursors.after") or self.query("next", "after")
        if cursor is not None and _CURSOR.fullmatch(cursor) is None:
            FieldReader({}, parsed.problems).note("next_cursor", "expected a cursor of letters and digits")
            return None
        return cursor


def _path(address: str) -> list[str]:
    try:
        return [part for part in urlsplit(address).path.split("/") if part]
    except ValueError:
        return []


def as_object(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def is_refused(document: Any) -> bool:
    """Whether the document is an error instead of data. A post on Facebook has a `message` too, and an `id`."""
    if not isinstance(document, dict):
        return False
    if isinstance(document.get("error"), dict) or "error_code" in document:
        return True
    return is_error_document(document) and not {"id", "data"} & set(document)


def find_edge(document: Any, *names: str) -> Edge | None:
    """The edge of one of these names in a node, or the edge that the whole document is; None when there is none."""
    if isinstance(document, list):
        return Edge(document, {}, {})
    if not isinstance(document, dict):
        return None
    discovered = document.get("business_discovery")
    node = as_object(document if discovered is None else discovered)
    if "_" in str(node.get("id", "")):
        return None  # a post on Facebook: its id is made of the page's and its own
    for name in names:
        edge = node.get(name)
        if isinstance(edge, dict) and isinstance(edge.get("data"), list):
            return Edge(edge["data"], as_object(edge.get("paging")), node, discovered is not None, name)
        if isinstance(edge, list):
            return Edge(edge, {}, node, discovered is not None, name)
    data = document.get("data")
    if isinstance(data, list):
        return Edge(data, as_object(document.get("paging")), {})
    return None


def find_items(document: Any, is_item: Callable[[Any], bool], *names: str) -> Edge | None:
    """An edge; else the nodes that were asked for by their ids (`{"178…": {"id": "178…"}}`); else a single node."""
    edge = find_edge(document, *names)
    if edge is not None:
        return edge
    if is_item(document):
        return Edge([document], {}, {})
    if isinstance(document, dict) and document:
        by_id = all(as_object(node).get("id") == key for key, node in document.items())
        if by_id and all(_ID.fullmatch(key) for key in document):
            return Edge(list(document.values()), {}, {})
    return None


def malformed(message: str) -> MalformedBodyError:
    """The error of a body that is not of the kind it was said to be."""
    return MalformedBodyError(message, source=SOURCE)


def require_edge(edge: Edge, *names: str) -> None:
    """Raises `MalformedBodyError` when the address of another page names another edge than these."""
    _, name = edge.address()
    if name is not None and name not in names:
        raise malformed(f"a page of {name[:40]}: expected {' or '.join(names)}")


def require_some(parsed: Parsed, edge: Edge, records: list[Any], what: str) -> None:
    """Raises `MalformedBodyError` when there are entries and none of them could be read."""
    if edge.items and not records:
        reason = str(parsed.problems[0]) if parsed.problems else "unknown shape"
        raise malformed(f"none of {len(edge.items)} {what} can be read ({reason})")


def user_id(read: FieldReader) -> str | None:
    """The account's id: the one that all sources tell where it is told (docs/adr/0005), else Graph's own.

    Who logged in to Instagram itself is told Graph's own as `user_id`; the `id` beside it is the app's alone.
    """
    return read.identifier("profile_id", "ig_id", "user_id", "id")
