"""Bodies of requests that are messages of the product: the same schema, the same rules, and the same words about what is wrong.

A message says its version and the time of its change; over the API both are ours, and a body that says them is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from upbeat.api.problems import ProblemError
from upbeat.listeners.handler import Handler
from upbeat.listeners.reading import UnusableError, read

OURS = ("version", "updated_at", "deleted")


def body_schema(
    model: type[BaseModel], leave_out: tuple[str, ...] = (), *, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The JSON schema of a body: that of the message without our fields and those of `leave_out`; no references in it.

    Args:
        required: fields that only a message of a deletion goes without, which no body is.
    """
    return with_required(without_fields(inlined_schema(model), (*OURS, *leave_out)), required)


def inlined_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model without references, for where OpenAPI cannot resolve them."""
    whole = model.model_json_schema(mode="validation")
    inlined: dict[str, Any] = _inlined(whole, whole.get("$defs", {}))
    return inlined


def without_fields(schema: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The schema of the same object (or choice of objects) without these fields."""
    if "oneOf" in schema:
        return schema | {"oneOf": [without_fields(one, names) for one in schema["oneOf"]]}
    properties = {name: one for name, one in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", ()) if name not in names]
    return schema | {"properties": properties, "required": required}


def with_required(schema: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The schema in which these fields have to be there, and may not be null."""
    if "oneOf" in schema:
        return schema | {"oneOf": [with_required(one, names) for one in schema["oneOf"]]}
    properties = {
        name: _without_null(one) if name in names else one for name, one in schema["properties"].items()
    }
    required = [*schema["required"], *(name for name in names if name not in schema["required"])]
    return schema | {"properties": properties, "required": required}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return choices[0] | rest if len(choices) == 1 else schema


def with_optional(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """The schema in which this field may be left out."""
    if "oneOf" in schema:
        return schema | {"oneOf": [with_optional(one, name) for one in schema["oneOf"]]}
    return schema | {"required": [one for one in schema.get("required", ()) if one != name]}


def read_body(body: Mapping[str, Any], handler: Handler, now: datetime, **own: Any) -> Any:
    """The handler's plan for a body.

    Args:
        own: what the message says beside the body: its id, its kind, whether it is deleted.

    Raises:
        ProblemError: 422 with each problem, nothing of which quotes a secret.
    """
    for name in (*OURS, *own):
        if name in body:
            raise _invalid([f"{name}: is not the body's to say"])
    try:
        # Not orjson, which writes NaN, a number that readers of JSON take and JSON has not, as null: that would remove a field.
        told = {**body, "version": 1, "updated_at": now.isoformat(), **own}
        message = json.dumps(told, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _invalid([f"body: {error}"]) from None
    try:
        _, plan = read(
            message,
            message_id=None,
            content_type=None,
            models=handler.models,
            handler=handler,
            received_at=now,
        )
    except UnusableError as error:
        raise _invalid(error.problems) from None
    return plan


def _invalid(problems: tuple[str, ...] | list[str]) -> ProblemError:
    places = []
    for line in problems[:100]:
        at, mark, problem = line.partition(": ")
        places.append({"at": f"body.{at}" if mark else "body", "problem": problem if mark else at})
    return ProblemError(422, "Invalid request", "; ".join(problems[:3]), errors=places)


def _inlined(schema: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {
        name: _inlined(one, known) for name, one in schema.items() if name not in ("$defs", "discriminator")
    }
