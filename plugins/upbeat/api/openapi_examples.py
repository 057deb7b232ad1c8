"""An example of every answer that has none of its own: made of its schema, so that it never says what the answer does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 12
_BY_FORMAT = {"date": "2026-11-20", "date-time": "2026-11-20T09:30:00Z", "uri": "https://example.org/"}
_BY_TYPE: dict[str, Any] = {"string": "text", "integer": 12, "number": 0.25, "boolean": True, "null": None}
_BY_NAME: dict[str, Any] = {
    "platform": "INSTAGRAM", "profile_id": "787132", "handle": "natgeo", "full_name": "National Geographic", "post_id": "17895695668004550",
    "shortcode": "CxLWxYZsO1a", "country": "IN", "language": "en", "category": "Travel", "hashtag": "travel", "keyword": "wildlife",
    "campaign_id": "campaign-81", "collection_id": "collection-12", "profile_list_id": "shortlist-3", "account_id": "brand-7",
    "followers": 283_000_000, "following": 150, "followers_rank": 3, "currency": "INR", "next": None, "cursor": None,
    "sync_run": "leaderboard-20261120T0930", "name": "Diwali launch",
}  # fmt: skip


def add_example(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Give the JSON answers of an operation an example each.

    Args:
        schemas: those of the document that answers refer to.
    """
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if not status.startswith("2") or not content or content.keys() & {"example", "examples"}:
            continue
        if content.get("schema") and (made := sample(content["schema"], schemas)):
            content["example"] = made


def restore_nulls(schemas: Mapping[str, Any]) -> None:
    """FastAPI leaves nulls out of the examples that a model gives itself, also those of fields that are always there."""
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            if isinstance(example, dict):
                example.update({name: None for name in schema.get("required", ()) if name not in example})


def sample(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value of a JSON Schema: what the schema gives as an example itself, else one by the name or the type of the field."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    for given in ("example", "const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        return sample(choices[0], schemas, name, depth)
    kind = schema.get("type", "object" if "properties" in schema else "")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        items = schema.get("items", {})
        return [sample(items, schemas, name, depth + 1)] if items and depth < _DEEPEST else []
    return _plain(schema, name, kind)


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth >= _DEEPEST:
        return {}
    required = schema.get("required", schema.get("properties", {}))
    return {
        name: sample(one, schemas, name, depth + 1)
        for name, one in schema.get("properties", {}).items()
        if name in required
    }


def _plain(schema: Mapping[str, Any], name: str, kind: str) -> Any:
    found = _BY_NAME.get(name)
    python = {"string": str, "integer": int, "number": int | float}.get(kind)
    if python is not None and isinstance(found, python):
        return found
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    value = _BY_TYPE.get(kind)
    if kind in ("integer", "number"):
        value = max(value, schema.get("minimum", value))
        value = min(value, schema.get("maximum", value))
    return value
