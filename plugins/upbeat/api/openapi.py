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
from upbeat.api.problems import MEDIA_TYPE
from upbeat.stores.json_text import encode_json

router = APIRouter(prefix="/openapi.json", tags=["description"])

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `detail` is one line that names the input, the problem and the way out.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:upbeat:problem:invalid-request"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Of an invalid request: each place and its problem.",
            "items": {
                "type": "object",
                "required": ["at", "problem"],
                "properties": {"at": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}
# status: title, detail of the example
_PROBLEMS = {
    400: ("Request refused", "There was an error parsing the body"),
    401: ("Not authenticated", "send an API key in the header X-API-Key; `upbeat api-keys create` makes one"),
    403: ("Scope missing", "the key q1w2e3r4t5y6 lacks the scope `read`"),
    404: ("Not found", "there is no such profile"),
    408: ("Body too slow", "the body did not arrive within 10 s: send it at once"),
    409: ("Idempotency key reused", "Idempotency-Key 'k': another request has it: send a new key"),
    413: ("Body too large", "a body may have 1,048,576 bytes: send it in smaller parts"),
    422: ("Invalid request", "query.limits: there is no such parameter: did you mean limit?"),
    429: ("Rate limited", "the key q1w2e3r4t5y6 may make 600/60s requests: ask again in 3 s"),
    503: ("Store unavailable", "Postgres does not answer"),
}
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
        text = app.state.openapi_text = encode_json(app.openapi()).encode()
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
    schemas["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = _SECURITY
    components["responses"] = {str(status): _response(status) for status in _PROBLEMS}
    largest = app.state.upbeat.settings.api_largest_page
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods:
                operation = document["paths"][route.path_format][method.lower()]
                _complete(operation, required_scope(route))
                _tell_parameters(operation, largest)
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
    for status in sorted(statuses):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})


def _response(status: int) -> dict[str, Any]:
    title, detail = _PROBLEMS[status]
    kind = f"urn:upbeat:problem:{title.lower().replace(' ', '-')}"
    example = {"type": kind, "title": title, "status": status, "detail": detail}
    response: dict[str, Any] = {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return response
