"""Bodies that break readers: each is refused with a 4xx in one line, and nothing of it is stored."""

from __future__ import annotations

import gzip
import json
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


def bodies_with(text: str) -> dict[str, Any]:
    """A body of each write with this text wherever one may stand."""
    member = [{"platform": "INSTAGRAM", "handle": text}]
    task = {"flow": "instagram.hashtag_posts", "params": {"hashtag": text}}
    event = {"event_id": text, "name": text, "user_id": text, "properties": {}, "at": "2026-11-20T09:30:00Z"}
    return {
        "/v1/campaigns": {"campaign_id": "a", "name": text, "status": "DRAFT", "brand": text, "account_id": text},
        "/v1/collections": {"collection_id": "a", "kind": "PROFILES", "name": text, "members": member},
        "/v1/profile-lists": {"profile_list_id": "a", "name": text, "members": member},
        "/v1/scrape-requests": task | {"account_id": text, "idempotency_key": text},
        "/v1/scrape-requests/batch": {"requests": [task | {"flow": text}]},
        "/v1/credentials": {"source": "graphapi", "credentials": {"token": text, "user_id": text}, "handle": text},
        "/v1/events": {"events": [{"id": text, "kind": "api_event", "payload": event}]},
    }  # fmt: skip


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
    for path, body in bodies_with(text).items():
        # `json` writes half a letter as `\\ud800`, which is JSON, and no text.
        answer = await client.post(
            path, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json()["detail"], path
    assert rows(settings) == 0
