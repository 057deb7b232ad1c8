"""Who looks at the console: whoever showed an API key here, or, inside Airflow, a user of Airflow."""

from __future__ import annotations

import time
from typing import Annotated, Protocol, cast
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from upbeat.api.access import Caller, Scope, caller_of_session, spend
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState, state_of
from upbeat.console.sessions import key_of_session

COOKIE = "upbeat_console"
MOUNT = "/console"


class Entry(Protocol):
    """A way in.

    Attributes:
        has_login: there is a form for a key, and a way out; otherwise somebody else's login counts.
        frame_ancestors: who may show the console in a frame, as in a Content-Security-Policy.
    """

    has_login: bool
    frame_ancestors: str

    async def caller(self, request: Request) -> Caller | None:
        """Who asks; None for nobody known. Raises `ProblemError` and `StoreUnavailableError`."""


class KeyEntry:
    """An API key that was shown at the login form; its id stands in a signed cookie."""

    has_login = True
    frame_ancestors = "'none'"

    async def caller(self, request: Request) -> Caller | None:
        """The key of the cookie, looked up anew: its revocation ends the session."""
        state = state_of(request)
        secret = state.settings.api_secret.get_secret_value()
        key_id = key_of_session(secret, request.cookies.get(COOKIE, ""), time.time())
        if key_id is None:
            return None
        try:
            return await caller_of_session(state, key_id)
        except ProblemError as problem:
            if problem.status != 401:
                raise
            return None


class LoginNeededError(Exception):
    """Nobody is known to ask: the login form is shown, and afterwards what was asked for."""


def entry_of(connection: HTTPConnection) -> Entry:
    """The way into the application that serves this request."""
    return cast("Entry", connection.app.state.console_entry)


def mount_of(request: Request) -> str:
    """The path under which the application is mounted in another one, as a browser sees it; mostly none."""
    return str(request.scope.get("root_path", ""))


def root_of(request: Request) -> str:
    """The path of the console as a browser sees it."""
    return f"{mount_of(request)}{MOUNT}"


def login_location(request: Request) -> str:
    """Where the login form is, which leads back to what this request asks for."""
    path, query = request.url.path, request.url.query
    wanted = f"{path}?{query}" if query else path
    return f"{root_of(request)}/login?next={quote(wanted, safe='')}"


async def _visitor(request: Request, scope: Scope) -> Caller:
    found = await entry_of(request).caller(request)
    if found is None:
        raise LoginNeededError
    await spend(request, state_of(request), found)
    request.state.visitor = found
    if scope not in found.scopes:
        told = f"{found.actor} lacks the scope `{scope}`"
        raise ProblemError(403, "Scope missing", told)
    return found


async def _reader(request: Request) -> Caller:
    return await _visitor(request, "read")


async def _operator(request: Request) -> Caller:
    found = await _visitor(request, "operations")
    if found.account_id is not None:
        told = f"the key is of the account {found.account_id}: the operations page shows all of them"
        raise ProblemError(403, "Another account", told)
    return found


async def _state(request: Request) -> ApiState:
    return state_of(request)


Reader = Annotated[Caller, Depends(_reader)]
Operator = Annotated[Caller, Depends(_operator)]
ConsoleState = Annotated[ApiState, Depends(_state)]
