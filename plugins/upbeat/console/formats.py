"""How figures are written for people. Pure; what is not known is a dash, never a zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

UNKNOWN = "–"
_STEPS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))
_BIG: tuple[tuple[float, str], ...] = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """`12,345`."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"


def shared_count(value: float | None) -> str:
    """`4`, or `4.5` where things that several share are divided among them: rounded, their parts would not add up."""
    return number(value, 0 if value is None or float(value).is_integer() else 1)


def short(value: float | Decimal | None) -> str:
    """`12.3k`, for the axis of a chart."""
    if value is None:
        return UNKNOWN
    for size, letter in _BIG:
        if abs(float(value)) >= size:
            return f"{float(value) / size:.4g}{letter}"
    return f"{float(value):.4g}"


def percent(value: float | None, digits: int = 2) -> str:
    """Of a figure that is in percent already, as engagement rates are."""
    return UNKNOWN if value is None else f"{value:,.{digits}f} %"


def share(value: float | None, digits: int = 1) -> str:
    """Of a part of one: `0.123` is `12.3 %`."""
    return UNKNOWN if value is None else percent(value * 100, digits)


def signed(value: float | None, digits: int = 0) -> str:
    """`+3`; `0` has no sign."""
    return UNKNOWN if value is None else f"{value:+,.{digits}f}" if value else "0"


def money(value: float | Decimal | str | None, currency: str | None) -> str:
    """`1,234.50 EUR`, and `0.0819 EUR` of what is less than one; amounts in several currencies have none."""
    if value is None:
        return UNKNOWN
    amount = Decimal(str(value))
    digits = 4 if abs(amount) < 1 and amount != round(amount, 2) else 2
    return f"{amount:,.{digits}f} {currency or ''}".rstrip()


def day(value: str | date | None) -> str:
    """The date of a moment that is written as ISO 8601."""
    if value is None:
        return UNKNOWN
    return value.isoformat()[:10] if isinstance(value, date) else value[:10]


def moment(value: str | datetime | None) -> str:
    """`2026-11-22 10:00 UTC`."""
    if value is None:
        return UNKNOWN
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return f"{found:%Y-%m-%d %H:%M} UTC"


def age(seconds: float | None) -> str:
    """`3 h`, in the largest unit of which there is at least one."""
    if seconds is None:
        return UNKNOWN
    return next(
        (f"{seconds / size:,.0f} {unit}" for size, unit in _STEPS if seconds >= size), f"{seconds:.0f} s"
    )


def named(value: Any) -> str:
    """A text, a list of texts, or a dash."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or UNKNOWN
    return UNKNOWN if value in (None, "") else str(value)


FILTERS = {
    "number": number, "shared_count": shared_count, "short": short, "percent": percent, "share": share, "signed": signed, "money": money,
    "day": day, "moment": moment, "age": age, "named": named,
}  # fmt: skip
