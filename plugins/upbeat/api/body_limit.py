"""The body of a request is read here, before anything else happens: whole, in time, and never beyond the limit.

So a slow or endless client holds a connection, and no connection to Postgres. Pure ASGI; a request without a body costs nothing.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upbeat.api.problems import ProblemError, problem_response

_DISCARDED = 8
"""So many times the limit is still read and thrown away: a client that sends cannot hear the refusal."""
_WITH_BODY = (b"content-length", b"transfer-encoding")
_CLOSE = {"Connection": "close"}


class BodyLimit:
    """Refuses bodies above `largest` bytes with 413, and those that take longer than `seconds` with 408."""

    def __init__(self, app: ASGIApp, *, largest: int, seconds: float) -> None:
        self._app = app
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not any(name in _WITH_BODY for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._read(receive)
        except TimeoutError:
            line = f"the body did not arrive within {self._seconds:g} s: send it at once"
            await self._refuse(ProblemError(408, "Body too slow", line, headers=_CLOSE), scope, receive, send)
            return
        if body is None:
            return
        if len(body) > self._largest:
            line = f"a body may have {self._largest:,} bytes: send it in smaller parts"
            await self._refuse(
                ProblemError(413, "Body too large", line, headers=_CLOSE), scope, receive, send
            )
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body; of one that is too large a part that is too large, too; None when the client went away."""
        body, length, more = bytearray(), 0, True
        while more and length <= self._largest * _DISCARDED:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            chunk = message.get("body", b"")
            length += len(chunk)
            if len(body) <= self._largest:
                body += chunk
            more = message.get("more_body", False)
        return bytes(body)

    async def _refuse(self, problem: ProblemError, scope: Scope, receive: Receive, send: Send) -> None:
        await problem_response(problem)(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
