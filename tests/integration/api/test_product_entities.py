"""Campaigns, collections and lists over the API: the product's rules, entity tags, and keys of one account."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from tests.integration.api.conftest import MakeKey

from upbeat.api.campaigns.routes import EXAMPLE_BODY as CAMPAIGN
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

LIST = {
    "profile_list_id": "list-1",
    "name": "One",
    "members": [{"platform": "INSTAGRAM", "handle": "@NatGeo"}],
}


def rows(settings: Settings, statement: str) -> list[dict[str, Any]]:
    with transaction(settings) as connection:
        return connection.execute(statement.encode()).fetchall()


async def test_a_campaign_lives_through_create_read_change_replace_and_delete(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    headers = {"Idempotency-Key": "campaign-1"}
    made = await client.post("/v1/campaigns", json=CAMPAIGN, headers=headers)
    again = await client.post("/v1/campaigns", json=CAMPAIGN, headers=headers)
    taken = await client.post("/v1/campaigns", json=CAMPAIGN)
    assert (made.status_code, again.status_code, taken.status_code) == (201, 201, 409), made.text
    assert again.json() == made.json()
    read = await client.get("/v1/campaigns/campaign-81")
    tag = read.headers["etag"]
    assert read.json()["data"] == made.json()["data"]
    assert read.json()["data"]["budget"] == "250000.0000"
    assert (
        rows(settings, "SELECT handle FROM beat.tracked_profile ORDER BY platform")
        == [{"handle": "natgeo"}] * 2
    )

    changed = await client.patch(
        "/v1/campaigns/campaign-81", json={"status": "PAUSED"}, headers={"If-Match": tag}
    )
    late = await client.patch(
        "/v1/campaigns/campaign-81", json={"status": "ACTIVE"}, headers={"If-Match": tag}
    )
    blind = await client.put("/v1/campaigns/campaign-81", json=CAMPAIGN)
    assert (changed.status_code, late.status_code, blind.status_code) == (200, 412, 428), changed.text
    assert changed.json()["data"] | {"status": "", "updated_at": ""} == read.json()["data"] | {
        "status": "",
        "updated_at": "",
    }
    members = await client.post(
        "/v1/campaigns/campaign-81/profiles",
        json={
            "add": [{"platform": "INSTAGRAM", "handle": "https://www.instagram.com/Nasa/", "fee": "1.50"}],
            "remove": [{"platform": "YOUTUBE", "handle": "@NatGeo"}],
        },
    )
    assert [(one["platform"], one["handle"]) for one in members.json()["data"]["profiles"]] == [
        ("INSTAGRAM", "nasa"),
        ("INSTAGRAM", "natgeo"),
    ], members.text
    body = {name: value for name, value in CAMPAIGN.items() if name != "campaign_id"} | {
        "profiles": [],
        "costs": [],
    }
    replaced = await client.put(
        "/v1/campaigns/campaign-81", json=body, headers={"If-Match": members.headers["etag"]}
    )
    assert replaced.json()["data"]["profiles"] == []
    gone = await client.delete("/v1/campaigns/campaign-81", headers={"If-Match": "*"})
    assert (gone.status_code, (await client.get("/v1/campaigns/campaign-81")).status_code) == (204, 404)
    assert (await client.post("/v1/campaigns", json=CAMPAIGN)).status_code == 201, "its id is free again"
    lines = rows(settings, "SELECT action FROM beat.audit_log ORDER BY audit_id")
    assert [line["action"] for line in lines] == [
        "campaign.create", "campaign.change", "campaign.change", "campaign.replace", "campaign.delete",
        "campaign.create",
    ]  # fmt: skip


async def test_of_writers_that_read_the_same_state_one_is_heard(client: httpx.AsyncClient) -> None:
    made = await asyncio.gather(*[client.post("/v1/profile-lists", json=LIST) for _ in range(6)])
    assert sorted(answer.status_code for answer in made) == [201] + [409] * 5
    first = next(answer for answer in made if answer.status_code == 201)
    path, tag = first.headers["location"], {"If-Match": first.headers["etag"]}
    changes = [client.patch(path, json={"name": f"Name {number}"}, headers=tag) for number in range(6)]
    changed = await asyncio.gather(*changes)
    assert sorted(answer.status_code for answer in changed) == [200] + [412] * 5
    kept = next(answer for answer in changed if answer.status_code == 200)
    assert (await client.get(path)).json() == kept.json()
    added = [{"platform": "INSTAGRAM", "handle": f"creator{number}"} for number in range(6)]
    await asyncio.gather(*[client.post(f"{path}/members", json={"add": [one]}) for one in added])
    members = (await client.get(path)).json()["data"]["members"]
    assert [one["handle"] for one in members] == [*(one["handle"] for one in added), "natgeo"]


async def test_what_breaks_the_products_rules_is_refused_with_its_place_and_leaves_nothing(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    bad: list[dict[str, Any]] = [
        CAMPAIGN | {"currency": None},
        CAMPAIGN | {"budget": 12.5},
        CAMPAIGN | {"updated_at": "2026-01-01T00:00:00Z"},
        CAMPAIGN | {"colour": "red"},
        CAMPAIGN | {"name": "a\x00b"},
        CAMPAIGN | {"campaign_id": "a\x00b"},
        CAMPAIGN | {"campaign_id": 12},
        CAMPAIGN | {"profiles": [{"platform": "INSTAGRAM", "handle": "a"}] * 2},
        {"kind": "PROFILE_LIST"},
    ]
    answers = [await client.post("/v1/campaigns", json=body) for body in bad]
    assert [answer.status_code for answer in answers] == [422] * len(bad)
    assert answers[3].json()["errors"][0]["at"] == "body.colour"
    no_number = await client.post(
        "/v1/campaigns",
        content=json.dumps(CAMPAIGN | {"budget": float("nan")}),
        headers={"Content-Type": "application/json"},
    )
    assert no_number.status_code == 422, no_number.text
    for path in ("/v1/campaigns", "/v1/collections", "/v1/profile-lists"):
        surrogate = await client.post(
            path, content=b'{"name": "\\ud800"}', headers={"Content-Type": "application/json"}
        )
        assert surrogate.status_code == 422
        assert (await client.get(f"{path}/none")).status_code == 404
    assert rows(settings, "SELECT FROM coffee.campaign") == []
    assert rows(settings, "SELECT FROM beat.audit_log") == []


async def test_collections_of_every_kind_and_lists_keep_their_members_and_are_paged(
    client: httpx.AsyncClient,
) -> None:
    members: dict[str, dict[str, Any]] = {
        "POSTS": {"platform": "INSTAGRAM", "shortcode": "DBxyz12AbCd", "handle": "natgeo"},
        "PROFILES": {"platform": "YOUTUBE", "handle": "natgeo"},
        "HASHTAGS": {"platform": "INSTAGRAM", "hashtag": "#Tea"},
        "KEYWORDS": {"platform": "YOUTUBE", "keyword": "Green  tea"},
    }
    for number, (kind, member) in enumerate(members.items()):
        body = {"collection_id": f"collection-{number}", "kind": kind, "name": kind, "members": [member]}
        made = await client.post("/v1/collections", json=body)
        assert made.status_code == 201, made.text
        again = await client.post(f"/v1/collections/collection-{number}/members", json={"add": [member]})
        assert len(again.json()["data"]["members"]) == 1, again.text
        none = await client.post(f"/v1/collections/collection-{number}/members", json={"remove": [member]})
        assert none.json()["data"]["members"] == []
    first = (await client.get("/v1/collections", params={"limit": 3})).json()
    second = (await client.get("/v1/collections", params={"limit": 3, "cursor": first["next"]})).json()
    tampered = await client.get(
        "/v1/collections", params={"limit": 3, "kind": "POSTS", "cursor": first["next"]}
    )
    assert [len(first["data"]), len(second["data"]), second["next"], tampered.status_code] == [
        3,
        1,
        None,
        400,
    ]
    made = await client.post("/v1/profile-lists", json=LIST)
    assert made.json()["data"]["members"][0]["handle"] == "natgeo"
    gone = await client.delete("/v1/profile-lists/list-1", headers={"If-Match": "*"})
    assert (gone.status_code, (await client.get("/v1/profile-lists")).json()["data"]) == (204, [])
    assert (await client.delete("/v1/collections/collection-0", headers={"If-Match": "*"})).status_code == 204


async def test_a_key_of_one_account_sees_and_writes_its_own_alone(
    client: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    own = {"X-API-Key": make_api_key(["campaigns"], account_id="brand-7")}
    other = {"X-API-Key": make_api_key(["campaigns"], account_id="brand-8")}
    assert (await client.post("/v1/campaigns", json=CAMPAIGN, headers=own)).status_code == 201
    path = "/v1/campaigns/campaign-81"
    assert (await client.get(path, headers=other)).status_code == 404
    assert (await client.get("/v1/campaigns", headers=other)).json()["data"] == []
    params = {"account_id": "brand-7"}
    assert (await client.get("/v1/campaigns", params=params, headers=other)).json()["data"] == []
    assert (await client.delete(path, headers=other | {"If-Match": "*"})).status_code == 404
    assert (await client.post("/v1/campaigns", json=CAMPAIGN, headers=other)).status_code == 409
    given = CAMPAIGN | {"campaign_id": "campaign-9"}
    assert (await client.post("/v1/campaigns", json=given, headers=other)).status_code == 403
    taken = {"kind": "POSTS", "name": "Theirs", "campaign_id": "campaign-81"}
    assert (await client.post("/v1/collections", json=taken, headers=other)).status_code == 422
    mine = await client.post("/v1/collections", json=taken, headers=own)
    assert (mine.status_code, mine.json()["data"]["account_id"]) == (201, "brand-7")
    moved = await client.patch(path, json={"account_id": "brand-8"}, headers=own | {"If-Match": "*"})
    assert moved.status_code == 403
    assert (
        await client.get("/v1/campaigns", headers={"X-API-Key": make_api_key(["read"])})
    ).status_code == 403
