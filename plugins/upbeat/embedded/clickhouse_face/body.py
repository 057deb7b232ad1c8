"""Reading a request's body in pieces, decoded, and noticing when its client goes away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from upbeat.embedded.clickhouse_face.compression import Decompressor

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """The client closed its connection: there is nobody to answer."""


class Body:
    """The body of one request."""

    def __init__(self, receive: Receive, coding: str) -> None:
        self._receive = receive
        self._decompressor = Decompressor(coding)
        self.complete = False

    async def read(self) -> bytes:
        """The next decoded piece; `b""` at the end. Raises ClientGone, or ClickHouseError for a broken coding."""
        while not self.complete:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            self.complete = not message.get("more_body", False)
            data = self._decompressor.feed(message.get("body", b""))
            if self.complete:
                self._decompressor.finish()
            if data:
                return data
        return b""

    async def read_up_to(self, limit: int) -> bytes:
        """Read until the body is complete or `limit` bytes are there (maybe somewhat more)."""
        parts: list[bytes] = []
        size = 0
        while size < limit and (piece := await self.read()):
            parts.append(piece)
            size += len(piece)
        return b"".join(parts)

    async def drain(self, limit: int) -> None:
        """Read on, so that a client that is still sending gets to see the answer; up to `limit` bytes."""
        size = 0
        while not self.complete and size < limit:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            size += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)

    async def gone(self) -> None:
        """Return when the client has closed its connection. For use once the body is complete."""
        message = await self._receive()
        assert message["type"] == "http.disconnect", "the body was complete"
