"""Key paths and JSON types of a body, to hold one body against others of the same kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Shape = dict[str, set[str]]

_NAMES = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string"}


def shape_of(body: Any, path: str = "$", into: Shape | None = None) -> Shape:
    """The types that stand at each path; all elements of a list share `[]`."""
    shape = {} if into is None else into
    kinds = shape.setdefault(path, set())
    if isinstance(body, dict):
        kinds.add("object")
        for key, value in body.items():
            shape_of(value, f"{path}.{key}", shape)
    elif isinstance(body, list):
        kinds.add("array")
        for value in body:
            shape_of(value, f"{path}[]", shape)
    else:
        kinds.add(_NAMES[type(body)])
    return shape


def shape_of_all(bodies: Iterable[Any]) -> Shape:
    """The union of the shapes of several bodies."""
    shape: Shape = {}
    for body in bodies:
        shape_of(body, "$", shape)
    return shape


def problems(body: Any, known: Shape) -> list[str]:
    """Paths of `body` that `known` lacks, and types that it does not have there."""
    found = []
    for path, kinds in shape_of(body).items():
        if path not in known:
            found.append(f"{path}: not in the recording")
        elif not kinds <= known[path]:
            found.append(f"{path}: {sorted(kinds)} where the recording has {sorted(known[path])}")
    return found
