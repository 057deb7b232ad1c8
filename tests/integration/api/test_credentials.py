"""Credentials over the API: written, switched, validated and deleted; their secrets are never told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.integration.api.conftest import MakeKey

from upbeat.credentials import CredentialCipher, store
from upbeat.listeners.credentials import CredentialPlan, Credentials
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.instagram_graphapi import TOKENS, own_user_id
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

PATH = "/v1/credentials"
SECRET = "a-secret-that-nobody-may-see-again"
TOKEN = TOKENS[0]
GRAPH = {
    "source": "graphapi",
    "credentials": {"token": TOKEN, "user_id": own_user_id(TOKEN)},
    "handle": "natgeo",
}


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(settings.sandbox_url(), timeout=240) as control:
        control.reset()
        control.lift_limits()
        yield control
        control.reset()


async def test_a_credential_is_stored_encrypted_replaced_switched_validated_and_deleted(
    client: httpx.AsyncClient, settings: Settings, sandbox: SandboxControl
) -> None:
    made = await client.post(PATH, json=GRAPH | {"credentials": GRAPH["credentials"] | {"token": SECRET}})
    assert made.status_code == 201, made.text
    found = made.json()["data"]
    assert (found["name"], found["state"], found["needs_validation"]) == (
        f"graphapi:{own_user_id(TOKEN)}", "usable", True,
    )  # fmt: skip
    refused = await client.post(f"{PATH}/{found['id']}/validate")
    assert refused.json()["data"]["validity"] == "invalid", refused.text
    replaced = await client.post(PATH, json=GRAPH)
    valid = await client.post(f"{PATH}/{found['id']}/validate")
    assert (replaced.status_code, replaced.json()["data"]["id"]) == (200, found["id"])
    assert valid.json()["data"] == {"id": found["id"], "validity": "valid", "reason": ""}
    off = await client.patch(f"{PATH}/{found['id']}", json={"enabled": False})
    listed = await client.get(PATH, params={"source": "graphapi"})
    assert off.json()["data"]["state"] == "disabled"
    assert listed.json()["data"] == [off.json()["data"]]
    with transaction(settings) as connection:
        stored = connection.execute(b"SELECT credentials FROM beat.credential").fetchall()
        assert CredentialCipher(settings).decrypt(bytes(stored[0]["credentials"])) == GRAPH["credentials"]
        lines = connection.execute(
            b"SELECT action, detail::text AS detail FROM beat.audit_log ORDER BY audit_id"
        )
        told = list(lines)
    assert [line["action"] for line in told] == [
        "credential.add", "credential.validate", "credential.replace", "credential.validate", "credential.disable",
    ]  # fmt: skip
    everything = "".join(
        [*(line["detail"] for line in told), made.text, refused.text, replaced.text, listed.text]
    )
    assert SECRET not in everything
    assert TOKEN not in everything
    assert (await client.delete(f"{PATH}/{found['id']}")).status_code == 204
    for answer in (
        await client.get(f"{PATH}/{found['id']}"),
        await client.delete(f"{PATH}/{found['id']}"),
        await client.patch(f"{PATH}/{found['id']}", json={"enabled": True}),
        await client.post(f"{PATH}/{found['id']}/validate"),
    ):
        assert answer.status_code == 404


async def test_what_a_source_does_not_take_is_refused_without_a_word_of_the_secret(
    client: httpx.AsyncClient, settings: Settings, make_api_key: MakeKey
) -> None:
    bad = [
        {"source": "nobody", "credentials": {"key": SECRET}},
        {"source": "graphapi", "credentials": {"key": SECRET}},
        {"source": "graphapi", "credentials": {"user_id": SECRET}},
        {"source": "graphapi", "credentials": {"user_id": SECRET}, "enabled": True},
        {"source": "graphapi", "credentials": {"token": f"{SECRET}\n", "user_id": "1"}},
        {"source": "graphapi", "credentials": SECRET},
        {"source": "graphapi", "credentials": {"token": [SECRET], "user_id": "1"}},
        GRAPH | {SECRET: 1},
        GRAPH | {"handle": "a\x00b"},
    ]
    for body in bad:
        answer = await client.post(PATH, json=body)
        assert answer.status_code == 422, answer.text
        assert SECRET not in answer.text or SECRET in body, "the name of a field is told, no value"
    with transaction(settings) as connection:
        assert connection.execute(b"SELECT FROM beat.credential").fetchall() == []
    own = {"X-API-Key": make_api_key(["credentials"], account_id="brand-7")}
    assert (await client.get(PATH, headers=own)).status_code == 403


async def test_a_switch_is_noted_as_an_event_and_no_older_message_undoes_it(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    handler, ahead = Credentials(settings), datetime.now(UTC) + timedelta(minutes=50)
    stored = (await client.post(PATH, json=GRAPH)).json()["data"]
    plan = CredentialPlan(
        key=stored["name"], source="graphapi", changed_at=ahead, handle=None, enabled=True,
        secrets=GRAPH["credentials"] | {"token": SECRET}, data_access_expired=None, revoked=False,
    )  # fmt: skip

    def tell(changed_at: datetime) -> None:
        with transaction(settings) as connection:
            assert handler.apply(connection, [replace(plan, changed_at=changed_at)]) == 0

    tell(ahead)  # the clock of its sender is ahead
    off = await client.patch(f"{PATH}/{stored['id']}", json={"enabled": False})
    tell(ahead)  # delivered once more
    found = (await client.get(f"{PATH}/{stored['id']}")).json()["data"]
    assert (off.json()["data"]["enabled"], found["enabled"]) == (False, False)
    tell(ahead + timedelta(minutes=1))
    assert (await client.get(f"{PATH}/{stored['id']}")).json()["data"]["enabled"] is True
    for enabled in (False, True):
        await client.patch(f"{PATH}/{stored['id']}", json={"enabled": enabled})
    again = await client.post(PATH, json=GRAPH | {"enabled": False})
    assert (again.status_code, again.json()["data"]["enabled"]) == (200, False), "it comes last"
    with transaction(settings) as connection:
        events = connection.execute(b"SELECT event FROM beat.credential_event ORDER BY credential_event_id")
        switches = [row["event"] for row in events if row["event"].endswith("abled")]
        lines = connection.execute(b"SELECT action FROM beat.audit_log ORDER BY audit_id").fetchall()
    assert switches == ["disabled", "enabled", "disabled", "enabled", "disabled"]
    assert [line["action"] for line in lines] == [
        f"credential.{verb}" for verb in ("add", "disable", "disable", "enable", "replace")
    ]


async def test_of_a_change_over_the_api_and_a_message_the_later_one_stands_however_late_it_comes(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    handler, now = Credentials(settings), datetime.now(UTC)
    plan = CredentialPlan(
        key=f"graphapi:{own_user_id(TOKEN)}", source="graphapi", changed_at=now, handle=None, enabled=None,
        secrets=GRAPH["credentials"], data_access_expired=None, revoked=False,
    )  # fmt: skip

    def outdated(changed_at: datetime) -> bool:
        with transaction(settings) as connection:
            return handler.apply(connection, [replace(plan, changed_at=changed_at)]) == 1

    ahead = now + timedelta(minutes=50)
    assert not outdated(ahead), "the clock of its sender is ahead"
    stored = await client.post(PATH, json=GRAPH | {"credentials": GRAPH["credentials"] | {"token": SECRET}})
    assert stored.status_code == 200, stored.text
    assert outdated(ahead)
    assert (await client.delete(f"{PATH}/{stored.json()['data']['id']}")).status_code == 204
    assert outdated(now)
    assert (await client.get(PATH)).json()["data"] == []
    again = await client.post(PATH, json=GRAPH)
    gone = await asyncio.to_thread(store.remove, settings, again.json()["data"]["id"])
    assert (again.status_code, gone, outdated(now)) == (201, None, True), (
        "so it is for the command that removes"
    )
    assert not outdated(ahead + timedelta(minutes=1))
