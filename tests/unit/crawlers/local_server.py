"""A real HTTP server on loopback whose answers a test writes: the outside world of the client's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class LocalServer:
    """`respond(path)` gives the raw bytes to send; `requests` are the heads that came."""

    respond: Callable[[str], bytes]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    stuck_seconds: float = 0.0
    connections: int = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                self.requests.append(head)
                await asyncio.sleep(self.stuck_seconds)
                raw = self.respond(head.split(" ")[1])
                writer.write(raw)
                await writer.drain()
                if not raw:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def http_answer(body: bytes, status: int = 200, *headers: str) -> bytes:
    """An answer in HTTP/1.1."""
    lines = [
        f"HTTP/1.1 {status} X",
        f"content-length: {len(body)}",
        "content-type: application/json",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def local_server(
    respond: Callable[[str], bytes], stuck_seconds: float = 0.0
) -> AsyncIterator[LocalServer]:
    """Serve on a free port until the block ends."""
    local = LocalServer(respond, stuck_seconds=stuck_seconds)
    server = await asyncio.start_server(local._serve, "127.0.0.1", 0)
    local.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield local
    finally:
        server.close()
