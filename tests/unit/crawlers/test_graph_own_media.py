"""Graph's own id of a post or story is read out of its owner's lists, and told from the id that all sources share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from upbeat.crawlers.instagram.graph_own_media import is_graph_media_id
from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.errors import MalformedBodyError
from upbeat.records import Parsed, PayloadKind

MEDIA = {
    "data": [
        {
            "id": "17918195224117851",
            "ig_id": "2421224614649404224",
            "permalink": "https://www.instagram.com/p/CGZ6vV1nBtA/",
        },
        {"id": "17895695668004550", "permalink": "https://www.instagram.com/p/CGZ6vV1nBtB/"},
    ],
    "paging": {
        "cursors": {"after": "QVFI"},
        "next": "https://graph.facebook.com/v15.0/17841/media?after=QVFI",
    },
}
STORIES = {
    "data": [
        {"id": "17861937508009798", "permalink": "https://instagram.com/stories/natgeo/2790000000000000001"}
    ]
}


def look_up(body: Any, shared_id: str) -> Parsed:
    return GraphApi.parse(
        PayloadKind.IDENTIFIER,
        orjson.dumps(body),
        observed_at=datetime(2026, 11, 22, tzinfo=UTC),
        params={"shared_id": shared_id},
    )


@pytest.mark.parametrize(
    ("body", "shared_id", "node_id"),
    [
        (MEDIA, "2421224614649404224", "17918195224117851"),
        (MEDIA, "2421224614649404225", "17895695668004550"),
        (STORIES, "2790000000000000001", "17861937508009798"),
    ],
)
def test_an_entry_is_found_by_its_id_or_its_address(body: Any, shared_id: str, node_id: str) -> None:
    parsed = look_up(body, shared_id)
    assert parsed.identifiers == {"node_id": node_id}
    assert parsed.next_cursor is None


def test_a_page_without_the_entry_leads_to_the_next() -> None:
    parsed = look_up(MEDIA, "1")
    assert (parsed.identifiers, parsed.next_cursor) == ({}, "QVFI")
    assert look_up(STORIES, "1").next_cursor is None


@pytest.mark.parametrize("body", [{"id": "1"}, {"data": "none"}, 7])
def test_what_is_no_list_is_refused(body: Any) -> None:
    with pytest.raises(MalformedBodyError, match="no list of posts"):
        look_up(body, "1")


@pytest.mark.parametrize(
    ("identity", "is_graphs"),
    [
        ("17918195224117851", True),
        ("18044553221301293", True),
        ("2421224614649404224", False),
        ("501", False),
    ],
)
def test_graphs_ids_are_told_from_those_that_all_sources_share(identity: str, is_graphs: bool) -> None:
    assert is_graph_media_id(identity) is is_graphs
