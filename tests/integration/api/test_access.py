"""Who may call the API, and how often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.integration.api.conftest import MakeKey

from upbeat.api import key_cache, keys
from upbeat.api.access import split_key
from upbeat.settings import Settings
from upbeat.stores.postgres import connect

DOCUMENT = "/v1/openapi.json"


def headers(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


async def problem(client: httpx.AsyncClient, key: str, path: str = DOCUMENT) -> tuple[int, str]:
    answer = await client.get(path, headers=headers(key))
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


async def test_only_a_key_that_is_known_and_valid_is_let_in(
    client: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    known = make_api_key(["read"])
    expired = make_api_key(["read"], expires_at=datetime.now(UTC) - timedelta(seconds=1))
    key_id = known.split("_")[1]

    assert (await client.get(DOCUMENT, headers=headers(known))).status_code == 200
    assert await problem(client, f"upb_{key_id}_{'0' * 64}") == (401, "the API key is not known")
    assert await problem(client, f"upb_{'z' * 12}_{'0' * 64}") == (401, "the API key is not known")
    # Who did send something, a part of a key perhaps, is not told to send a key.
    assert await problem(client, known[:-1]) == (
        401,
        "what was sent as API key is none: send all of it, upb_…, as it was shown once",
    )
    for text in ("", "upb", known[:-1], known.upper(), "upb_ü_x", f"{known}_1"):
        assert (await client.get(DOCUMENT, headers=[(b"x-api-key", text.encode())])).status_code == 401
    status, line = await problem(client, expired)
    assert (status, line.startswith("the API key"), "has expired" in line) == (401, True, True)


async def test_a_key_may_come_as_a_bearer_token(client: httpx.AsyncClient, make_api_key: MakeKey) -> None:
    key = make_api_key(["read"])
    del client.headers["X-API-Key"]

    good = await client.get(DOCUMENT, headers={"Authorization": f"Bearer {key}"})
    basic = await client.get(DOCUMENT, headers={"Authorization": f"Basic {key}"})

    assert (good.status_code, basic.status_code) == (200, 401)


async def test_a_scope_that_is_missing_is_named(client: httpx.AsyncClient, make_api_key: MakeKey) -> None:
    key = make_api_key(["read"])

    assert await problem(client, key, "/metrics") == (
        403,
        f"the key {key.split('_')[1]} lacks the scope `operations`",
    )


async def test_a_revoked_key_is_refused_as_soon_as_it_is_not_fresh_any_more(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.create(settings, "leaver", ["read"])
    monkeypatch.setattr(key_cache, "FRESH_SECONDS", 0.0)
    assert (await client.get(DOCUMENT, headers=headers(key.text))).status_code == 200

    assert keys.revoke(settings, key.key_id)
    assert not keys.revoke(settings, key.key_id)

    assert await problem(client, key.text) == (401, f"the API key {key.key_id} was revoked")


async def test_a_key_above_its_rate_is_told_when_it_may_ask_again(
    client: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    key = make_api_key(["read"], rate="3/min")

    answers = [await client.get(DOCUMENT, headers=headers(key)) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers[:4]] == [
        f'"key";r={left}' for left in (2, 1, 0, 0)
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=60'
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert (await client.get(DOCUMENT)).status_code == 200  # another key


async def test_the_minute_of_the_last_use_is_noted_and_the_audit_log_tells_who_made_a_key(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_cache, "NOTE_SECONDS", 0.01)
    key = keys.create(settings, " dashboard ", ["read", "read"], rate="5/s")
    began = datetime.now(UTC)
    await asyncio.gather(*(client.get(DOCUMENT, headers=headers(key.text)) for _ in range(3)))
    ended = datetime.now(UTC)
    used = None
    async with asyncio.timeout(240):
        while used is None:
            await asyncio.sleep(0.05)
            (used,) = [one.last_used_at for one in keys.list_keys(settings) if one.key_id == key.key_id]
    with connect(settings) as connection:
        (line,) = connection.execute("SELECT * FROM beat.audit_log").fetchall()
        (kept,) = connection.execute("SELECT * FROM beat.api_key WHERE key_id = %s", (key.key_id,)).fetchall()

    assert (used.second, used.microsecond) == (0, 0)
    assert began.replace(second=0, microsecond=0) <= used <= ended
    assert (kept["name"], kept["scopes"], kept["rate"]) == ("dashboard", ["read"], "5/s")
    assert (line["action"], line["resource_id"]) == ("api_key.create", key.key_id)
    parts = split_key(key.text)
    assert parts is not None
    assert parts[1] not in str(line) + str(kept)
