"""Errors as `application/problem+json` (RFC 9457): one line that names the input, the problem and the way out; never a traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from upbeat.errors import (
    AllSourcesFailedError,
    DropError,
    InputError,
    NotFoundError,
    StoreUnavailableError,
    ThrottledError,
    UpbeatError,
)
from upbeat.logs import get_logger

MEDIA_TYPE = "application/problem+json"
MOST_PLACES = 100
"""So many places of an invalid request are told: a caller's body must not make an answer larger than itself."""
_LONGEST_TEXT = 300

log = get_logger("api")


class ProblemError(Exception):
    """Ends a request with this problem.

    Args:
        status: HTTP status.
        title: the kind of problem, the same for all of its kind.
        detail: this one, in one line without secrets.
        headers: `Retry-After`, `WWW-Authenticate` and the like.
        more: further members of the body.
    """

    def __init__(
        self, status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail
        self.headers, self.more = dict(headers or {}), more


def problem_response(problem: ProblemError) -> Response:
    """The answer that tells a problem."""
    kind = problem.title.lower().replace(" ", "-")
    body = {
        "type": f"urn:upbeat:problem:{kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": _one_line(problem.detail),
        **problem.more,
    }
    # Half a letter (a lone surrogate), which JSON can say and UTF-8 cannot, may stand in what a caller sent.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return Response(text, problem.status, problem.headers, media_type=MEDIA_TYPE)


def problem_of(error: UpbeatError) -> ProblemError:
    """What an error of the platform means to a caller of the API."""
    if isinstance(error, StoreUnavailableError):
        return ProblemError(503, "Store unavailable", str(error), headers={"Retry-After": "5"})
    if isinstance(error, ThrottledError):
        return ProblemError(429, "Rate limited", str(error), headers=_after(error.retry_after))
    if isinstance(error, AllSourcesFailedError):
        return ProblemError(502, "Sources failed", str(error), headers=_after(error.retry_after))
    if isinstance(error, NotFoundError):
        return ProblemError(404, "Not found", str(error))
    if isinstance(error, InputError | DropError):
        return ProblemError(422, "Invalid request", str(error))
    return internal_problem()


def internal_problem() -> ProblemError:
    """What a caller is told of a fault of ours."""
    return ProblemError(500, "Internal error", "the request failed; it is in the log under its request id")


def install_problems(app: FastAPI) -> None:
    """Every error of this application becomes a problem (what nobody expected: in `request_log`)."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(UpbeatError, _upbeat)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _one_line(text: str) -> str:
    """Callers' own words may stand in it, line breaks among them."""
    return " ".join(text.splitlines())


def _shown(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


def _after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(max(1, round(seconds)))}


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem_response(error)


async def _upbeat(_: Request, error: Exception) -> Response:
    assert isinstance(error, UpbeatError)
    found = problem_of(error)
    if found.status == 500:
        log.exception("a request failed", exc_info=error)
    return problem_response(found)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = [
        {"at": _shown(".".join(str(part) for part in found["loc"])), "problem": _shown(found["msg"])}
        for found in error.errors()[:MOST_PLACES]
    ]
    line = "; ".join(f"{place['at']}: {place['problem']}" for place in places[:3])
    return problem_response(ProblemError(422, "Invalid request", line, errors=places))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return problem_response(_method_not_allowed(request))
    if error.status_code == 404:
        return problem_response(_no_such_path(request))
    return problem_response(
        ProblemError(error.status_code, "Request refused", str(error.detail), headers=error.headers or {})
    )


def _no_such_path(request: Request) -> ProblemError:
    """Routes raise `ProblemError`: the framework's own 404 is of a path that no route has."""
    path, root = _shown(request.url.path), request.scope.get("root_path", "")
    return ProblemError(404, "Not found", f"{path}: there is no such path: {root}/v1/openapi.json lists all")


def _method_not_allowed(request: Request) -> ProblemError:
    """With the methods of all routes of the path: each method is a route of its own, and the framework names those of one."""
    allowed: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            allowed |= route.methods or set()
    names = ", ".join(sorted(allowed))
    return ProblemError(
        405, "Method not allowed", f"{request.method}: the path takes {names}", headers={"Allow": names}
    )
