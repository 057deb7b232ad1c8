"""Reading a request's body in pieces, decoded, and noticing when its client goes away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
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
        self._pieces: Iterator[bytes] = iter(())
        self._ahead = b""
        self._ended = False
        self.complete = False

    async def read(self) -> bytes:
        """The next decoded piece; `b""` at the end. Raises ClientGone, or ClickHouseError for a broken coding."""
        while not self.complete:
            piece = self._ahead or self._decoded()
            if not piece and not self._ended:
                await self._take_in()
                continue
            self._ahead = self._decoded()
            if self._ended and not self._ahead:
                self._decompressor.finish()
                self.complete = True
            return piece
        return b""

    def _decoded(self) -> bytes:
        return next(filter(None, self._pieces), b"")

    async def _take_in(self) -> int:
        """Take what comes next; how many bytes it has, as they came."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        self._ended = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        self._pieces = self._decompressor.feed(data)
        return len(data)

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
        while not self._ended and size < limit:
            size += await self._take_in()
        self.complete = self._ended

    async def gone(self) -> None:
        """Return when the client has closed its connection. For use once the body is complete."""
        message = await self._receive()
        assert message["type"] == "http.disconnect", "the body was complete"
