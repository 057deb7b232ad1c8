"""What every request gets, and how a process drains."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.integration.api.conftest import MakeKey

from upbeat.api import state
from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.postgres import connect
from upbeat.web import create_web


async def test_an_answer_carries_the_request_id_and_careful_headers(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        named = await client.get("/health/live?", headers={"X-Request-ID": "order-7"})
        odd = await client.get("/v1/nothing", headers={"X-Request-ID": "a b\t"})

    assert named.headers["X-Request-ID"] == "order-7"
    assert len(odd.headers["X-Request-ID"]) == 24
    for answer in (named, odd):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    told = [(line["path"], line["status"]) for line in lines if line["event"] == "request"]
    assert told == [("/health/live", 200), ("/v1/nothing", 404)]


async def test_a_fault_of_ours_is_a_problem_without_its_text_and_counted(
    settings: Settings, make_api_key: MakeKey
) -> None:
    app = create_web(settings)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("a secret of ours")

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        answer = await client.get("/fault")
        counts = await client.get("/metrics", headers={"X-API-Key": make_api_key(["operations"])})
    await app.state.upbeat.close()

    assert (answer.status_code, answer.json()["title"]) == (500, "Internal error")
    assert "secret" not in answer.text
    assert "X-Request-ID" in answer.headers
    assert 'upbeat_api_requests_total{method="GET",route="/fault",status="500"} 1.0' in counts.text
    assert "upbeat_api_requests_under_way 1.0" in counts.text


async def test_a_process_that_drains_is_not_ready_and_serves_on(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    drained = await client.post("/health/drain")
    ready = await client.get("/health/ready")
    live = await client.get("/health/live")
    back = await client.delete("/health/drain")
    again = await client.get("/health/ready")
    with connect(settings) as connection:
        actions = [
            row["action"] for row in connection.execute("SELECT action FROM beat.audit_log ORDER BY 1")
        ]

    assert drained.json() == {"status": "draining", "requests_under_way": 0}
    assert (ready.status_code, ready.json()["title"]) == (503, "Draining")
    assert (live.status_code, live.headers["Connection"]) == (200, "close")
    assert back.json()["status"] == "ready"
    assert (again.status_code, "Connection" in again.headers) == (200, False)
    assert actions == ["health.drain", "health.end_drain"]


async def test_without_postgres_the_api_says_so_and_when_to_ask_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "CONNECTION_SECONDS", 0.5)
    nobody = settings.model_copy(update={"postgres_url": SecretStr("postgresql://u:p@127.0.0.1:1/none")})
    app = create_web(nobody)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as client:
        answer = await client.get("/health/ready")
    await app.state.upbeat.close()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["detail"] == "no connection to Postgres was to be had within 0.5 s"


async def test_a_statement_that_takes_too_long_gives_its_connection_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "STATEMENT_SECONDS", 0.2)
    own = state.ApiState(settings.model_copy(update={"api_connections": 1}))

    with pytest.raises(StoreUnavailableError, match=r"took longer than 0\.2 s and was stopped"):
        async with own.transaction() as connection:
            await connection.execute("SELECT pg_sleep(60)")
    async with own.connection() as connection:
        row = await (await connection.execute("SELECT 1")).fetchone()
    await own.close()

    assert row == (1,)


async def test_mounted_under_a_path_it_is_the_same(settings: Settings, make_api_key: MakeKey) -> None:
    app, outer = create_web(settings), FastAPI()
    outer.mount("/upbeat", app)
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test") as client:
        closed = await client.get("/upbeat/v1/openapi.json")
        client.headers["X-API-Key"] = make_api_key(["read"])
        opened = await client.get("/upbeat/v1/openapi.json")
        unknown = await client.get("/upbeat/v1/openapi.json?x=1")
    await app.state.upbeat.close()

    assert [answer.status_code for answer in (closed, opened, unknown)] == [401, 200, 422]
    assert opened.json()["servers"] == [{"url": "/upbeat"}]
