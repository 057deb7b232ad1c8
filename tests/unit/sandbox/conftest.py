"""A world at a fixed time, the sandbox in this process, and the recordings that its bodies are held against."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from upbeat.sandbox.app import Sandbox, SandboxApp
from upbeat.sandbox.control_api import make_control_api
from upbeat.sandbox.world import World

NOW = 1_795_348_800.0  # 2026-11-22 12:00 UTC
TOKEN = "sandbox-graph-token-1"
OWN_ID = "17841400000000001"
KEY = "sandbox-rapidapi-key-1"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def world(clock: Clock) -> World:
    return World(clock=clock)


@pytest.fixture
def sandbox(world: World, clock: Clock) -> Sandbox:
    return Sandbox(world, clock=clock)


class Caller:
    """Asks the sandbox as a collector would, with its credentials unless told otherwise."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def graph(self, fields: str, *, token: str = TOKEN, own_id: str = OWN_ID) -> httpx.Response:
        query = {"fields": fields, "access_token": token}
        return await self.client.get(f"/graph.facebook.com/v15.0/{own_id}", params=query)

    async def discover(self, handle: str, fields: str = "id", **more: str) -> httpx.Response:
        return await self.graph(f"business_discovery.username({handle}){{{fields}}}", **more)

    async def igdata(self, path: str, *, key: str | None = KEY, **query: str | int) -> httpx.Response:
        headers = {"X-RapidAPI-Key": key} if key is not None else {}
        return await self.client.get(f"/instagram-data1.p.rapidapi.com{path}", params=query, headers=headers)

    async def lama(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(f"/lama.sandbox/v1{path}", params=query)

    async def order(self, path: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/_sandbox/{path}", json=body)

    async def count(self, **wanted: str) -> int:
        return int((await self.client.get("/_sandbox/requests", params=wanted)).json()["total"])


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    app = SandboxApp(sandbox, make_control_api(sandbox))
    transport = httpx.ASGITransport(app=app)
    return Caller(httpx.AsyncClient(transport=transport, base_url="http://sandbox"))


@pytest.fixture
def recording(shared_data: Path) -> Callable[[str], Any]:
    """Reads a recorded answer below `api/` of the shared data."""

    def read(path: str) -> Any:
        return json.loads((shared_data / "api" / path).read_text(encoding="utf-8"))

    return read


@pytest.fixture
def quoted_errors(shared_data: Path) -> list[dict[str, Any]]:
    """Error bodies of upstream APIs as quoted in public."""
    text = (shared_data / "api" / "errors" / "api_error_bodies.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
