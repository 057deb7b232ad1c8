"""What a resource answers, for the OpenAPI: made of the plan of its table and of the formulas of its figures."""

from __future__ import annotations

from typing import Any

from upbeat.api.explain.formulas import formulas_of
from upbeat.api.problems import MEDIA_TYPE
from upbeat.api.published.resource import Resource
from upbeat.sync.plan import PlanColumn

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamptz": {"type": "string", "format": "date-time"},
    "bigint": {"type": "integer"},
    "integer": {"type": "integer"},
    "smallint": {"type": "integer"},
}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_SECONDS = {"type": ["number", "null"], "description": "Seconds."}

FRESHNESS: dict[str, Any] = {
    "type": "object",
    "title": "Freshness",
    "description": "How old the answer is; null is not known.",
    "properties": {
        "observed_newest": _MOMENT | {"description": "When the newest of these rows was seen upstream."},
        "observed_oldest": _MOMENT | {"description": "When the oldest of these rows was seen upstream."},
        "observed_age_seconds": _SECONDS,
        "published_at": _MOMENT | {"description": "When the table was published."},
        "published_age_seconds": _SECONDS,
        "source_updated_at": _MOMENT | {"description": "How new the mart was when it was exported."},
        "sync_run": {"type": ["string", "null"], "description": "The run that published it."},
    },
    "required": [
        "observed_newest", "observed_oldest", "observed_age_seconds", "published_at", "published_age_seconds",
        "source_updated_at", "sync_run",
    ],
}  # fmt: skip
_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_REFUSED = {
    400: "The cursor is not one of this request.",
    401: "No key, or one that is not valid.",
    403: "The key lacks the scope `read`.",
    422: "A parameter cannot be used.",
    429: "The key has made its requests.",
    503: "Postgres does not answer, or the table is not published.",
}


def problems(*statuses: int, **more: str) -> dict[int | str, dict[str, Any]]:
    """The answers that are problems."""
    said = {status: _REFUSED[status] for status in statuses} | {int(k[1:]): v for k, v in more.items()}
    return {
        status: {"description": words, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
        for status, words in said.items()
    }


def responses_of(resource: Resource) -> dict[int | str, dict[str, Any]]:
    """The answers of a resource."""
    row = row_schema(resource)
    answer: dict[str, Any] = {
        "type": "object",
        "title": f"{resource.name}_answer",
        "properties": {
            "data": row if resource.single else {"type": "array", "items": row},
            "freshness": FRESHNESS,
            "explanations": {"description": "Of each row, with `explain=true` only."},
        },
        "required": ["data", "freshness"],
    }
    if not resource.single:
        answer["properties"]["next"] = {
            "type": ["string", "null"],
            "description": "The cursor of the next page; null at the end.",
        }
        answer["required"].append("next")
    missing = {"_404": "There is none."} if resource.single else {}
    cursor = () if resource.single else (400,)
    return {200: {"description": resource.summary, "content": {"application/json": {"schema": answer}}}} | (
        problems(*cursor, 401, 403, 422, 429, 503, **missing)
    )


def row_schema(resource: Resource) -> dict[str, Any]:
    """The JSON Schema of a row."""
    formulas = formulas_of(resource.plan_name).columns
    return {
        "type": "object",
        "title": f"{resource.name}_row",
        "properties": {
            name: column_schema(column, formulas[name].formula if name in formulas else column.description)
            for name, column in resource.columns.items()
        },
        "required": list(resource.columns),
    }


def column_schema(column: PlanColumn, description: str) -> dict[str, Any]:
    """The JSON Schema of a value."""
    kind = column.type.removesuffix("[]")
    found = dict(_JSON_TYPES.get(kind, {"type": "number"}))
    if column.type.endswith("[]"):
        found = {"type": "array", "items": found}
    if column.nullable:
        found["type"] = [found["type"], "null"]
    return found | ({"description": description} if description else {})
