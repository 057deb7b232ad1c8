"""Events in: checked as the sink would, stored once, told by their index where they cannot be."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from tests.integration.api.conftest import MakeKey

from upbeat.api.events.routes import EXAMPLE
from upbeat.events.consumers import load_consumers
from upbeat.events.examples import examples
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

PATH = "/v1/events"
PAYLOAD = EXAMPLE["events"][0]["payload"]
OWNERS = Path(__file__).parents[3] / "include/sql/postgres/0019_event_ids_of_callers.sql"


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"event-{number}", "kind": "api_event", "payload": PAYLOAD, **more}


def text_of(events: list[Any]) -> str:
    """A body, with a number that only Postgres refuses."""
    turned = [dict(reversed(one.items())) if isinstance(one, dict) else one for one in events]
    return json.dumps({"events": turned}).replace('"HUGE"', "1e400000")


def outbox(settings: Settings) -> list[dict[str, Any]]:
    with transaction(settings) as connection:
        statement = b"SELECT kind, key, payload::text AS payload, observed_at FROM beat.outbox ORDER BY id"
        return connection.execute(statement).fetchall()


async def test_good_events_are_stored_once_and_bad_ones_told_by_their_index(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    late_number = PAYLOAD | {"properties": {"number": "HUGE"}}
    bad = [
        event(10, kind="api_evnet"),
        event(11, payload=PAYLOAD | {"at": "yesterday"}),
        event(12, payload=PAYLOAD | {"colour": "red"}),
        event(13, colour="red"),
        event(14, payload=PAYLOAD | {"name": None}),
        event(1, payload=PAYLOAD | {"name": "another under a known id"}),
        event(15, payload=late_number),
        "no event",
        event(16, payload=[]),
    ]
    first = await client.post(PATH, json={"events": [event(1), event(2), event(2)]})
    assert (first.status_code, first.json()) == (202, {"stored": 2, "repeated": 1, "errors": []}), first.text
    second = await client.post(PATH, content=text_of([event(1), *bad, event(3)]))
    assert second.status_code == 202, second.text
    assert (second.json()["stored"], second.json()["repeated"]) == (1, 1)
    assert [one["index"] for one in second.json()["errors"]] == list(range(1, 10))
    assert second.json()["errors"][5]["problem"].startswith("id: another event was sent under it")
    assert second.json()["errors"][0]["problem"].endswith("did you mean api_event?")
    kept = outbox(settings)
    assert [row["key"] for row in kept] == ["event-1", "event-2", "event-3"]
    assert kept[0]["observed_at"].isoformat() == "2026-11-20T09:30:00.125000+00:00"


async def test_the_ids_of_one_sender_keep_no_event_of_another_out(
    client: httpx.AsyncClient, settings: Settings, make_api_key: MakeKey
) -> None:
    def key(account_id: str | None = None) -> dict[str, str]:
        return {"X-API-Key": make_api_key(["events"], account_id=account_id)}

    senders = [key(), key(), key("brand-7"), key("brand-8")]
    for number, sender in enumerate(senders):
        body = {"events": [event(1, payload=PAYLOAD | {"user_id": f"of-{number}"}), event(2)]}
        for answer in ({"stored": 2, "repeated": 0}, {"stored": 0, "repeated": 2}):
            told = await client.post(PATH, json=body, headers=sender)
            assert told.json() == answer | {"errors": []}, "another's are no repeats, the own ones are"
    assert len(outbox(settings)) == 2 * len(senders)

    same = {"events": [event(1, payload=PAYLOAD | {"user_id": "of-2"})]}
    assert (await client.post(PATH, json=same, headers=key("brand-7"))).json()["repeated"] == 1, (
        "all keys of an account are one sender"
    )
    with transaction(settings) as connection:
        listeners = connection.execute(b"SELECT DISTINCT listener FROM beat.inbox ORDER BY 1").fetchall()
    names = [f"api_events:key:{sender['X-API-Key'].split('_')[1]}" for sender in senders[:2]]
    assert [row["listener"] for row in listeners] == sorted(
        ["api_events:account:brand-7", "api_events:account:brand-8", *names]
    )


async def test_ids_that_were_sent_before_they_had_an_owner_are_known_to_the_one_who_sent_them(
    client: httpx.AsyncClient, settings: Settings, make_api_key: MakeKey
) -> None:
    of_account = {"X-API-Key": make_api_key(["events"], account_id="brand-7")}
    bodies = [{"events": [event(number)]} for number in range(2)]
    sent = ((None, bodies[0]), (of_account, bodies[1]))
    for headers, body in sent:
        assert (await client.post(PATH, json=body, headers=headers)).json()["stored"] == 1
    with transaction(settings) as connection:
        connection.execute("UPDATE beat.inbox SET listener = 'api_events'")
        connection.execute(
            "INSERT INTO beat.inbox (listener, message_id, body_hash, received_at, handled_at)"
            " VALUES ('api_events', 'lost', 1, now(), now() - interval '1 day'), ('other', 'not-ours', 1, now(), now())"
        )
        connection.execute(OWNERS.read_bytes())
        left = connection.execute(
            b"SELECT message_id FROM beat.inbox WHERE listener IN ('api_events', 'other') ORDER BY 1"
        ).fetchall()
    assert [row["message_id"] for row in left] == ["lost", "not-ours"]
    for headers, body in sent:
        assert (await client.post(PATH, json=body, headers=headers)).json()["repeated"] == 1
    assert (await client.post(PATH, json=bodies[1])).json()["stored"] == 1, "another's"


async def test_every_kind_of_event_may_be_sent(client: httpx.AsyncClient, settings: Settings) -> None:
    made = [
        b'{"id": "%b", "kind": "%b", "payload": %b}' % (kind.encode(), kind.encode(), one.body)
        for kind, consumer in load_consumers().items()
        for one in examples(consumer, 1)
    ]
    answer = await client.post(PATH, content=b'{"events": [%b]}' % b",".join(made), params={"atomic": "true"})
    assert answer.json() == {"stored": len(made), "repeated": 0, "errors": []}
    assert {row["kind"] for row in outbox(settings)} == set(load_consumers())


async def test_an_atomic_batch_is_stored_whole_or_not_at_all(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    mixed = {"events": [event(1), event(2, payload=PAYLOAD | {"at": 1})]}
    answer = await client.post(PATH, json=mixed, params={"atomic": "true"})
    late = text_of([event(1), event(2, payload=PAYLOAD | {"properties": {"number": "HUGE"}})])
    refused = await client.post(PATH, content=late, params={"atomic": "true"})
    assert (answer.status_code, refused.status_code) == (422, 422), refused.text
    assert answer.json()["errors"][0]["at"] == "body.events.1"
    for body in (
        b"",
        b"[]",
        b"{",
        b'{"events": []}',
        b'{"events": [1]}',
        b'{"events": [], "more": 1}',
        b"\xff",
    ):
        assert (await client.post(PATH, content=body)).status_code == 422
    assert (await client.post(PATH, json={"events": [event(1)] * 1001})).status_code == 422
    assert outbox(settings) == []
    with transaction(settings) as connection:
        assert connection.execute(b"SELECT FROM beat.inbox").fetchall() == []
        assert connection.execute(b"SELECT FROM beat.audit_log").fetchall() == []
    assert (await client.post(PATH, json={"events": [event(1)]})).json()["stored"] == 1, (
        "an id is used by what is stored"
    )


async def test_repeats_that_come_together_wait_for_each_other_and_for_nothing_else(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    with transaction(settings) as connection:
        # Threads and transactions that wait for each other would do so for ever: Postgres does not see the threads.
        database = settings.postgres_dsn().rpartition("/")[2].partition("?")[0]
        connection.execute(f"ALTER DATABASE \"{database}\" SET lock_timeout = '20s'".encode())
    with ThreadPoolExecutor(2) as few_threads:
        asyncio.get_running_loop().set_default_executor(few_threads)
        answers = await asyncio.gather(
            *[client.post(PATH, json={"events": [event(1), event(2)]}) for _ in range(6)]
        )
    assert [answer.status_code for answer in answers] == [202] * 6
    assert sum(answer.json()["stored"] for answer in answers) == 2
    assert len(outbox(settings)) == 2


async def test_of_a_full_batch_one_event_that_postgres_refuses_costs_itself_alone(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    events = [event(number) for number in range(1000)]
    events[617] = event(617, payload=PAYLOAD | {"properties": {"number": "HUGE"}})
    answer = await client.post(PATH, content=text_of(events))
    assert (answer.status_code, answer.json()["stored"]) == (202, 999), answer.text
    assert [one["index"] for one in answer.json()["errors"]] == [617]
    assert [row["key"] for row in outbox(settings)] == [f"event-{n}" for n in range(1000) if n != 617]
