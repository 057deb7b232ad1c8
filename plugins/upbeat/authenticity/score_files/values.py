"""Reads the cells of one follower. Reasons never hold what stands in the cell: it may be a person's handle."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from upbeat.authenticity.match import MOST_CHARACTERS

UNKNOWN = frozenset({"", "-", "–", "n/a", "na", "nan", "none", "null", "unknown", "?"})
MOST = 10**12
"""More than there are people: such a count is another column, or a damaged one."""

_MOST_EXACT = 2**53
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))?([kmb]?)", re.I)
_GROUPED = re.compile(r"[0-9]{1,3}(?:[,  '][0-9]{3})+(?:\.[0-9]+)?")
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_TRUE, _FALSE = (
    frozenset({"true", "t", "yes", "y", "1", "1.0"}),
    frozenset({"false", "f", "no", "n", "0", "0.0"}),
)


def read_handle(value: Any) -> str:
    """A handle without `@`. Raises `ValueError` where there is none."""
    text = _text(value)
    handle = "" if text is None else text.strip().removeprefix("@")
    if not handle:
        raise ValueError("is empty")
    if len(handle) > MOST_CHARACTERS:
        raise ValueError(f"has {len(handle):,} characters, which no platform allows")
    return handle


def read_name(value: Any) -> str | None:
    """A display name as written; None where there is none. Raises `ValueError` for what is no text."""
    text = _text(value)
    return text if text and not text.isspace() else None


def read_count(value: Any) -> int | None:
    """A count: `1234`, `1,234`, `17.8M`, `12.0`; None where it is unknown. Raises `ValueError` for anything else."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        raise ValueError("is no count")
    count = _whole(value) if isinstance(value, int | float | Decimal) else _count_in(value)
    if count is not None and not 0 <= count <= MOST:
        raise ValueError("is no number of accounts or posts")
    return count


def read_flag(value: Any) -> bool | None:
    """Yes or no; the address of a picture means yes; None where it is unknown. Raises `ValueError` for anything else."""
    if value is None or isinstance(value, bool):
        return value
    cell = str(value).strip().lower()
    if cell in UNKNOWN:
        return None
    if cell in _TRUE or cell.startswith(("http://", "https://")):
        return True
    if cell in _FALSE:
        return False
    raise ValueError("is neither true nor false")


READERS: dict[str, Callable[[Any], Any]] = {
    "handle": read_handle,
    "full_name": read_name,
    "followers": read_count,
    "following": read_count,
    "posts": read_count,
    "has_picture": read_flag,
    "is_private": read_flag,
}
"""How each field of `Follower` is read."""


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    # Tools that guess types make numbers of handles such as 007.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float | Decimal):
        return _digits_in(value)
    raise ValueError("is no text")


def _digits_in(value: float | Decimal) -> str | None:
    """A column of numbers with a gap is one of floats to such tools."""
    if math.isnan(value):
        return None
    if math.isfinite(value) and value == int(value) and -_MOST_EXACT < value < _MOST_EXACT:
        return str(int(value))
    raise ValueError("is no text")


def _whole(value: float | Decimal) -> int:
    if not math.isfinite(value) or value != int(value):
        raise ValueError("is no whole number")
    return int(value)


def _count_in(value: Any) -> int | None:
    if not isinstance(value, str):
        raise ValueError("is no count")
    cell = value.strip()
    if cell.lower() in UNKNOWN:
        return None
    if _GROUPED.fullmatch(cell):
        cell = re.sub(r"[^0-9.]", "", cell)
    found = _NUMBER.fullmatch(cell)
    if found is None:
        raise ValueError("is no count")
    fraction, scale = (found[2] or "").rstrip("0"), _SCALE[found[3].lower()]
    if scale % 10 ** len(fraction):
        raise ValueError("is no whole number")
    return int(found[1]) * scale + (int(fraction) * (scale // 10 ** len(fraction)) if fraction else 0)
