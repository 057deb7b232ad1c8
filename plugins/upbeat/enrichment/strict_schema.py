"""The subset of JSON schema that structured output takes, and the form of it that both providers take.

OpenAI's strict mode (platform.openai.com/docs/guides/structured-outputs, Supported schemas): the root is an object, every property is
required, no other is allowed, nesting has a bound. Azure OpenAI takes the same without bounds on numbers, lengths and lists: those stay
with us, where every answer is checked against the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
TYPES = SCALARS | {"object", "array"}
BOUNDS = frozenset({"pattern", "minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"})
"""Keywords that are checked here and not sent."""

KEYWORDS = BOUNDS | {"type", "enum", "description", "properties", "required", "additionalProperties", "items"}
DEEPEST = 5


def schema_problems(schema: Any, path: str = "output_schema", depth: int = 0) -> Iterator[str]:
    """What keeps a schema out of the subset, each as one line that begins with its place."""
    if depth == 0 and (not isinstance(schema, Mapping) or schema.get("type") != "object"):
        yield f"{path}: must be an object whose type is object"
        return
    if not isinstance(schema, Mapping):
        yield f"{path}: must be an object"
        return
    if depth > DEEPEST:
        yield f"{path}: is nested deeper than {DEEPEST}"
        return
    yield from (
        f"{path}: {name} is not of the subset of structured output"
        for name in sorted(set(map(str, schema)) - KEYWORDS)
    )
    types = types_of(schema)
    if not types or not types <= TYPES:
        yield f"{path}: type must be one of {', '.join(sorted(TYPES))}, or a list of them"
    if "object" in types:
        yield from _object_problems(schema, path, depth)
    if "array" in types:
        yield from schema_problems(schema.get("items"), f"{path}.items", depth + 1)


def _object_problems(schema: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        yield f"{path}: properties are missing"
        return
    if schema.get("additionalProperties") is not False:
        yield f"{path}: additionalProperties must be false"
    required = schema.get("required")
    if not isinstance(required, list) or set(map(str, required)) != set(map(str, properties)):
        yield f"{path}: required must name every property"
    for name, inner in properties.items():
        yield from schema_problems(inner, f"{path}.{name}", depth + 1)


def types_of(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema allows, of `type` alone or a list."""
    stated = schema.get("type")
    return {str(name) for name in (stated if isinstance(stated, list) else [stated])}


def sent_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without its bounds, as both providers take it."""
    sent = {name: value for name, value in schema.items() if name not in BOUNDS}
    if "properties" in sent:
        sent["properties"] = {name: sent_schema(inner) for name, inner in schema["properties"].items()}
    if "items" in sent:
        sent["items"] = sent_schema(schema["items"])
    return sent
