"""In with an API key, and out again. These two are the console's only writes: what they write is the visitor's own cookie."""

from __future__ import annotations

import re
import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from upbeat.api.access import Caller, caller_of
from upbeat.api.problems import ProblemError
from upbeat.api.state import state_of
from upbeat.console.entry import COOKIE, entry_of, root_of
from upbeat.console.pages import ConsoleRoute, render
from upbeat.console.sessions import make_session

router = APIRouter(route_class=ConsoleRoute)
_OPENS = frozenset({"read", "operations"})
_PATH = re.compile(r"[!-\[\]-~]{,4000}", re.ASCII)
"""Printable and without a backslash, which browsers read as a slash."""


@router.get("/login")
async def form(request: Request, wanted: Annotated[str, Query(alias="next")] = "") -> Response:
    """The form."""
    _require_login(request)
    return render(request, "login.html", problem=None, wanted=own_path(request, wanted))


@router.post("/login")
async def login(request: Request) -> Response:
    """Check the key; the cookie holds its id, never its secret."""
    _require_login(request)
    require_own_form(request)
    given = await request.form()
    key, wanted = (_text(given.get(name)) for name in ("key", "next"))
    settings = state_of(request).settings
    try:
        caller = await caller_of(state_of(request), key.strip())
    except ProblemError as problem:
        if problem.status != 401:
            raise
        return _refuse(request, wanted, problem.detail if key else "an API key is needed")
    if not caller.scopes & _OPENS:
        return _refuse(request, wanted, "the key has neither the scope `read` nor `operations`")
    secret, seconds = settings.api_secret.get_secret_value(), settings.console_session_seconds
    assert caller.key_id is not None
    answer = RedirectResponse(own_path(request, wanted) or _first_page(request, caller), 303)
    answer.set_cookie(
        COOKIE,
        make_session(secret, caller.key_id, int(time.time()) + seconds),
        max_age=seconds,
        path=root_of(request),
        secure=over_tls(request),
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Forget the visitor."""
    _require_login(request)
    require_own_form(request)
    answer = RedirectResponse(f"{root_of(request)}/login", 303)
    answer.delete_cookie(COOKIE, root_of(request), secure=over_tls(request), httponly=True, samesite="strict")
    return answer


def own_path(request: Request, wanted: str) -> str:
    """`wanted` where it is a page of this console, else nothing: a link to the login must not lead elsewhere after it."""
    inside = wanted.startswith(f"{root_of(request)}/") and "/../" not in wanted
    return wanted if inside and _PATH.fullmatch(wanted) else ""


def over_tls(request: Request) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy that says so. Whoever says it wrongly loses a cookie of their own."""
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return "https" in (request.url.scheme, told)


def require_own_form(request: Request) -> None:
    """Other sites must not log anybody in or out. Browsers tell where a form stood. Raises `ProblemError` 403."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ProblemError(403, "Another site's form", "log in and out on the console's own pages")


def _first_page(request: Request, caller: Caller) -> str:
    return f"{root_of(request)}/{'' if 'read' in caller.scopes else 'operations'}"


def _refuse(request: Request, wanted: str, problem: str) -> Response:
    return render(request, "login.html", 401, problem=problem, wanted=own_path(request, wanted))


def _text(value: UploadFile | str | None) -> str:
    return value if isinstance(value, str) else ""


def _require_login(request: Request) -> None:
    if not entry_of(request).has_login:
        raise ProblemError(404, "Not found", "inside Airflow, its own login counts")
