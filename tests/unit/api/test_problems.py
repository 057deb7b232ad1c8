"""What a caller is told of its own mistakes."""

from __future__ import annotations

import json

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from upbeat.api.problems import MOST_PLACES, ProblemError, install_problems, problem_response


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = 1


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    install_problems(app)

    @app.post("/orders")
    async def order(body: Order) -> int:
        return body.number

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


async def test_of_many_mistakes_some_are_told_and_none_at_length(client: httpx.AsyncClient) -> None:
    body = {f"{'x' * 5_000}{number}": 1 for number in range(200)}

    answer = await client.post("/orders", json=body)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == MOST_PLACES
    assert len(answer.content) < 60_000
    assert len(answer.json()["detail"]) < 2_000


@pytest.mark.parametrize(
    "name", ["a\nb", "a\u2028b", "\ud800"], ids=["a line", "another line", "half a letter"]
)
async def test_the_name_of_a_field_cannot_break_the_line_nor_the_answer(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.post(
        "/orders", content=json.dumps({name: 1}).encode(), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422, answer.text
    assert len(answer.json()["detail"].splitlines()) == 1


async def test_a_path_that_does_not_exist_is_named_at_no_length_with_where_all_of_them_are(
    client: httpx.AsyncClient,
) -> None:
    short, long = await client.get("/v2/leaderboard"), await client.get(f"/{'x' * 5_000}")

    assert (short.status_code, long.status_code) == (404, 404)
    assert short.json()["detail"] == "/v2/leaderboard: there is no such path: /v1/openapi.json lists all"
    assert len(long.content) < 1_000


async def test_under_another_application_the_way_out_of_a_wrong_path_lies_there_too() -> None:
    outer, inner = FastAPI(), FastAPI()
    install_problems(inner)
    outer.mount("/upbeat", inner)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://api.test")

    answer = await client.get("/upbeat/v2")

    assert answer.json()["detail"] == "/upbeat/v2: there is no such path: /upbeat/v1/openapi.json lists all"


def test_a_line_that_was_no_line_is_sent_as_one() -> None:
    answer = problem_response(ProblemError(404, "Not found", "there is\nno \ud800"))

    assert json.loads(bytes(answer.body))["detail"] == "there is no ?"
