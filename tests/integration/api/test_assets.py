"""Assets over HTTP: the list, the stable name, the bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest

from upbeat.sandbox.media_bytes import jpeg, mp4
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import transaction
from upbeat.web import create_web

KEY = f"ab/{'ab' * 32}.jpg"
FILM = f"cd/{'cd' * 32}.mp4"


@pytest.fixture
def kept(settings: Settings) -> Settings:
    """Three assets of two posts and a profile; the objects are there."""
    store = ObjectStore(settings, settings.s3_assets_bucket)
    store.put(KEY, jpeg("a"))
    store.put(FILM, mp4("a") * 300)
    with transaction(settings) as connection:
        for key, kind in ((KEY, "image/jpeg"), (FILM, "video/mp4")):
            _insert(connection, "asset_object", object_key=key, content_type=kind, size_bytes=9)
        common = {"source_url_hash": "x", "source": "test", "observed_at": "2026-11-22T12:00:00Z"}
        stored = {**common, "status": "stored", "content_type": "image/jpeg", "size_bytes": 9}
        _insert(connection, "asset", platform="INSTAGRAM", subject_kind="post_media", subject_id="1", profile_id="7", object_key=KEY,
                cdn_url=f"/assets/{KEY}", **stored)  # fmt: skip
        _insert(connection, "asset", platform="INSTAGRAM", subject_kind="profile_picture", subject_id="7", profile_id="7", object_key=KEY,
                cdn_url=f"/assets/{KEY}", **stored)  # fmt: skip
        _insert(connection, "asset", platform="YOUTUBE", subject_kind="thumbnail", subject_id="dQw4w9WgXcQ", status="failed",
                error="too large", **common)  # fmt: skip
    return settings


def _insert(connection: psycopg.Connection[object], table: str, **columns: object) -> None:
    names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
    connection.execute(f"INSERT INTO beat.{table} ({names}) VALUES ({values})".encode(), columns)


@asynccontextmanager
async def _other_api(settings: Settings, headers: httpx.Headers) -> AsyncIterator[httpx.AsyncClient]:
    app = create_web(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://upbeat.test", headers=headers
    ) as client:
        yield client
    await app.state.upbeat.close()


async def test_assets_are_listed_page_by_page_and_found_by_their_stable_name(
    kept: Settings, client: httpx.AsyncClient, make_api_key: Callable[..., str]
) -> None:
    first = (await client.get("/v1/assets", params={"limit": 2})).json()
    second = (await client.get("/v1/assets", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["subject_id"] for one in first["data"] + second["data"]] == ["1", "7", "dQw4w9WgXcQ"]
    assert (second["next"], first["freshness"]) == (None, {"observed_at": "2026-11-22T12:00:00Z"})
    only = (
        await client.get(
            "/v1/assets", params={"status": "failed", "platform": "YOUTUBE", "kind": "thumbnail"}
        )
    ).json()
    assert [one["error"] for one in only["data"]] == ["too large"]
    assert (await client.get("/v1/assets", params={"profile_id": "8"})).json()["data"] == []
    one = (await client.get("/v1/assets/INSTAGRAM/profile_picture/7")).json()
    assert one["data"]["url"] == f"/assets/{KEY}"
    behind = kept.model_copy(update={"asset_base_url": "https://cdn.example/"})
    async with _other_api(behind, client.headers) as other:
        urls = [row["url"] for row in (await other.get("/v1/assets")).json()["data"]]
    assert urls == [f"https://cdn.example/{KEY}"] * 2 + [None], "behind the CDN of today"
    refused = {
        "/v1/assets/INSTAGRAM/profile_picture/8": 404,
        "/v1/assets/TIKTOK/profile_picture/7": 422,
        "/v1/assets/INSTAGRAM/portrait/7": 422,
        "/v1/assets/INSTAGRAM/thumbnail/a%00b": 422,
        "/v1/assets?limit=0": 422,
        "/v1/assets?limit=500": 422,
        "/v1/assets?platform=x": 422,
        f"/v1/assets?status=stored&cursor={first['next']}": 400,
    }
    assert {path: (await client.get(path)).status_code for path in refused} == refused
    for headers, status in (({"X-API-Key": ""}, 401), ({"X-API-Key": make_api_key(["lookup"])}, 403)):
        assert (await client.get("/v1/assets", headers=headers)).status_code == status


async def test_the_bytes_are_served_to_anybody_for_good(kept: Settings, client: httpx.AsyncClient) -> None:
    del client.headers["X-API-Key"]
    answer = await client.get(f"/assets/{KEY}")
    assert (answer.status_code, answer.content) == (200, jpeg("a"))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    film = await client.get(f"/assets/{FILM}")
    assert (film.headers["content-type"], film.content) == ("video/mp4", mp4("a") * 300)
    assert int(film.headers["content-length"]) == len(film.content) > 1 << 17
    tag = answer.headers["etag"]
    for told in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await client.get(f"/assets/{KEY}", headers={"If-None-Match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get(f"/assets/{KEY}", headers={"If-None-Match": '"x"'})).status_code == 200
    head = await client.head(f"/assets/{KEY}")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(jpeg("a"))))


NO_KEYS = (
    f"ff/{'ff' * 32}.jpg", f"ab/{'ab' * 32}.svg", f"cd/{'ab' * 32}.jpg", f"ab/{'AB' * 32}.jpg", f"ab/{'ab' * 32}.jpg/", f"ab//{'ab' * 32}.jpg",
    "", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", f"ab/..%2fab/{'ab' * 32}.jpg", f"ab/{'ab' * 32}.jpg%00",
    f"ab/{'ab' * 32}.jpg%0a", "a" * 3_000,
)  # fmt: skip


async def test_what_is_no_key_is_not_found_and_never_looked_for(
    kept: Settings, client: httpx.AsyncClient
) -> None:
    for key in NO_KEYS:
        answer = await client.get(f"/assets/{key}")
        told = (answer.status_code, answer.headers["content-type"])
        assert told == (404, "application/problem+json"), key


async def test_s3_away_is_told_as_such(kept: Settings) -> None:
    away = kept.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    async with _other_api(away, httpx.Headers()) as other:
        answer = await other.get(f"/assets/{KEY}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
