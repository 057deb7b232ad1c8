"""An open loop that costs little: requests over kept connections, each sent when it is due or as soon as a connection is free.

The answers are not parsed beyond what tells where they end; a load generator shares its cores with what it loads.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

_LENGTH = b"\r\ncontent-length: "


class _Connection(asyncio.Protocol):
    """One request at a time. What is due waits in the loop's queue."""

    def __init__(self, load: OpenLoop) -> None:
        self._load = load
        self._due = 0.0
        self._head = b""
        self._missing = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # of uvloop, which does not derive it

    def ask(self, due: float) -> None:
        """Send the request that was due at this time of the monotonic clock."""
        self._due = due
        self._transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        if self._missing == 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._read_head(end)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._load.answered(self, time.perf_counter() - self._due)

    def _read_head(self, end: int) -> None:
        head = self._head
        if head[9:12] != b"200":
            self._load.fail(AssertionError(head[:300] + head[end:][:300]))
        begin = head.lower().index(_LENGTH, 0, end + 2) + len(_LENGTH)
        length = int(head[begin : head.index(b"\r", begin)])
        self._missing = length - (len(head) - end - 4)
        self._head = b""

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.fail(exc or ConnectionError("the server closed a connection"))

    def close(self) -> None:
        """No more requests."""
        self._transport.abort()


class OpenLoop:
    """`rate` requests a second, whatever becomes of those before."""

    def __init__(self, request: bytes, rate: float, count: int) -> None:
        self.request = request
        self._rate = rate
        self._count = count
        self._free: deque[_Connection] = deque()
        self._waiting: deque[float] = deque()
        self._seconds: list[float] = []
        self._ended = asyncio.get_running_loop().create_future()

    async def run(self, port: int, connections: int) -> Sequence[float]:
        """Seconds from when each request was due to the last byte of its answer, in the order of the answers.

        Raises:
            AssertionError: an answer was not 200.
            OSError: a connection was refused or lost.
        """
        loop = asyncio.get_running_loop()
        opened = [
            (await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        self._free = deque(opened)
        begin = time.perf_counter() + 0.1
        for number in range(self._count):
            due = begin + number / self._rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            if self._ended.done():
                break
            if self._free:
                # The one that rested longest: a server closes what idles.
                self._free.popleft().ask(due)
            else:
                self._waiting.append(due)
        await self._ended
        for connection in opened:
            connection.close()
        return self._seconds

    def answered(self, connection: _Connection, seconds: float) -> None:
        """A connection is free again."""
        self._seconds.append(seconds)
        if self._waiting:
            connection.ask(self._waiting.popleft())
        else:
            self._free.append(connection)
        if len(self._seconds) == self._count and not self._ended.done():
            self._ended.set_result(None)

    def fail(self, error: Exception) -> None:
        """The first error ends the run; connections that are closed at its end are none."""
        if not self._ended.done():
            self._ended.set_exception(error)


def get_request(path: str, key: str) -> bytes:
    """A GET of HTTP/1.1 over a kept connection."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n\r\n".encode()
