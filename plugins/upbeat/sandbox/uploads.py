"""Reads `multipart/form-data`: small files in memory, large ones in temporary storage."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Receive, Scope

from upbeat.sandbox.upstream import Upload


class TooLargeError(Exception):
    """The body is larger than the API takes."""


def is_form(scope: Scope) -> bool:
    """Whether a request bears a form."""
    return Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")


async def read_upload(scope: Scope, receive: Receive, most: int) -> Upload:
    """The form with its file; without one for a body that is no form. Raises `TooLargeError` beyond `most` bytes."""
    try:
        form = await MultiPartParser(Headers(scope=scope), _chunks(receive, most)).parse()
    except MultiPartException:
        return Upload({}, "", None, 0)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        return Upload(fields, "", None, 0)
    # The first is not closed here: whoever keeps the upload keeps its file.
    for further in files[1:]:
        await further.close()
    return Upload(fields, files[0].filename or "", files[0].file, files[0].size or 0)


async def _chunks(receive: Receive, most: int) -> AsyncGenerator[bytes, None]:
    read = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        read += len(chunk)
        if read > most:
            raise TooLargeError
        if chunk:
            yield chunk
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
