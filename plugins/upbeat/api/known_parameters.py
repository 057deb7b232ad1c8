"""A query parameter that a route does not have is refused: a filter that is misspelt must not give unfiltered rows."""

from __future__ import annotations

from difflib import get_close_matches
from typing import cast

from fastapi import FastAPI, Request

from upbeat.api.problems import ProblemError

Known = dict[tuple[str, str], dict[str, bool]]
"""By path template and method: the parameters, and whether each may stand several times."""

_MOST_ACCEPTED = 4_096
_LONGEST_ACCEPTED = 1_000
_LONGEST_NAME = 60


async def refuse_unknown_parameters(request: Request) -> None:
    """Raises `ProblemError` 422 for a parameter that the route's documentation does not name, or one that stands twice."""
    query = request.scope["query_string"]
    if not query:
        return
    path = getattr(request.scope.get("route"), "path_format", "")
    accepted = _accepted(cast("FastAPI", request.app))
    if (path, request.method, query) in accepted:
        return
    known = _known(cast("FastAPI", request.app)).get((path, request.method))
    if known is None:
        return
    for name in request.query_params:
        if name not in known:
            raise _problem(name, _unknown(name, known))
        if not known[name] and len(request.query_params.getlist(name)) > 1:
            raise _problem(name, "it may stand only once")
    if len(accepted) >= _MOST_ACCEPTED:
        accepted.clear()
    if len(query) <= _LONGEST_ACCEPTED:
        accepted.add((path, request.method, query))


def _unknown(name: str, known: dict[str, bool]) -> str:
    near = get_close_matches(name[:_LONGEST_NAME], known, 1)
    names = f"the parameters are {', '.join(known)}" if known else "it takes none"
    return f"there is no such parameter: {f'did you mean {near[0]}?' if near else names}"


def _problem(name: str, problem: str) -> ProblemError:
    at = f"query.{name if len(name) <= _LONGEST_NAME and name.isprintable() else '…'}"
    return ProblemError(422, "Invalid request", f"{at}: {problem}", errors=[{"at": at, "problem": problem}])


def _accepted(app: FastAPI) -> set[tuple[str, str, bytes]]:
    """Queries that were looked at and are asked again: by path template, method and text."""
    accepted: set[tuple[str, str, bytes]] | None = getattr(app.state, "accepted_queries", None)
    if accepted is None:
        accepted = app.state.accepted_queries = set()
    return accepted


def _known(app: FastAPI) -> Known:
    """From the application's own documentation: what it does not tell does not exist. Read once."""
    known: Known | None = getattr(app.state, "known_parameters", None)
    if known is None:
        known = app.state.known_parameters = known_parameters(app.openapi()["paths"])
    return known


def known_parameters(paths: dict[str, dict[str, dict[str, object]]]) -> Known:
    """The query parameters of every operation of an OpenAPI document's `paths`."""
    known: Known = {}
    for path, operations in paths.items():
        for method, operation in operations.items():
            parameters = cast("list[dict[str, object]]", operation.get("parameters", []))
            known[path, method.upper()] = {
                str(one["name"]): _is_list(cast("dict[str, object]", one.get("schema", {})))
                for one in parameters
                if one["in"] == "query"
            }
    return known


def _is_list(schema: dict[str, object]) -> bool:
    choices = cast("list[dict[str, object]]", schema.get("anyOf", [schema]))
    return any(choice.get("type") == "array" for choice in choices)
