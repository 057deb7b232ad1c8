"""Query parameters that a route does not have."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict

from upbeat.api.known_parameters import refuse_unknown_parameters
from upbeat.api.problems import install_problems


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    country: str | None = None


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    install_problems(app)

    @app.get("/creators/{name}", dependencies=[Depends(refuse_unknown_parameters)])
    async def creators(
        name: str,
        platform: Annotated[list[str] | None, Query()] = None,
        limit: int = 10,
    ) -> list[object]:
        return [name, platform, limit]

    @app.get("/filtered", dependencies=[Depends(refuse_unknown_parameters)])
    async def filtered(filters: Annotated[Filters, Query()]) -> str | None:
        return filters.country

    @app.get("/plain", dependencies=[Depends(refuse_unknown_parameters)])
    async def plain() -> str:
        return "plain"

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


async def test_parameters_that_exist_pass(client: httpx.AsyncClient) -> None:
    plain = await client.get("/plain")
    filtered = await client.get("/filtered?country=IN")
    limited = await client.get("/creators/ada", params={"limit": 5})

    assert (plain.json(), filtered.json()) == ("plain", "IN")
    assert limited.json() == ["ada", None, 5]


async def test_a_list_may_stand_several_times(client: httpx.AsyncClient) -> None:
    answer = await client.get("/creators/ada?platform=instagram&platform=youtube")

    assert answer.json() == ["ada", ["instagram", "youtube"], 10]


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("limits=5", "query.limits: there is no such parameter: did you mean limit?"),
        ("limit=5&limit=6", "query.limit: it may stand only once"),
        ("x=1", "query.x: there is no such parameter: the parameters are"),
        ("a:%20b=1", "query.a: b: there is no such parameter: the parameters are"),
        ("a%0Ab=1", "query.…: there is no such parameter: the parameters are"),
        (f"{'l' * 10_000}=1", "query.…: there is no such parameter: the parameters are"),
    ],
)
async def test_a_parameter_that_means_nothing_is_refused(
    client: httpx.AsyncClient, query: str, line: str
) -> None:
    answer = await client.get(f"/creators/ada?{query}")

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(line)


async def test_a_route_without_parameters_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/plain?limit=1")

    assert answer.json()["detail"] == "query.limit: there is no such parameter: it takes none"
