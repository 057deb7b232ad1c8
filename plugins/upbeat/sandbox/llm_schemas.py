"""JSON schemas of structured output: whether one is in the strict subset, and an answer that fits one."""

from __future__ import annotations

import re
from typing import Any

from upbeat.sandbox.llm_categories import SYNONYMS
from upbeat.sandbox.llm_draws import choice
from upbeat.sandbox.llm_errors import ApiError, invalid

MAX_DEPTH = 10


def check_strict(name: str, schema: Any) -> None:
    """Raise the API's 400 for a schema outside the strict subset."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        found = schema.get("type") if isinstance(schema, dict) else schema
        raise _bad(name, (), f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'.")
    _check(name, schema, ())


def _bad(name: str, path: tuple[str, ...], what: str) -> ApiError:
    where = "(" + ", ".join(f"'{part}'" for part in path) + ")" if path else "()"
    text = f"Invalid schema for response_format '{name}': In context={where}, {what}"
    return invalid(text, "response_format")


def _check(name: str, schema: Any, path: tuple[str, ...]) -> None:
    if not isinstance(schema, dict):
        raise _bad(name, path, "schema must be an object.")
    if len(path) > 2 * MAX_DEPTH:
        raise _bad(name, path, f"schema must not be nested deeper than {MAX_DEPTH} levels.")
    if "type" not in schema and not any(key in schema for key in ("$ref", "enum", "const", "anyOf")):
        raise _bad(name, path, "schema must have a 'type' key.")
    for combiner in ("allOf", "oneOf", "not", "if"):
        if combiner in schema:
            raise _bad(name, path, f"'{combiner}' is not permitted.")
    if "properties" in schema or schema.get("type") == "object":
        _check_object(name, schema, path)
    if schema.get("type") == "array" and "items" not in schema:
        raise _bad(name, path, "array schema missing items.")
    if "items" in schema:
        _check(name, schema["items"], (*path, "items"))
    for place, option in enumerate(schema.get("anyOf", ())):
        _check(name, option, (*path, "anyOf", str(place)))
    for place, definition in schema.get("$defs", {}).items():
        _check(name, definition, (*path, "$defs", place))


def _check_object(name: str, schema: dict[str, Any], path: tuple[str, ...]) -> None:
    if schema.get("additionalProperties") is not False:
        raise _bad(name, path, "'additionalProperties' is required to be supplied and to be false.")
    properties, required = schema.get("properties", {}), schema.get("required", [])
    missing = [field for field in properties if field not in required]
    if missing or not set(required) <= set(properties):
        text = "'required' is required to be supplied and to be an array including every key in properties."
        extra = f" Missing '{missing[0]}'." if missing else " Extra required key supplied."
        raise _bad(name, path, text + extra)
    for field, inner in properties.items():
        _check(name, inner, (*path, "properties", field))


def fitted(schema: dict[str, Any], values: dict[str, Any], key: str) -> dict[str, Any]:
    """An object of the schema: `values` by field where they fit, something that fits elsewhere, in the schema's order."""
    return {
        name: _fit(inner, values.get(name, _NOTHING), f"{key}.{name}", schema.get("$defs", {}))
        for name, inner in schema.get("properties", {}).items()
    }


_NOTHING = object()


def _types(schema: dict[str, Any]) -> tuple[str, ...]:
    found = schema.get("type", ())
    return (found,) if isinstance(found, str) else tuple(found)


def _fit(schema: dict[str, Any], value: Any, key: str, definitions: dict[str, Any]) -> Any:
    if "$ref" in schema:
        schema = definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if (option.get("type") == "null") == (value is None)]
        schema = (options or schema["anyOf"])[0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return nearest(schema["enum"], value, key)
    types = _types(schema)
    if value is None and "null" in types:
        return None
    if "object" in types or "properties" in schema:
        inner = value if isinstance(value, dict) else {}
        return fitted({"$defs": definitions, **schema}, inner, key)
    if "array" in types:
        items = value if isinstance(value, list | tuple) else ()
        most = schema.get("maxItems", 1_000)
        return [_fit(schema.get("items", {}), item, key, definitions) for item in items[:most]]
    if value is _NOTHING or value is None:
        return _filler(types, schema)
    return _as_type(types, value)


def _as_type(types: tuple[str, ...], value: Any) -> Any:
    if "string" in types or not types:
        return value if isinstance(value, str) else str(value)
    if "integer" in types and "number" not in types:
        return round(value) if isinstance(value, int | float) else 0
    return value


def _filler(types: tuple[str, ...], schema: dict[str, Any]) -> Any:
    """Something of the type for a field of which nothing is known."""
    if "null" in types:
        return None
    if "boolean" in types:
        return False
    if "integer" in types or "number" in types:
        return schema.get("minimum", 0)
    return ""


def nearest(options: list[Any], value: Any, key: str) -> Any:
    """The option that says the same as `value`: equal but for case, else with a word or a synonym of it, else drawn."""
    if value in options:
        return value
    if not isinstance(value, str):
        return None if None in options and (value is None or value is _NOTHING) else choice(options, key)
    wanted = value.lower()
    texts = [option for option in options if isinstance(option, str)]
    for option in texts:
        if option.lower() == wanted:
            return option
    for words in ({wanted}, set(SYNONYMS.get(value, ()))):
        for option in texts:
            if words & set(re.findall(r"\w+", option.lower())):
                return option
    for option in texts:
        if option.lower() in ("other", "unknown"):
            return option
    return choice(options, key, value)
