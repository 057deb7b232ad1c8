"""No parameter of the API becomes a part of a statement: what looks like SQL finds nothing, breaks nothing and widens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.integration.api.published_tables import publish

from upbeat.api.published.catalogue import RESOURCES
from upbeat.settings import Settings
from upbeat.stores.postgres import connect

HOSTILE = (
    "x' OR 'x'='x", "x'; DROP TABLE app.leaderboard; --", "x') OR 1=1 --", 'x" OR "x"="x', "x' UNION SELECT secret_hash FROM beat.api_key --",
    "%(account)s", "{column}", "%s%s%%", "$1", "\\'; SELECT 1 --", "x/**/OR/**/1=1", "ｘ＇ OR 1=1",
)  # fmt: skip
ROW = {"platform": "INSTAGRAM"}
FITS = {"platform": "INSTAGRAM", "kind": "profile_picture", "resource": "leaderboard"}


@pytest.fixture
def published(settings: Settings) -> None:
    """A row in every table, which what is asked below does not fit: its texts are `x`, but for the platform."""
    for name, columns in {one.plan_name: one.columns for one in RESOURCES.values()}.items():
        publish(settings, name, [ROW if "platform" in columns else {}])


def reads(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Path, operation and parameter of each GET that has a place for a text in its path or query."""
    for path, ways in spec["paths"].items():
        for one in ways.get("get", {}).get("parameters", []):
            if one["in"] in ("path", "query"):
                yield path, ways["get"], one["name"]


def asked(path: str, operation: dict[str, Any], name: str, text: str) -> tuple[str, dict[str, str]]:
    """The request with the text in one parameter, and in the others what fits."""
    from urllib.parse import quote

    query: dict[str, str] = {}
    for one in operation["parameters"]:
        value = text if one["name"] == name else FITS.get(one["name"].lower(), "x")
        value = value.lower() if "/lookups/" in path and one["name"] == "platform" else value
        if one["in"] == "path":
            value = "1" if one["name"].endswith(("task_id", "credential_id")) and value == "x" else value
            path = path.replace(f"{{{one['name']}}}", quote(value, safe=""))
        elif one["in"] == "query" and (one["required"] or one["name"] == name):
            query[one["name"]] = value
    return path, query


async def test_what_looks_like_sql_in_any_filter_sort_cursor_search_or_path_finds_nothing(
    published: None, client: httpx.AsyncClient, settings: Settings
) -> None:
    spec = (await client.get("/v1/openapi.json")).json()
    reached: set[int] = set()
    places = list(reads(spec))
    for number, (path, operation, name) in enumerate(places):
        # Each place gets two of them, every one stands in many places.
        for text in (HOSTILE[number % len(HOSTILE)], HOSTILE[(number + 5) % len(HOSTILE)]):
            address, query = asked(path, operation, name, text)
            answer = await client.get(address, params=query)
            assert answer.status_code in (200, 400, 404, 422), (address, query, answer.text)
            reached.add(answer.status_code)
            if answer.status_code == 200:
                assert not answer.json()["data"], (address, query, answer.text)
    assert reached == {200, 400, 404, 422}
    assert len(places) > 200
    with connect(settings) as connection:
        (row,) = connection.execute("SELECT count(*) AS n FROM app.leaderboard").fetchall()
    assert row["n"] == 1


async def test_a_body_that_looks_like_sql_is_stored_as_what_it_is(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    for number, text in enumerate(HOSTILE):
        body = {"campaign_id": f"c-{number}", "name": text, "status": "DRAFT", "brand": text}
        made = await client.post("/v1/campaigns", json=body)
        assert made.status_code == 201, made.text
        read = (await client.get(f"/v1/campaigns/c-{number}")).json()["data"]
        assert (read["name"], read["brand"]) == (text, text)
        task = await client.post(
            "/v1/scrape-requests",
            json={"flow": "instagram.hashtag_posts", "params": {"hashtag": text}, "idempotency_key": text},
        )
        assert task.status_code in (202, 422), task.text
    with connect(settings) as connection:
        (row,) = connection.execute("SELECT count(*) AS n FROM coffee.campaign").fetchall()
    assert row["n"] == len(HOSTILE)
