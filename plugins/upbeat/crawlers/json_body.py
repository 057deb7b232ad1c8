"""Bytes to JSON, forgiving what some services send and Postgres or strict readers would not take. Pure."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson

from upbeat.errors import MalformedBodyError

_BOM = b"\xef\xbb\xbf"


def load_json(body: bytes, *, exact: bool = False) -> Any:
    """The document in `body`.

    Args:
        exact: numbers with a fraction become `Decimal`, as they are written: for amounts of money.

    Escaped lone surrogates and bytes that are not UTF-8 stay in as lone surrogates: the field readers strip them.

    Raises:
        MalformedBodyError: empty, cut off, nested too deeply, or not JSON at all.
    """
    body = body.removeprefix(_BOM)
    if not exact:
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(body)
    try:
        return json.loads(
            body.decode("utf-8", "surrogateescape"),
            parse_constant=lambda _: None,
            parse_float=Decimal if exact else None,
        )
    except RecursionError as error:
        raise MalformedBodyError("not readable: the JSON is nested too deeply") from error
    except ValueError as error:
        reason = str(error).split(":")[0] if body.strip() else "the body is empty"
        raise MalformedBodyError(f"not JSON: {reason} ({len(body)} bytes)") from error
