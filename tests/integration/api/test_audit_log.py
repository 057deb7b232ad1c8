"""Every write of the API leaves a line in the audit log, in its own transaction, or has a reason not to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.integration.api.conftest import MakeKey

from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.instagram_graphapi import TOKENS, own_user_id
from upbeat.settings import Settings
from upbeat.stores.postgres import connect

SECRET = TOKENS[0]
LIST = {"name": "n", "members": [{"platform": "INSTAGRAM", "handle": "natgeo"}]}
MEMBERS = {"add": [{"platform": "INSTAGRAM", "handle": "nasa"}]}
TASK = {"flow": "instagram.profile_by_handle", "params": {"handle": "natgeo"}}
EVENT = {
    "id": "e-1",
    "kind": "api_event",
    "payload": {
        "event_id": "e-1", "name": "opened", "user_id": "u", "properties": {}, "at": "2026-11-20T09:30:00Z",
    },
}  # fmt: skip
KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "campaigns": ("campaign", {"name": "n", "status": "ACTIVE"}, "profiles"),
    "collections": ("collection", {**LIST, "kind": "PROFILES"}, "members"),
    "profile-lists": ("profile_list", LIST, "members"),
}


def writes() -> Iterator[tuple[str, str, Any, str]]:
    """Method, path as the description has it, body, and the action of the line: in an order in which each can be done."""
    for path, (name, body, members) in KINDS.items():
        yield "POST", f"/v1/{path}", body | {f"{name}_id": "one"}, f"{name}.create"
        yield "PATCH", f"/v1/{path}/{{entity_id}}", {"name": "other"}, f"{name}.change"
        yield "POST", f"/v1/{path}/{{entity_id}}/{members}", MEMBERS, f"{name}.change"
        yield "PUT", f"/v1/{path}/{{entity_id}}", body, f"{name}.replace"
        yield "DELETE", f"/v1/{path}/{{entity_id}}", None, f"{name}.delete"
    yield "POST", "/v1/scrape-requests", TASK, "scrape_request.add"
    yield "POST", "/v1/scrape-requests/{task_id}/cancel", None, "scrape_request.cancel"
    yield "POST", "/v1/scrape-requests/batch", {"requests": [TASK]}, "scrape_request.add"
    yield "DELETE", "/v1/scrape-requests/{task_id}", None, "scrape_request.cancel"
    credential = {"source": "graphapi", "credentials": {"token": SECRET, "user_id": own_user_id(SECRET)}}
    yield "POST", "/v1/credentials", credential, "credential.add"
    yield "PATCH", "/v1/credentials/{credential_id}", {"enabled": False}, "credential.disable"
    yield "POST", "/v1/credentials/{credential_id}/validate", None, "credential.validate"
    yield "DELETE", "/v1/credentials/{credential_id}", None, "credential.delete"
    yield "POST", "/v1/events", {"events": [EVENT]}, "event.add"
    yield "POST", "/health/drain", None, "health.drain"
    yield "DELETE", "/health/drain", None, "health.end_drain"


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(settings.sandbox_url(), timeout=240) as control:
        control.reset()
        yield control
        control.reset()


def lines(settings: Settings) -> list[dict[str, Any]]:
    with connect(settings) as connection:
        return connection.execute("SELECT * FROM beat.audit_log ORDER BY audit_id").fetchall()


async def test_every_write_of_the_description_is_noted_with_who_did_it_and_no_secret(
    client: httpx.AsyncClient, settings: Settings, sandbox: SandboxControl
) -> None:
    spec = (await client.get("/v1/openapi.json")).json()
    told = {(way.upper(), path) for path, ways in spec["paths"].items() for way in ways if way != "get"}
    assert {(method, path) for method, path, *_ in writes()} == told
    key_id = client.headers["X-API-Key"].split("_")[1]
    numbers = {"entity_id": "one", "task_id": "0", "credential_id": "0"}

    for method, path, body, action in writes():
        before = len(lines(settings))
        answer = await client.request(
            method, path.format(**numbers), json=body, headers={"If-Match": "*", "X-Request-ID": "r-1"}
        )
        assert answer.is_success, (method, path, answer.text)
        made = answer.json()["data"] if answer.content and "data" in answer.json() else {}
        made = made[0] if isinstance(made, list) else made
        if path.startswith("/v1/scrape-requests"):
            numbers["task_id"] = str(made["id"])
        elif path == "/v1/credentials":
            numbers["credential_id"] = str(made["id"])
        new = lines(settings)[before:]
        assert [(one["action"], one["actor"], one["request_id"]) for one in new] == [
            (action, f"key:{key_id}", "r-1")
        ], (method, path)
    assert SECRET not in str(lines(settings))


async def test_what_was_refused_leaves_no_line(
    client: httpx.AsyncClient, settings: Settings, make_api_key: MakeKey
) -> None:
    reader = {"X-API-Key": make_api_key(["read"])}
    for method, path, body, _ in writes():
        address = path.format(entity_id="none", task_id="9", credential_id="9")
        refused = await client.request(method, address, json=body, headers=reader | {"If-Match": "*"})
        assert refused.status_code == 403, (method, path)
        unknown = await client.request(method, address, json=body, headers={"X-API-Key": "upb_x_y"})
        assert unknown.status_code == 401, (method, path)
        if body is not None:
            wrong = await client.request(method, address, json={"surprise": 1}, headers={"If-Match": "*"})
            assert wrong.status_code in (404, 422), (method, path, wrong.text)
    assert lines(settings) == []
