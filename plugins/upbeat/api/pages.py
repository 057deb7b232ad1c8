"""Pages by cursor: where the last page ended, signed, and bound to the request that it continues."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from upbeat.api.problems import ProblemError
from upbeat.errors import InputError
from upbeat.settings import Settings

_SIGNATURE_BYTES = 16
_LONGEST = 2_000


def require_secret(settings: Settings) -> None:
    """To be asked before anything is served: what an empty secret signs, anybody could sign. Raises `InputError`."""
    if not settings.api_secret.get_secret_value():
        raise InputError(
            "UPBEAT_API_SECRET: it signs the cursors of pages and the console's logins: set it to a long random text"
        )


def encode_cursor(secret: str, request: Mapping[str, Any], last: Sequence[Any]) -> str:
    """The cursor behind a row.

    Args:
        request: resource, filters and sorting; the cursor continues this one only.
        last: the values of the row by which the page is sorted, key last.
    """
    body = orjson.dumps(list(last), default=str)
    return _text(_sign(secret, request, body) + body)


def decode_cursor(secret: str, request: Mapping[str, Any], cursor: str) -> list[Any]:
    """The values of `encode_cursor`. Raises `ProblemError` 400 for a cursor that is not ours, or of another request."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    # Base64 leaves bits of the last letter unread: a cursor with another last letter would pass for ours.
    signature, body = (b"", b"") if _text(raw) != cursor else (raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:])
    if not body or not hmac.compare_digest(signature, _sign(secret, request, body)):
        raise ProblemError(
            400,
            "Invalid cursor",
            "cursor: not one of this request: take `next` as it was sent, or begin anew",
        )
    return list(orjson.loads(body))


def require_page(limit: int, largest: int) -> None:
    """Raises `ProblemError` 422 for a page of more rows than the setting `api_largest_page` allows."""
    if limit > largest:
        raise ProblemError(422, "Invalid request", f"query.limit: {limit} rows: a page has at most {largest}")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sign(secret: str, request: Mapping[str, Any], body: bytes) -> bytes:
    told = orjson.dumps(dict(request), default=str, option=orjson.OPT_SORT_KEYS) + b"\0" + body
    return hmac.new(secret.encode(), told, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
