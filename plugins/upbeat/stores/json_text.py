"""JSON text that Postgres takes as jsonb: no NUL, no lone surrogate, whatever the upstream sent."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def clean_text(text: str) -> str:
    """Drop NULs and lone surrogates: Postgres stores neither."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def encode_json(value: Any) -> str:
    """JSON of plain values, datetimes (ISO 8601), decimals (as text), enums and dataclasses; integers of any size.

    The fast path costs one pass; only a value with something to clean is walked in Python.
    """
    try:
        encoded = orjson.dumps(value, default=_decimal)
    except TypeError:
        return json.dumps(_cleaned(value), ensure_ascii=False)
    if b"\\u0000" in encoded:
        return json.dumps(_cleaned(orjson.loads(encoded)), ensure_ascii=False)
    return encoded.decode()


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _cleaned(orjson.loads(orjson.dumps(value, default=_decimal)))


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
