"""Composes ClickHouse expressions of Postgres' binary numeric: digits to the base 10,000, the highest first. Pure."""

from __future__ import annotations

import re

_MOST_DIGITS = {"Int64": 18, "Int128": 38, "Int256": 76}
_INTEGERS = {"8": 3, "16": 5, "32": 10, "64": 20}


def numeric_value(value: str, kind: str) -> str | None:
    """Length and bytes of a whole number or a Decimal; None for other types, whose rounding is Postgres' business.

    Leading zeros are allowed, so every value of a type has the same number of digits. Precision and scale of the column
    are applied by Postgres, as they are to text.
    """
    shape = _shape(kind)
    if shape is None:
        return None
    precision, scale = shape
    padding = -scale % 4
    wide = next((name for name, most in _MOST_DIGITS.items() if precision + padding <= most), None)
    if wide is None:
        return None
    whole, fraction = max(1, -(-(precision - scale) // 4)), -(-scale // 4)
    count = whole + fraction
    number = f"abs({_unscaled(value, kind, scale, wide)}) * to{wide}('{10**padding}')"
    digits = [f"intDiv({number}, to{wide}('{10_000 ** (count - 1 - n)}')) % 10000" for n in range(count)]
    shown = ", ".join(f"reinterpretAsFixedString(byteSwap(toInt16({digit})))" for digit in digits)
    head = f"unhex('{8 + 2 * count:08x}{count:04x}{whole - 1:04x}')"
    sign = f"if({value} < 0, unhex('4000'), unhex('0000'))"
    return f"concat({head}, {sign}, unhex('{scale:04x}'), {shown})"


def _shape(kind: str) -> tuple[int, int] | None:
    if decimal := re.fullmatch(r"Decimal\((\d+), (\d+)\)", kind):
        return int(decimal[1]), int(decimal[2])
    if integer := re.fullmatch(r"U?Int(8|16|32|64)", kind):
        return _INTEGERS[integer[1]], 0
    return None


def _unscaled(value: str, kind: str, scale: int, wide: str) -> str:
    """The number times 10**scale, as a whole number."""
    if not kind.startswith("Decimal"):
        return f"to{wide}({value})"
    return f"reinterpretAs{wide}(toDecimal{wide.removeprefix('Int')}({value}, {scale}))"
