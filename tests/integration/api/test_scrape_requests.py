"""Scrape requests: queued all or none, followed, listed, and cancelled while nobody has claimed them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest
from tests.integration.api.conftest import MakeKey

from upbeat.api.scrape_requests import service
from upbeat.queue.store import claim
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

PATH = "/v1/scrape-requests"
PROFILE = {"flow": "instagram.profile_by_handle", "params": {"handle": "@NatGeo"}}


def rows(settings: Settings, statement: str) -> list[dict[str, Any]]:
    with transaction(settings) as connection:
        return connection.execute(statement.encode()).fetchall()


async def test_one_request_is_queued_once_whatever_is_sent_again(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = PROFILE | {"priority": 7, "idempotency_key": "mine"}
    first = await client.post(PATH, json=body, headers={"Idempotency-Key": "k1"})
    replay = await client.post(PATH, json=body, headers={"Idempotency-Key": "k1"})
    reused = await client.post(PATH, json=PROFILE, headers={"Idempotency-Key": "k1"})
    known = await client.post(PATH, json=body)
    another = await client.post(PATH, json=body | {"params": {"handle": "nasa"}})
    assert first.status_code == 202, first.text
    assert first.json()["data"] | {"id": 0, "created_at": ""} == {
        "id": 0, "flow": "instagram.profile_by_handle", "status": "PENDING", "params": {"handle": "natgeo"},
        "priority": 7, "account_id": None, "idempotency_key": "mine", "attempts": 0, "created_at": "",
        "picked_at": None, "ended_at": None, "expires_at": None, "run_after": None, "result": None, "error": None,
    }  # fmt: skip
    assert (replay.json(), replay.headers["location"]) == (first.json(), first.headers["location"])
    assert (reused.status_code, another.status_code, known.json()["added"]) == (409, 409, False)
    assert (await client.get(first.headers["location"])).json()["data"] == first.json()["data"]
    assert len(rows(settings, "SELECT FROM beat.scrape_request_log")) == 1
    assert len(rows(settings, "SELECT FROM beat.audit_log")) == 1


async def test_a_batch_with_one_bad_request_queues_nothing_and_says_which_it_is(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    bad = [
        {"flow": "instagram.profile_by_handel", "params": {"handle": "a"}},
        {"flow": "instagram.profile_by_handle", "params": {"handle": "a b"}},
        {"flow": "instagram.profile_by_handle", "params": {"handel": "a"}},
    ]
    answer = await client.post(f"{PATH}/batch", json={"requests": [PROFILE, *bad]})
    assert answer.status_code == 422
    assert [one["at"] for one in answer.json()["errors"]] == [f"body.requests.{place}" for place in (1, 2, 3)]
    assert "did you mean" in answer.json()["errors"][0]["problem"]
    for body in (PROFILE | {"color": 1}, {"flow": PROFILE["flow"]}, PROFILE | {"priority": "high"}, []):
        assert (await client.post(PATH, json=body)).status_code == 422
    assert answer.json()["detail"].startswith("body.requests.1: ")
    single = await client.post(PATH, json=bad[1])
    assert (single.status_code, "body.requests" in single.text) == (422, False)
    taken = await client.post(
        PATH, json=PROFILE | {"idempotency_key": "lookup:instagram.profile_by_handle:a:15:1"}
    )
    assert (taken.status_code, "look-ups" in taken.text) == (422, True)
    assert (await client.post(f"{PATH}/batch", json={"requests": [PROFILE] * 1001})).status_code == 422
    assert rows(settings, "SELECT FROM beat.scrape_request_log") == []


async def test_tasks_are_listed_by_pages_and_cancelled_unless_somebody_holds_them(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [PROFILE | {"params": {"handle": f"creator{number}"}} for number in range(5)]
    made = (await client.post(f"{PATH}/batch", json={"requests": requests})).json()["data"]
    ids = sorted(one["id"] for one in made)
    connection = await psycopg.AsyncConnection.connect(settings.postgres_dsn(), autocommit=True)
    async with connection:
        (held,) = await claim(connection, {(Platform.INSTAGRAM, "profile_by_handle"): 1}, "test", 60)
    statement = (
        "UPDATE beat.scrape_request_log SET status = 'WAITING', run_after = now() WHERE id = {} RETURNING id"
    )
    assert rows(settings, statement.format(ids[1]))
    claimed = await client.delete(f"{PATH}/{held.id}")
    waiting = await client.delete(f"{PATH}/{ids[1]}")
    pending = await client.post(f"{PATH}/{ids[2]}/cancel")
    again = await client.delete(f"{PATH}/{ids[2]}")
    codes = [answer.status_code for answer in (claimed, waiting, pending, again)]
    assert codes == [409, 200, 200, 409], claimed.text
    assert (pending.json()["data"]["status"], pending.json()["data"]["error"]["class"]) == (
        "FAILED",
        "Cancelled",
    )
    ready = rows(
        settings, "SELECT id FROM beat.task_ready WHERE id = ANY(ARRAY[{}])".format(",".join(map(str, ids)))
    )
    assert {row["id"] for row in ready} <= {*ids[3:], ids[1]}
    told = rows(
        settings, "SELECT payload ->> 'error_class' AS error FROM beat.outbox WHERE kind = 'task_log'"
    )
    assert told == [{"error": "Cancelled"}] * 2

    monkeypatch.setattr(service, "WINDOW", 2)
    found, cursor = [], None
    while True:
        params = {"limit": 3, "status": "PENDING"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(PATH, params=params)).json()
        found += [task["id"] for task in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == sorted(ids[3:], reverse=True)


async def test_a_key_of_one_account_follows_its_own_tasks_alone(
    client: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    own = {"X-API-Key": make_api_key(["scrape"], account_id="brand-7")}
    other = {"X-API-Key": make_api_key(["scrape"], account_id="brand-8")}
    body = PROFILE | {"idempotency_key": "same"}
    mine = (await client.post(PATH, json=body, headers=own)).json()["data"]
    theirs = (await client.post(PATH, json=body, headers=other)).json()["data"]
    assert (mine["account_id"], theirs["account_id"]) == ("brand-7", "brand-8")
    assert (await client.get(f"{PATH}/{mine['id']}", headers=other)).status_code == 404
    assert (await client.delete(f"{PATH}/{mine['id']}", headers=other)).status_code == 404
    listed = (await client.get(PATH, headers=other)).json()["data"]
    assert [task["id"] for task in listed] == [theirs["id"]]
    of_another = await client.get(PATH, params={"account_id": "brand-7"}, headers=other)
    assert (of_another.status_code, of_another.json()["data"]) == (200, [])
    foreign = await client.post(PATH, json=PROFILE | {"account_id": "brand-7"}, headers=other)
    assert foreign.status_code == 403


async def test_of_many_that_ask_for_the_same_task_at_once_one_adds_it(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    body = {"requests": [PROFILE | {"idempotency_key": f"same-{number}"} for number in (3, 1, 2, 1)]}
    answers = await asyncio.gather(*[client.post(f"{PATH}/batch", json=body) for _ in range(6)])
    assert [answer.status_code for answer in answers] == [202] * 6, answers[0].text
    added = [[one["added"] for one in answer.json()["data"]] for answer in answers]
    assert sorted(added) == [[False] * 4] * 5 + [[True, True, True, False]]
    assert len(rows(settings, "SELECT FROM beat.audit_log")) == 1
