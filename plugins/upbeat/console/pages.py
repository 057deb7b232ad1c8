"""A page as an answer: a template filled in, under a policy that lets it load our style sheet, kept pictures, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from upbeat.api.problems import ProblemError, internal_problem, problem_of
from upbeat.api.state import state_of
from upbeat.console.entry import LoginNeededError, entry_of, login_location, root_of
from upbeat.console.formats import FILTERS
from upbeat.console.pictures import origin_of
from upbeat.errors import UpbeatError
from upbeat.logs import get_logger

_HERE = Path(__file__).parent
STATIC = {
    name: ((_HERE / "static" / name).read_bytes(), media_type)
    for name, media_type in (("console.css", "text/css"), ("icon.svg", "image/svg+xml"))
}
"""What pages load: by name its bytes and their type."""
STATIC_VERSION = hashlib.sha256(b"".join(content for content, _ in STATIC.values())).hexdigest()[:12]
"""Part of their addresses, so that a browser may keep them until they change."""

log = get_logger("console")


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= FILTERS
    return found


_TEMPLATES = _environment()


def policy(frame_ancestors: str, cdn: str | None = None) -> str:
    """The Content-Security-Policy of a page: no script at all, forms and styles of our own only, pictures that we keep.

    Args:
        cdn: the origin of kept pictures, where it is another one.
    """
    pictures = f"'self' {cdn}" if cdn else "'self'"
    return (
        f"default-src 'none'; style-src 'self'; img-src {pictures}; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {frame_ancestors}"
    )


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page. Whoever looks at it (`request.state.visitor`) decides what its navigation offers."""
    entry, settings = entry_of(request), state_of(request).settings
    text = _TEMPLATES.get_template(template).render(
        root=root_of(request),
        static=f"{root_of(request)}/static/{STATIC_VERSION}",
        visitor=getattr(request.state, "visitor", None),
        has_login=entry.has_login,
        here=request.url.path.removeprefix(root_of(request)),
        from_sandbox=settings.upstream == "sandbox",
        **values,
    )
    headers = {"Content-Security-Policy": policy(entry.frame_ancestors, origin_of(settings.asset_base_url))}
    return HTMLResponse(text, status, headers)


class ConsoleRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, with a page for whatever it raises."""
        handle = super().get_route_handler()

        async def handle_as_page(request: Request) -> Response:
            try:
                return await handle(request)
            except LoginNeededError:
                return _ask_for_login(request)
            except Exception as error:
                return problem_page(request, _problem(error))

        return handle_as_page


def problem_page(request: Request, problem: ProblemError) -> Response:
    """The page of a problem, with its status and headers."""
    page = render(request, "problem.html", problem.status, title=problem.title, detail=problem.detail)
    page.headers.update(problem.headers)
    return page


def _ask_for_login(request: Request) -> Response:
    if entry_of(request).has_login:
        return RedirectResponse(login_location(request), 303)
    detail = "log in to Airflow, then open this page again"
    return problem_page(request, ProblemError(401, "Not logged in to Airflow", detail))


def _problem(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        told = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()[:3]
        )
        return ProblemError(422, "Invalid request", told)
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, "Request refused", str(error.detail))
    found = problem_of(error) if isinstance(error, UpbeatError) else internal_problem()
    if found.status == internal_problem().status:
        log.exception("a page failed", exc_info=error)
    return found
