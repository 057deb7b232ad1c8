"""Lengths and ages as YouTube's sources write them. Pure; each raises `ValueError` naming what it expected."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

_ISO = TypeAdapter(timedelta)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})")
_AGE = re.compile(
    r"\b(\d{1,4}|an?) ?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d) ago\b", re.IGNORECASE
)
_DAY = re.compile(r"\b([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}), (\d{4})\b")
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
_ROUNDED_DOWN: dict[str, dict[str, int]] = {
    "second": {"microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "day": {"hour": 0, "minute": 0, "second": 0, "microsecond": 0},
}
_MAX_SECONDS = 10**8


def to_seconds(value: Any) -> float | None:
    """A length: seconds (`282`, `"282"`), a clock (`4:42`, `1:02:03`) or ISO 8601 (`PT25M26S`, `P1DT2H`)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected a length")
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        seconds = _text_seconds(text)
    else:
        seconds = float(value)
    if not 0 <= seconds < _MAX_SECONDS:
        raise ValueError("expected a length of 0 seconds to three years")
    return seconds


def _text_seconds(text: str) -> float:
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        return float(text)
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    if text.startswith("P") and len(text) <= 40:
        try:
            return _ISO.validate_python(text).total_seconds()
        except (ValidationError, OverflowError) as error:
            raise ValueError("expected a length like PT25M26S") from error
    raise ValueError("expected a length like PT25M26S, 25:26 or seconds")


def instant_of_age(text: str, observed_at: datetime) -> datetime | None:
    """The time that `5 hours ago` (`5h ago`, `an hour ago`) means, rounded down to its unit; None for weeks and longer.

    `2 weeks ago` stays the same for seven days: taken as a time it would move from day to day.
    """
    found = _AGE.search(text)
    if found is None:
        return None
    unit = _UNITS[found[2][0].lower()]
    number = int(found[1]) if found[1].isdigit() else 1
    moment = observed_at.astimezone(UTC) - timedelta(**{f"{unit}s": number})
    return moment.replace(**_ROUNDED_DOWN[unit])  # type: ignore[arg-type]


def day_in(text: str) -> datetime | None:
    """The beginning (UTC) of the day that `Joined Feb 20, 2012` and `Premiered Jan 5, 2023` name; None where none is named."""
    found = _DAY.search(text)
    if found is None:
        return None
    try:
        return datetime.strptime(" ".join(found.groups()), "%b %d %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
