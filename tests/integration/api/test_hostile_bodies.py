"""Bodies that break readers: each is refused with a 4xx in one line, and nothing of it is stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from upbeat.settings import Settings
from upbeat.stores.postgres import connect

DEEP = b'{"a":' * 100_000
BODIES = {
    "packed": gzip.compress(bytes(10_000_000)),
    "deep": DEEP + b"1" + b"}" * 100_000,
    "deep and open": DEEP,
    "a deep list": b"[" * 300_000,
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "a number of ten thousand digits": b'{"priority": ' + b"9" * 10_000 + b"}",
    "a number beyond a float": b'{"priority": 1e999}',
    "no number": b'{"priority": NaN}',
    "two documents": b"{}{}",
    "nothing": b"",
    "a text": b'"x"',
    "null": b"null",
}
WRITES = (
    "/v1/campaigns", "/v1/collections", "/v1/profile-lists", "/v1/scrape-requests", "/v1/scrape-requests/batch", "/v1/credentials",
    "/v1/events",
)  # fmt: skip
TABLES = (
    "beat.scrape_request_log", "beat.credential", "beat.outbox", "beat.inbox", "beat.audit_log", "beat.api_request", "coffee.campaign",
    "coffee.collection", "coffee.profile_list",
)  # fmt: skip


def rows(settings: Settings) -> int:
    with connect(settings) as connection:
        counts = [f"(SELECT count(*) FROM {table})" for table in TABLES]
        (row,) = connection.execute(f"SELECT {' + '.join(counts)} AS n".encode()).fetchall()
    return int(row["n"])


def bodies_with(text: str) -> Iterator[tuple[str, Any]]:
    """Bodies of each write with this text wherever one may stand: as a value, and as a name."""
    member = [{"platform": "INSTAGRAM", "handle": text}]
    task = {"flow": "instagram.hashtag_posts", "params": {"hashtag": text}}
    event = {"event_id": text, "name": text, "user_id": text, "properties": {}, "at": "2026-11-20T09:30:00Z"}
    values = {
        "/v1/campaigns": {"campaign_id": "a", "name": text, "status": "DRAFT", "brand": text, "account_id": text},
        "/v1/collections": {"collection_id": "a", "kind": "PROFILES", "name": text, "members": member},
        "/v1/profile-lists": {"profile_list_id": "a", "name": text, "members": member},
        "/v1/scrape-requests": task | {"account_id": text, "idempotency_key": text},
        "/v1/scrape-requests/batch": {"requests": [task | {"flow": text}]},
        "/v1/credentials": {"source": "graphapi", "credentials": {"token": text, "user_id": text}, "handle": text},
        "/v1/events": {"events": [{"id": text, "kind": "api_event", "payload": event}]},
    }  # fmt: skip
    yield from values.items()
    named = {text: 1}
    member = [{"platform": "INSTAGRAM", "handle": "natgeo"} | named]
    event = {"event_id": "e", "name": "n", "user_id": "u", "properties": named, "at": "2026-11-20T09:30:00Z"}
    yield "/v1/campaigns", {"campaign_id": "a", "name": "a", "status": "DRAFT"} | named
    yield "/v1/collections", {"collection_id": "a", "kind": "PROFILES", "name": "a", "members": member}
    yield "/v1/profile-lists", {"profile_list_id": "a", "name": "a", "members": member}
    yield "/v1/scrape-requests", {"flow": "instagram.hashtag_posts", "params": {"hashtag": "a"} | named}
    yield "/v1/scrape-requests/batch", {"requests": [{"flow": "instagram.hashtag_posts"} | named]}
    yield "/v1/credentials", {"source": "graphapi", "credentials": {"token": "a", "user_id": "1"} | named}
    yield "/v1/events", {"events": [{"id": "e", "kind": "api_event", "payload": event}]}


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_a_body_that_no_reader_should_take_is_refused_in_one_line(
    coding: str, client: httpx.AsyncClient, settings: Settings
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    for path in WRITES:
        for name, body in BODIES.items():
            answer = await client.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, name, answer.text)
            detail = answer.json()["detail"]
            assert detail, (path, name)
            assert "\n" not in detail, (path, name)
            assert len(answer.content) < 20_000, (path, name)
    assert rows(settings) == 0


@pytest.mark.parametrize(
    "text", ["\ud800", "a\x00b", "\udfff\ud800x"], ids=["half a letter", "NUL", "two halves"]
)
async def test_a_text_that_no_database_holds_is_refused_wherever_it_stands(
    text: str, client: httpx.AsyncClient, settings: Settings
) -> None:
    for path, body in bodies_with(text):
        # `json` writes half a letter as `\\ud800`, which is JSON, and no text.
        answer = await client.post(
            path, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json()["detail"], path
    assert rows(settings) == 0
