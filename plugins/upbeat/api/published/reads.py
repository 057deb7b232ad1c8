"""Makes the endpoints of resources: one GET each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response

from upbeat.api.access import Caller, State, require
from upbeat.api.explain.service import explain_rows
from upbeat.api.problems import ProblemError
from upbeat.api.published.openapi import responses_of
from upbeat.api.published.page import Page, read_page, wanted_of
from upbeat.api.published.parameters import place_type, query_model
from upbeat.api.published.resource import Resource

JSON = "application/json"


def add_reads(router: APIRouter, resources: Iterable[Resource]) -> APIRouter:
    """Give a router the endpoint of each resource."""
    for resource in resources:
        router.add_api_route(
            resource.path,
            read_endpoint(resource),
            methods=["GET"],
            operation_id=resource.name,
            name=resource.name,
            summary=resource.summary,
            description=resource.plan.description,
            response_model=None,
            responses=responses_of(resource),
        )
    return router


def read_endpoint(resource: Resource) -> Callable[..., Any]:
    """The function behind the endpoint of a resource; its signature tells FastAPI the parameters."""

    async def read(caller: Caller, state: Any, query: Any, **place: Any) -> Response:
        wanted = wanted_of(state.settings, resource, place, query)
        page = await read_page(state, caller, resource, wanted)
        if resource.single and page.data == "[]":
            raise ProblemError(404, "Not found", f"{resource.name}: there is none of {_named(place)}")
        explanations = await explain_rows(state, resource, page) if query.explain else None
        return Response(answer_of(resource, page, explanations), media_type=JSON)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("caller", keyword, annotation=Annotated[Caller, Depends(require("read"))]),
        inspect.Parameter("state", keyword, annotation=State),
        inspect.Parameter("query", keyword, annotation=Annotated[query_model(resource), Query()]),
        *(
            inspect.Parameter(name, keyword, annotation=Annotated[place_type(resource, name), Path()])
            for name in resource.place
        ),
    ]
    read.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    read.__annotations__ = {}
    return read


def answer_of(resource: Resource, page: Page, explanations: list[dict[str, Any]] | None) -> bytes:
    """The body of an answer: the JSON of Postgres with little around it."""
    if resource.single:
        parts = [f'{{"data":{page.data[1:-1]}']
        told: Any = explanations[0] if explanations else None
    else:
        parts = [f'{{"data":{page.data},"next":{orjson.dumps(page.next).decode()}']
        told = explanations
    parts.append(f'"freshness":{page.freshness}')
    if explanations is not None:
        parts.append(f'"explanations":{orjson.dumps(told).decode()}')
    return (",".join(parts) + "}").encode()


def _named(place: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in place.items())
