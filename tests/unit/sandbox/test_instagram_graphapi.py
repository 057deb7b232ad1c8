"""Graph's business discovery and token debugging in the sandbox."""

from __future__ import annotations

import time

import pytest

from upbeat.sandbox.posts import SHOWN_POSTS, decode_shortcode
from upbeat.sandbox.world import World

from .body_shapes import problems, shape_of
from .conftest import TOKEN, Caller

DOCUMENTED = {
    "business_discovery": {
        "id": "1",
        "ig_id": 1,
        "username": "a",
        "name": "a",
        "website": "a",
        "follows_count": 1,
        "media": {
            "data": [
                {
                    "id": "1",
                    "ig_id": "1",
                    "shortcode": "a",
                    "username": "a",
                    "media_product_type": "a",
                    "thumbnail_url": "a",
                }
            ],
            "paging": {"cursors": {"before": "a", "after": "a"}},
        },
    },
    "id": "1",
}
"""Fields of the reference (IG User, IG Media: public fields) that no recording shows."""


async def test_only_what_was_asked_for_is_told_and_always_the_id(caller: Caller) -> None:
    body = (await caller.discover("cristiano", "followers_count")).json()
    assert list(body["business_discovery"]) == ["followers_count", "id"]
    assert body["business_discovery"]["followers_count"] == 523_000_000
    assert body["id"] == "17841400000000001"


async def test_documented_fields_have_the_documented_types(caller: Caller) -> None:
    fields = "ig_id,username,name,website,follows_count,media{ig_id,shortcode,username,media_product_type,thumbnail_url}"
    assert problems((await caller.discover("leomessi", fields)).json(), shape_of(DOCUMENTED)) == []


async def test_ig_ids_are_those_of_the_other_sources(caller: Caller) -> None:
    graph = (await caller.discover("cristiano", "ig_id,media.limit(1){ig_id,permalink}")).json()
    lama = (await caller.lama("/user/by/username", username="cristiano")).json()
    assert graph["business_discovery"]["ig_id"] == lama["pk"]
    assert graph["business_discovery"]["id"] != str(lama["pk"])
    media = graph["business_discovery"]["media"]["data"][0]
    assert str(decode_shortcode(media["permalink"].split("/")[-2])) == media["ig_id"]


@pytest.mark.parametrize("limit", [1, 7, 25, 39, 40, 100])
async def test_following_the_cursors_gives_every_post_once_and_ends(caller: Caller, limit: int) -> None:
    await caller.order("limits", source="graphapi", requests=None)
    seen, after = [], ""
    for _ in range(SHOWN_POSTS + 1):
        fields = f"media.limit({limit}){after}{{timestamp}}"
        media = (await caller.discover("cristiano", fields)).json()["business_discovery"]["media"]
        seen += media["data"]
        cursor = media.get("paging", {}).get("cursors", {}).get("after")
        if cursor is None:
            break
        after = f".after({cursor})"
    assert len({post["id"] for post in seen}) == len(seen) == SHOWN_POSTS
    assert [post["timestamp"] for post in seen] == sorted((p["timestamp"] for p in seen), reverse=True)


async def test_the_cursor_before_leads_back(caller: Caller) -> None:
    first = (await caller.discover("cristiano", "media.limit(5)")).json()["business_discovery"]["media"]
    after = first["paging"]["cursors"]["after"]
    second = (await caller.discover("cristiano", f"media.limit(5).after({after})")).json()
    before = second["business_discovery"]["media"]["paging"]["cursors"]["before"]
    back = (await caller.discover("cristiano", f"media.limit(5).before({before})")).json()
    assert back["business_discovery"]["media"]["data"] == first["data"]


@pytest.mark.parametrize(
    "handle", ["unknown.account.sandbox", "private.account.sandbox", "personal.account.sandbox"]
)
async def test_unknown_private_and_personal_accounts_cannot_be_found(caller: Caller, handle: str) -> None:
    answer = await caller.discover(handle, "id")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 110, 2207013)
    assert handle in error["error_user_msg"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("business_discovery.username(cristiano){followers", 2500),
        ("business_discovery{id}", 100),
        ("business_discovery.username(cristiano){followers}", 100),
        ("business_discovery.username(cristiano){media{likes}}", 100),
        ("business_discovery.username(cristiano){media.limit(0){id}}", 100),
        ("business_discovery.username(cristiano){media.limit(x){id}}", 100),
        ("business_discovery.username(cristiano){media.after(nonsense){id}}", 100),
        ("followers", 100),
    ],
)
async def test_a_wrong_request_is_told_in_the_error_envelope(caller: Caller, fields: str, code: int) -> None:
    answer = await caller.graph(fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_another_users_id_is_refused(caller: Caller) -> None:
    answer = await caller.discover("cristiano", own_id="17841400000000002")
    assert (answer.status_code, answer.json()["error"]["error_subcode"]) == (400, 33)


@pytest.mark.parametrize(("token", "code"), [("", 104), ("someone-elses-token", 190)])
async def test_a_missing_or_unknown_token_is_refused(caller: Caller, token: str, code: int) -> None:
    answer = await caller.discover("cristiano", token=token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("state", "valid", "served"),
    [
        ("expired", False, False),
        ("revoked", False, False),
        ("data_access_expired", True, True),
        ("missing_scope", True, True),
    ],
)
async def test_debugging_a_token_tells_its_state(
    caller: Caller, state: str, valid: bool, served: bool
) -> None:
    await caller.order("credentials", source="graphapi", credential="sandbox-graph-token-2", state=state)
    query = {"input_token": "sandbox-graph-token-2", "access_token": TOKEN}
    data = (await caller.client.get("/graph.facebook.com/v15.0/debug_token", params=query)).json()["data"]
    assert data["is_valid"] is valid
    assert ("instagram_manage_insights" in data["scopes"]) is (state != "missing_scope")
    assert (data["data_access_expires_at"] < time.time()) is (state == "data_access_expired")
    answer = await caller.discover("cristiano", token="sandbox-graph-token-2", own_id="17841400000000002")
    assert (answer.status_code == 200) is served


async def test_an_unknown_token_is_told_invalid(caller: Caller) -> None:
    query = {"input_token": "someone-elses-token", "access_token": TOKEN}
    data = (await caller.client.get("/graph.facebook.com/v15.0/debug_token", params=query)).json()["data"]
    assert data["is_valid"] is False
    assert data["error"]["code"] == 190


async def test_the_limit_is_200_an_hour_for_each_token(caller: Caller, world: World, clock: object) -> None:
    statuses = [(await caller.discover("cristiano")).status_code for _ in range(201)]
    assert statuses == [200] * 200 + [403]
    refused = await caller.discover("cristiano")
    assert refused.json()["error"]["code"] == 4
    assert '"call_count":100' in refused.headers["x-app-usage"]
    assert '"estimated_time_to_regain_access":60' in refused.headers["x-business-use-case-usage"]
    other = await caller.discover("cristiano", token="sandbox-graph-token-2", own_id="17841400000000002")
    assert other.status_code == 200
    clock.now += 3600  # type: ignore[attr-defined]
    assert (await caller.discover("cristiano")).status_code == 200
