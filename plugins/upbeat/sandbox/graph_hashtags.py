"""Hashtags of the Graph API: the search for an id, and the posts that bear one. 30 different ones a week for each account.

Shapes: recorded (search, pages of `top_media`) and the reference. Posts under a hashtag tell no owner.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from upbeat.sandbox.graph_connected import Asked
from upbeat.sandbox.graph_edges import edge
from upbeat.sandbox.graph_errors import GraphError, missing_node, too_many_hashtags, unknown_hashtag
from upbeat.sandbox.graph_nodes import render_hashtag_media
from upbeat.sandbox.post_index import hashtag_id

HASHTAGS_A_WEEK = 30
_DAYS = 7


class HashtagSearches:
    """Which hashtags each account searched for in the last seven days. Forgotten when the world is changed or restored."""

    def __init__(self) -> None:
        self._days: dict[str, dict[str, int]] = defaultdict(dict)
        self._changes = -1

    def count(self, asked: Asked, name: str) -> None:
        """Count a search. Raises `GraphError` for one hashtag too many."""
        day, changes = asked.world.revision
        if changes != self._changes:
            self._days.clear()
            self._changes = changes
        searched = self._days[asked.owner.graph_id]
        for known in [known for known, since in searched.items() if since <= day - _DAYS]:
            del searched[known]
        if name not in searched and len(searched) >= HASHTAGS_A_WEEK:
            raise too_many_hashtags()
        searched.setdefault(name, day)


def search_hashtag(asked: Asked, searches: HashtagSearches) -> dict[str, Any]:
    """`ig_hashtag_search?user_id=…&q=…`."""
    _require_own_id(asked)
    name = asked.query.get("q", "").strip().removeprefix("#").lower()
    if not name:
        raise GraphError("(#100) The parameter q is required", code=100)
    searches.count(asked, name)
    if asked.world.index.hashtag_count(name) is None:
        raise unknown_hashtag(name)
    return {"data": [{"id": hashtag_id(name)}]}


def find_hashtag(asked: Asked, node: str) -> str | None:
    """The name of the hashtag with this id; None when there is none."""
    return next((name for name in asked.world.index.hashtags() if hashtag_id(name) == node), None)


def hashtag(asked: Asked, name: str, edge_name: str = "") -> dict[str, Any]:
    """A hashtag's node, or `top_media` or `recent_media` of it."""
    node = hashtag_id(name)
    if not edge_name:
        told = {"id": node, "name": name}
        return {field.name: told[field.name] for field in asked.fields() if field.name in told} | {"id": node}
    _require_own_id(asked)
    index = asked.world.index
    listed = {"top_media": index.hashtag_top, "recent_media": index.hashtag_recent}.get(edge_name)
    if listed is None:
        raise GraphError(f"Unknown path components: /{edge_name}", code=2500)
    fields = asked.fields()
    page = edge(
        listed(name),
        lambda owned: str(owned[1].pk),
        {name: value for name, value in asked.query.items() if name in ("limit", "after")},
        lambda owned: render_hashtag_media(*owned, fields),
        asked.address(node, edge_name),
        asked.query,
    )
    return _forwards_only(page)


def _forwards_only(page: dict[str, Any]) -> dict[str, Any]:
    """Hashtags are paged forwards: the recorded pages have no cursor `before`, and the last one no paging."""
    after = page.get("paging", {}).get("next")
    if after is None:
        return {"data": page["data"]}
    return {
        "data": page["data"],
        "paging": {"cursors": {"after": page["paging"]["cursors"]["after"]}, "next": after},
    }


def _require_own_id(asked: Asked) -> None:
    user_id = asked.query.get("user_id", "")
    if not user_id:
        raise GraphError("(#100) The parameter user_id is required", code=100)
    if user_id != asked.owner.graph_id:
        raise missing_node(user_id)
