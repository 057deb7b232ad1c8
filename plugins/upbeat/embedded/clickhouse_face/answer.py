"""Writing an HTTP answer over ASGI: ClickHouse's headers, one write for small bodies, chunks for long ones."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from upbeat.embedded.clickhouse_face.compression import compressor
from upbeat.embedded.clickhouse_face.engine import Outcome
from upbeat.embedded.clickhouse_face.errors import ClickHouseError, trailer

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CONTENT_TYPES = {
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "tabseparatedwithnames": "text/tab-separated-values; charset=UTF-8; header=present",
    "tsvwithnames": "text/tab-separated-values; charset=UTF-8; header=present",
    "tabseparatedwithnamesandtypes": "text/tab-separated-values; charset=UTF-8; header=present",
    "tsvwithnamesandtypes": "text/tab-separated-values; charset=UTF-8; header=present",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "csvwithnamesandtypes": "text/csv; charset=UTF-8; header=present",
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsonstrings": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
    "jsoncompacteachrow": "application/x-ndjson; charset=UTF-8",
    "xml": "application/xml; charset=UTF-8",
    "native": "application/octet-stream",
    "rowbinary": "application/octet-stream",
    "parquet": "application/octet-stream",
    "arrow": "application/octet-stream",
    "arrowstream": "application/octet-stream",
}


class StreamBroken(Exception):
    """The query failed after its answer had begun: the connection ends without the last chunk."""


class Answer:
    """One answer. Nothing is sent before `begin`, so that an early error still gets its own status."""

    def __init__(self, send: Send, *, query_id: str, coding: str, headers: dict[str, str]) -> None:
        self._send = send
        self._compressor = compressor(coding)
        self._coding = coding
        self._tag = uuid.uuid4().hex[:16]
        self.query_id = query_id
        self._headers = {"X-ClickHouse-Query-Id": query_id, **headers} if query_id else dict(headers)
        self.begun = False

    async def begin(self, output_format: str | None, outcome: Outcome, *, length: int | None = None) -> None:
        """Send status 200 and the headers. A statement without a result has no format."""
        self.begun = True
        headers = {
            **self._headers,
            "Content-Type": _CONTENT_TYPES.get((output_format or "").lower(), "text/plain; charset=UTF-8"),
            "X-ClickHouse-Summary": summary(outcome),
        }
        if output_format:
            headers["X-ClickHouse-Format"] = output_format
        if length is None:
            headers["X-ClickHouse-Exception-Tag"] = self._tag
        else:
            headers["Content-Length"] = str(length)
        if self._coding:
            headers["Content-Encoding"] = self._coding
        await self._start(200, headers)

    async def write(self, data: bytes) -> None:
        """Send a part of the body; waits while the client is slower than the query."""
        encoded = self._compressor.compress(data)
        if encoded:
            await self._body(encoded, more=True)

    async def finish(self) -> None:
        """Send the end of the body."""
        await self._body(self._compressor.flush(), more=False)

    async def whole(self, output_format: str | None, outcome: Outcome, body: bytes) -> None:
        """Send a complete body at once."""
        if body:
            body = self._compressor.compress(body) + self._compressor.flush()
        else:
            self._coding = ""
        await self.begin(output_format, outcome, length=len(body))
        await self._body(body, more=False)

    async def fail(self, error: ClickHouseError, version: str) -> None:
        """Send an error: as the whole answer, or as the end of a body that had begun (then raises StreamBroken)."""
        if self.begun:
            data = self._compressor.compress(trailer(error, self._tag, version)) + self._compressor.flush()
            await self._body(data, more=True)
            raise StreamBroken(error.message)
        body = error.text(version).encode("utf-8", "surrogateescape")
        headers = {
            **self._headers,
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Length": str(len(body)),
            "X-ClickHouse-Exception-Code": str(error.code),
        }
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        self.begun = True
        await self._start(error.status, headers)
        await self._body(body, more=False)

    async def _start(self, status: int, headers: dict[str, str]) -> None:
        encoded = [(name.encode(), _header_value(value)) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def _body(self, data: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": more})


def _header_value(value: str) -> bytes:
    """Control characters out: a header from a client's query id must not begin another header."""
    return "".join(char if char.isprintable() else "_" for char in value).encode("utf-8", "replace")


def summary(outcome: Outcome) -> str:
    """`X-ClickHouse-Summary`: numbers as strings, as the server writes them."""
    return json.dumps(
        {
            "read_rows": str(outcome.read_rows),
            "read_bytes": str(outcome.read_bytes),
            "written_rows": str(outcome.written_rows),
            "written_bytes": str(outcome.written_bytes),
            "total_rows_to_read": str(outcome.read_rows),
            "result_rows": str(outcome.result_rows or outcome.written_rows),
            "result_bytes": str(len(outcome.body) or outcome.written_bytes),
            "elapsed_ns": str(int(outcome.elapsed_seconds * 1e9)),
        },
        separators=(",", ":"),
    )
