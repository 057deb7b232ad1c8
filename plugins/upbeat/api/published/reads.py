"""Makes the endpoints of resources: one GET each."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import lru_cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from upbeat.api.access import Caller, require
from upbeat.api.explain.service import explain_rows
from upbeat.api.problems import ProblemError
from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.kept_pages import KeptPage, kept_pages
from upbeat.api.published.openapi import parameters_of, responses_of
from upbeat.api.published.page import Freshness, Page, Wanted, read_page, standing, wanted_of
from upbeat.api.published.parameters import Query, place_model, query_model
from upbeat.api.published.resource import Resource
from upbeat.api.state import state_of

JSON = "application/json"
LONGEST_KNOWN = 1_000
"""Longer queries are read anew each time: a number with many zeros may be as long as a request."""
_authorise = require("read")
Reader = Annotated[Caller, Depends(_authorise)]


class ReadRoute(APIRoute):
    """A route whose endpoint takes the request and its caller, and nothing that FastAPI would have to find out anew each time."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint behind its one dependency."""

        async def handle(request: Request) -> Response:
            response: Response = await self.endpoint(request, await _authorise(request))
            return response

        return handle


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
            route_class_override=ReadRoute,
            openapi_extra={"parameters": parameters_of(resource)},
        )
    return router


def read_endpoint(resource: Resource) -> Callable[..., Any]:
    """The function behind the endpoint of a resource.

    It reads the parameters itself, from the models that the documentation is made of, and keeps what it read: done anew by FastAPI for
    each request, that was half of the work of a page in Python.
    """

    async def read(request: Request, caller: Reader) -> Response:
        state = state_of(request)  # as a dependency that is no coroutine it would cost a thread
        key = (resource.name, tuple(request.path_params.items()), request.scope["query_string"])
        # What an account owns is asked of the product's tables, which change at any time.
        shared = resource.owner is None or caller.account_id is None
        pages = await state.part(kept_pages)
        if shared and (kept := pages.find(key)) and kept.read.publication == await standing(state, resource):
            return Response(answer_of(kept.head, kept.read, None), media_type=JSON)
        asked = asked_of(*key)
        wanted = wanted_of(state.settings, resource, asked)
        page = await read_page(state, caller, resource, wanted)
        if resource.single and page.data == "[]":
            raise ProblemError(404, "Not found", f"{resource.name}: there is none of {_named(wanted)}")
        head = head_of(resource, page)
        if asked[1].explain:
            explanations = await explain_rows(state, resource, page)
            told: Any = explanations[0] if resource.single else explanations
            return Response(answer_of(head, page.read, told), media_type=JSON)
        if shared:
            pages.keep(key, KeptPage(head, page.read))
        return Response(answer_of(head, page.read, None), media_type=JSON)

    return read


def asked_of(name: str, place: tuple[tuple[str, str], ...], query: bytes) -> tuple[dict[str, str], Query]:
    """What a request asks for, by its path and query; the same is asked often, and always means the same.

    Raises:
        RequestValidationError: names each parameter that cannot be used.
    """
    return (_read_once if len(query) <= LONGEST_KNOWN else _read)(name, place, query)


def _read(name: str, place: tuple[tuple[str, str], ...], query: bytes) -> tuple[dict[str, str], Query]:
    resource = RESOURCES[name]
    try:
        at = "path"
        places = place_model(resource).model_validate_strings(dict(place)).model_dump(mode="json")
        at = "query"
        return places, query_model(resource).model_validate_strings(dict(QueryParams(query)))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise RequestValidationError([e | {"loc": (at, *e["loc"])} for e in errors]) from error


_read_once = lru_cache(maxsize=2048)(_read)


def head_of(resource: Resource, page: Page) -> bytes:
    """The body of an answer up to its freshness: the JSON of Postgres with little around it."""
    if resource.single:
        return f'{{"data":{page.data[1:-1]}'.encode()
    return f'{{"data":{page.data},"next":{orjson.dumps(page.next).decode()}'.encode()


def answer_of(head: bytes, read: Freshness, explanations: Any) -> bytes:
    """The body of an answer; `explanations` None: they were not asked for."""
    parts = [head, b',"freshness":', read.told().encode()]
    if explanations is not None:
        parts += [b',"explanations":', orjson.dumps(explanations)]
    return b"".join((*parts, b"}"))


def _named(wanted: Wanted) -> str:
    return ", ".join(f"{name} {value}" for name, value in wanted.place.items())
