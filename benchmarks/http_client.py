"""A client of HTTP/1.1 that costs little: a load generator shares its cores with what it loads."""

from __future__ import annotations

import asyncio


class HttpConnection:
    """One kept connection to loopback; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        """Raises `OSError` where nobody listens."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20))

    async def get(self, path: str, key: str) -> tuple[int, bytes]:
        """Status and body of an answer that states its length."""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"
        )
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Close it; what is under way is lost."""
        self._writer.close()
