"""Turns the JSON text of one value into the value of its column, or says why it cannot be. Pure.

This decides what a column takes. `encode` is quicker for whole columns of common values; what it cannot settle comes here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from upbeat.events.consumers import ColumnType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The row version is made of unsigned microseconds; DateTime64(6) holds no later year.
LATEST = datetime(2262, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LATEST_MICROSECONDS = (LATEST - EPOCH) // _MICROSECOND

_LARGEST = Decimal(10) ** 14
_SMALLEST = Decimal("0.0001")
_LONGEST_INT64 = len(str(-(2**63)))

_NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_read_text = msgspec.json.Decoder(str).decode


def convert(kind: ColumnType, text: str) -> Any:
    """The value that a column of this type stores for a JSON value other than null.

    Args:
        text: valid JSON, without blanks around it.

    Raises:
        ValueError: the column does not take it; the message continues a sentence that begins with the value.
    """
    return _CONVERTERS[kind](text)


def shown(text: str) -> str:
    """The value for a reason: short, on one line, with every other sign escaped."""
    quoted = ascii(_read_text(text) if text.startswith('"') else text)
    plain = quoted if text.startswith('"') else quoted[1:-1]
    return plain if len(plain) <= 60 else f"{plain[:57]}…"


def microseconds(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 time: exact, where a float of seconds is not. ValueError as `convert`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ValueError("has no offset from UTC")
    if not EPOCH <= moment < LATEST:
        raise ValueError("is not between 1970 and 2262")
    return (moment - EPOCH) // _MICROSECOND


def _string(text: str) -> str:
    if not text.startswith('"'):
        raise ValueError("is no text")
    value = _read_text(text)
    if "\0" in value:
        raise ValueError("holds a NUL, which Postgres does not store")
    return value


def _int64(text: str) -> int:
    if not _is_number(text) or _has_fraction(text):
        raise ValueError("is no whole number")
    # The length first: Python refuses to read thousands of digits.
    if len(text) > _LONGEST_INT64 or not -(2**63) <= int(text) < 2**63:
        raise ValueError("is beyond 64 bits")
    return int(text)


def _float64(text: str) -> float:
    if not _is_number(text):
        raise ValueError("is no number")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("is beyond a float")
    return value


def _decimal(text: str) -> Decimal:
    """An amount as it was written, not by way of a float, which would lose digits."""
    if not _is_number(text):
        raise ValueError("is no amount")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("has too large an exponent") from error
    if not -_LARGEST < value < _LARGEST:
        raise ValueError("is beyond 14 digits before the point")
    amount = value.quantize(_SMALLEST)
    if amount != value:
        raise ValueError("has more than 4 digits behind the point")
    return amount


def _bool(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text == "true"


def _timestamp(text: str) -> int:
    if not text.startswith('"'):
        raise ValueError("is no ISO 8601 time")
    return microseconds(_read_text(text))


def _json(text: str) -> str:
    """The text as it came: its digits are exact, and writing it anew would cost more than all else."""
    if _NUL_ESCAPE.search(text):
        raise ValueError("holds a NUL, which Postgres does not store")
    return text


def _is_number(text: str) -> bool:
    return text[0] in "-0123456789"


def _has_fraction(text: str) -> bool:
    return not text.lstrip("-").isdigit()


_CONVERTERS: dict[ColumnType, Callable[[str], Any]] = {
    "string": _string,
    "int64": _int64,
    "float64": _float64,
    "decimal": _decimal,
    "bool": _bool,
    "timestamp": _timestamp,
    "json": _json,
}
