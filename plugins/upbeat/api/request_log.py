"""What every request gets: an id, headers that keep browsers careful, a line in the log, and an answer even when the code fails.

Pure ASGI: a request passes here on its way in and out, and pays microseconds for it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upbeat.api.access_line import write_access_line
from upbeat.api.problems import internal_problem, problem_response
from upbeat.api.request_metrics import NO_ROUTE
from upbeat.api.state import ApiState
from upbeat.logs import get_logger

REQUEST_ID = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
KEY_ID = "upbeat.key_id"
"""Where in the scope the caller's key is told, for the log."""
CLIENT_WENT_AWAY = 499
"""As nginx calls a request whose client left before it was answered."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS_KEY = "upbeat.headers"
_CAREFUL = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}
"""Of every answer that does not say otherwise: answers are data, and for the caller alone."""

log = get_logger("api")


def add_headers(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Headers of the answer to this request, whichever it becomes."""
    scope.setdefault(_HEADERS_KEY, []).extend(headers)


class RequestLog:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, state: ApiState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._headers(message["headers"], scope, request_id)
            await send(message)

        tokens = structlog.contextvars.bind_contextvars(request_id=request_id.decode())
        self._change_under_way(1)
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            log.exception("a request failed")
            if status:
                raise
            await problem_response(internal_problem())(scope, receive, send_with_headers)
        finally:
            self._change_under_way(-1)
            self._tell(scope, status, time.perf_counter() - began, request_id)
            structlog.contextvars.reset_contextvars(**tokens)

    def _change_under_way(self, by: int) -> None:
        self._state.under_way += by
        self._state.metrics.under_way.set(self._state.under_way)

    def _tell(self, scope: Scope, status: int, seconds: float, request_id: bytes) -> None:
        route = getattr(scope.get("route"), "path_format", NO_ROUTE)
        status = status or CLIENT_WENT_AWAY
        self._state.metrics.answered(_method(scope), route, status, seconds)
        write_access_line(
            method=scope["method"],
            path=scope["path"],
            status=status,
            milliseconds=round(seconds * 1_000, 2),
            key_id=scope.get(KEY_ID),
            request_id=request_id.decode(),
        )

    def _headers(
        self, own: Iterable[tuple[bytes, bytes]], scope: Scope, request_id: bytes
    ) -> list[tuple[bytes, bytes]]:
        headers = [*own, (REQUEST_ID, request_id), *scope.get(_HEADERS_KEY, ())]
        names = {name.lower() for name, _ in headers}
        headers.extend((name, value) for name, value in _CAREFUL.items() if name not in names)
        if (self._state.draining or self._state.stopping) and b"connection" not in names:
            # Whoever keeps a connection open leaves it now, between two requests, and not in the middle of the next one.
            headers.append((b"connection", b"close"))
        return headers


def _method(scope: Scope) -> str:
    """As a label: there are few methods, and a caller may send any word."""
    method: str = scope["method"]
    return method if method in _METHODS else "other"


def _request_id(scope: Scope) -> bytes:
    """The caller's, where it is one; else a new one."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID and _ID.fullmatch(value):
            return bytes(value)
    return secrets.token_hex(12).encode()
