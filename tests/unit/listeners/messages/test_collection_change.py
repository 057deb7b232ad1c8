"""Collection changes: members fit the kind, are written one way, and stand once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from upbeat.listeners.messages.collection_change import EXAMPLE, CollectionChangeV1, member_key

LIST = {
    "version": 1,
    "kind": "PROFILE_LIST",
    "profile_list_id": "l",
    "name": "n",
    "updated_at": "2026-11-20T09:00:00Z",
}


def change(**fields: Any) -> Any:
    return CollectionChangeV1.model_validate_json(json.dumps({**EXAMPLE, **fields})).root


@pytest.mark.parametrize(
    ("kind", "member", "key"),
    [
        (
            "POSTS",
            {"platform": "INSTAGRAM", "shortcode": "https://www.instagram.com/p/DBxyz12AbCd/"},
            "DBxyz12AbCd",
        ),
        ("POSTS", {"platform": "YOUTUBE", "shortcode": "https://youtu.be/dQw4w9WgXcQ"}, "dQw4w9WgXcQ"),
        ("PROFILES", {"platform": "INSTAGRAM", "handle": "@NatGeo"}, "natgeo"),
        ("PROFILES", {"platform": "YOUTUBE", "handle": "@NatGeo", "cost": "5.5"}, "natgeo"),
        ("HASHTAGS", {"platform": "INSTAGRAM", "hashtag": "#Tea"}, "tea"),
        ("KEYWORDS", {"platform": "YOUTUBE", "keyword": "  Green   TEA "}, "green tea"),
    ],
)
def test_members_are_written_in_one_way(kind: str, member: dict[str, Any], key: str) -> None:
    found = change(kind=kind, members=[member])
    assert [member_key(one) for one in found.members] == [(member["platform"], key)]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "POEMS"}, "kind"),
        ({"kind": "HASHTAGS"}, "members"),
        ({"name": None}, "name is missing"),
        ({"deleted": True}, "deleted, and has members"),
        ({"currency": None}, "currency is missing"),
        (
            {"members": EXAMPLE["members"] + [{"platform": "YOUTUBE", "shortcode": "dQw4w9WgXcQ"}]},
            "the member YOUTUBE dQw4w9WgXcQ stands twice",
        ),
        ({"members": [{"platform": "YOUTUBE", "shortcode": "short"}]}, "shortcode"),
        ({"members": [{"platform": "SHOPIFY", "shortcode": "DBxyz12AbCd"}]}, "platform"),
        ({"kind": "KEYWORDS", "members": [{"platform": "YOUTUBE", "keyword": "   "}]}, "keyword"),
        ({"kind": "KEYWORDS", "members": [{"platform": "YOUTUBE", "keyword": "a", "cost": "1"}]}, "cost"),
        ({"starts_on": "2026-11-02", "ends_on": "2026-11-01"}, "ends_on is before starts_on"),
        (
            {"members": [{"platform": "INSTAGRAM", "shortcode": f"code{n:06d}"} for n in range(10_001)]},
            "at most 10000",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        change(**fields)


def test_a_list_of_creators_has_an_id_of_its_own_and_no_money() -> None:
    member = {"platform": "INSTAGRAM", "handle": "natgeo"}
    assert CollectionChangeV1.model_validate_json(json.dumps(LIST | {"members": [member]})).root.members
    with pytest.raises(ValidationError, match="cost"):
        CollectionChangeV1.model_validate_json(json.dumps(LIST | {"members": [member | {"cost": "1"}]}))
    with pytest.raises(ValidationError, match="collection_id"):
        CollectionChangeV1.model_validate_json(json.dumps(LIST | {"collection_id": "c"}))
