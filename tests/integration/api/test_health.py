"""The health of the API."""

from __future__ import annotations

import httpx


async def test_a_process_that_reaches_postgres_is_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_what_does_not_exist_is_told_as_a_problem(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
