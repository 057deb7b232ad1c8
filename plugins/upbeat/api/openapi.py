"""The API's own description: keys and scopes, problems on every route, stable names of operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import Response

from upbeat.api.access import Caller, require, scope_of
from upbeat.api.openapi_answers import add_answers, complete_answers
from upbeat.api.openapi_components import share_schemas
from upbeat.api.openapi_examples import add_example, restore_nulls
from upbeat.stores.json_text import encode_json

router = APIRouter(prefix="/openapi.json", tags=["description"])

_SECURITY = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "`upb_<id>_<secret>`; `upbeat api-keys create` makes one.",
    },
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The same key as `Authorization: Bearer …`.",
    },
}


@router.get(
    "",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def description(request: Request, _: Annotated[Caller, Depends(require(None))]) -> Response:
    """This document."""
    app: FastAPI = request.app
    text: bytes | None = getattr(app.state, "openapi_text", None)
    if text is None:
        # Mounted, its paths begin where it was mounted.
        root = request.scope.get("root_path", "")
        servers = {"servers": [{"url": root}]} if root else {}
        text = app.state.openapi_text = encode_json(app.openapi() | servers).encode()
    return Response(text, media_type="application/json")


def operation_id(route: APIRoute) -> str:
    """`<tag>_<function>`: it stays when a path changes, so that clients that were made from the document stay."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def describe(app: FastAPI) -> None:
    """Make `app.openapi()` tell what FastAPI does not know; it is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    share_schemas(document)
    schemas = components["schemas"]
    restore_nulls(schemas)
    add_answers(components)
    components["securitySchemes"] = _SECURITY
    largest = app.state.upbeat.settings.api_largest_page
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods:
                operation = document["paths"][route.path_format][method.lower()]
                _complete(operation, required_scope(route))
                _tell_parameters(operation, largest)
                add_example(operation, schemas)
    return document


def _tell_parameters(operation: dict[str, Any], largest: int) -> None:
    """The limit of pages is a setting: the description tells the one of this installation. And a query has no null: a parameter is
    there, or it is not."""
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        if parameter["name"] == "limit" and "maximum" in schema:
            schema["maximum"] = min(largest, schema["maximum"])
        choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        if len(choices) == 1:
            del schema["anyOf"]
            parameter["schema"] = choices[0] | schema


def required_scope(route: APIRoute) -> str | None:
    """The scope that a route asks for; None for one that needs no key."""
    return next((scope for call in _calls(route.dependant) if (scope := scope_of(call))), None)


def _calls(dependant: Dependant) -> Iterator[object]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def _complete(operation: dict[str, Any], scope: str | None) -> None:
    """Security and problems of one operation. What its route says itself stays, but FastAPI's own 422, which is never sent."""
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    statuses = {422, 503}
    if scope is not None:
        statuses |= {401, 403, 429}
        operation["security"] = [{name: []} for name in _SECURITY]
        operation["x-required-scope"] = scope
        told = "Any key may." if scope == "any" else f"Needs the scope `{scope}`."
        operation["description"] = f"{operation.get('description', '')}\n\n{told}".strip()
    if "requestBody" in operation:
        statuses |= {400, 408, 413}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "Idempotency-Key" in names:
        statuses.add(409)
    if "cursor" in names:
        statuses.add(400)
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        statuses.add(404)
    complete_answers(responses, statuses, keyed=scope is not None, repeatable="Idempotency-Key" in names)
