"""Reading a `multipart/form-data` body: clients send query parameters that way when an address would be too long. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.request import FaceRequest

_NAME = re.compile(rb'content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"', re.IGNORECASE)
_FILE = re.compile(rb"content-disposition:[^\r\n]*;\s*filename\*?=", re.IGNORECASE)


def with_form(request: FaceRequest, body: bytes) -> FaceRequest:
    """The request with the query and the parameters of its form (RFC 7578).

    Raises ClickHouseError for a file (an external table), another field, and a form that is cut short.
    """
    fields = dict(_fields(body, request.multipart_boundary or ""))
    unknown = [name for name in fields if name != "query" and not name.startswith("param_")]
    if unknown:
        raise ClickHouseError(
            48,
            f"The form field {unknown[0][:100]!r} is not supported: send query and param_… as fields, settings in the address",
        )
    parameters = {name[6:]: value for name, value in fields.items() if name.startswith("param_")}
    return replace(
        request,
        query=request.query + fields.get("query", ""),
        parameters={**request.parameters, **parameters},
        multipart_boundary=None,
    )


def _fields(body: bytes, boundary: str) -> Iterator[tuple[str, str]]:
    """Name and text of each part."""
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise ClickHouseError(36, "The multipart/form-data body ends too early", status=400)
    for section in sections[1:-1]:
        head, _, content = section.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if _FILE.search(head):
            raise ClickHouseError(48, "External tables (files in multipart/form-data) are not supported")
        if name is None:
            raise ClickHouseError(36, "A part of the multipart/form-data body has no name", status=400)
        yield name[1].decode("utf-8", "surrogateescape"), content.decode("utf-8", "surrogateescape")
