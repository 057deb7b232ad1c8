"""What a resource answers, for the OpenAPI: made of the plan of its table and of the formulas of its figures."""

from __future__ import annotations

from typing import Any

from upbeat.api.explain.formulas import formulas_of
from upbeat.api.published.parameters import place_model, query_model
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


def parameters_of(resource: Resource) -> list[dict[str, Any]]:
    """The parameters of a resource: those of its path, then those of its query."""
    return [
        {
            "name": name,
            "in": place,
            "required": field.is_required(),
            "schema": schemas[name],
            "description": field.description or f"`{name}` of the rows.",
        }
        for place, model in (("path", place_model(resource)), ("query", query_model(resource)))
        for schemas in [model.model_json_schema()["properties"] if model.model_fields else {}]
        for name, field in model.model_fields.items()
    ]


def responses_of(resource: Resource) -> dict[int | str, dict[str, Any]]:
    """The answer of a resource; what can go wrong is the same everywhere and told by the application."""
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
    return {200: {"description": resource.summary, "content": {"application/json": {"schema": answer}}}}


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
