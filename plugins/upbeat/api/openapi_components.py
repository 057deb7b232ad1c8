"""Schemas of answers, each once in the document and under a name of its own: generators make one class of each, and drop what they meet twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_QUALIFIED = re.compile(r"upbeat__api__(\w+?)__schemas__(\w+)")
_PLACE = "#/components/schemas/"


def share_schemas(document: dict[str, Any]) -> None:
    """Give classes of one name in several resources names of their own, and put the objects of answers among the components."""
    schemas = document["components"]["schemas"]
    names = {name: _own_name(name) for name in schemas}
    components = {names[name]: schema for name, schema in schemas.items()}
    for name, schema in components.items():
        if name not in schemas:
            schema["title"] = name
    document["components"]["schemas"] = components
    document["paths"] = _renamed(document["paths"], names)
    for name, schema in list(components.items()):
        components[name] = _renamed(schema, names)
    for operations in document["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                for content in answer.get("content", {}).values():
                    if "schema" in content:
                        content["schema"] = _shared(content["schema"], components)


def _own_name(name: str) -> str:
    found = _QUALIFIED.fullmatch(name)
    return name if found is None else found[1].title().replace("_", "") + found[2]


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith(_PLACE):
        name = reference.removeprefix(_PLACE)
        return value | {"$ref": _PLACE + names.get(name, name)}
    return {name: _renamed(one, names) for name, one in value.items()}


def _shared(value: Any, components: dict[str, Any]) -> Any:
    """`value` with references for its objects that have a title; one whose title means something else already stays where it is."""
    if isinstance(value, list):
        return [_shared(one, components) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: _shared(one, components) for name, one in value.items()}
    title = told.get("title")
    if told.get("type") != "object" or not told.get("properties") or not isinstance(title, str):
        return told
    return {"$ref": _PLACE + title} if components.setdefault(title, told) == told else told
