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


def test_a_line_that_was_no_line_is_sent_as_one() -> None:
    answer = problem_response(ProblemError(404, "Not found", "there is\nno \ud800"))

    assert json.loads(bytes(answer.body))["detail"] == "there is no ?"
