"""Values as sources send them to values as records hold them. Pure; each raises `ValueError` naming what it expected.

A count may come as `1234`, `"1,234"`, `"12,34,567"`, `"12.5K"`, `"17.8M"`, `1234.0`; a flag as `true`, `1`, `"true"`; a time as epoch
seconds, milliseconds or microseconds, or as ISO 8601. None is returned for what means "not told": an empty text, a dash, -1
for a hidden count, 0 for a time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

MAX_COUNT = 2**63 - 1
_WHOLE_BELOW = Decimal(2**64)
_MAX_AMOUNT = Decimal("99999999999999.9999")
MAX_EXPONENT = 20
"""Digits behind the point of an amount; the tables keep four."""
_LETTERS = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
    "lakh": 10**5,
    "crore": 10**7,
}
_NUMBER = re.compile(r"\+?(?P<digits>\d[\d.,' \u00a0\u202f]{0,40})\s*(?P<letters>[a-zA-Z]*)")
_GROUPED = re.compile(
    r"\d{1,3}(?:(?P<mark>[.,' \u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*"
    r"|\d{1,2}(?:,\d{2})+,\d{3}"  # lakhs and crores: 12,34,567
)
_DECIMAL = re.compile(r"\d{1,19}(?:[.,]\d{1,9})?")
_SURROGATES_AND_NUL = re.compile("[\x00\ud800-\udfff]")
_TRUE = frozenset({"true", "1", "yes", "y", "t"})
_FALSE = frozenset({"false", "0", "no", "n", "f"})
_NOTHING = frozenset({"", "-", "--", "–", "—", "n/a", "na", "none", "null"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT_BELOW = 2**53
"""Whole numbers below this a float holds exactly."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def clean_text(value: str) -> str:
    """Without NULs and lone surrogates: Postgres takes neither. A split pair of surrogates is joined first."""
    if _SURROGATES_AND_NUL.search(value) is None:
        return value
    joined = value.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return _SURROGATES_AND_NUL.sub("", joined)


def to_text(value: Any) -> str | None:
    """A text; numbers are taken as written. Empty means not told."""
    text = to_text_or_empty(value)
    return text or None


def to_text_or_empty(value: Any) -> str:
    """A text where empty is a fact: a biography, a caption."""
    if isinstance(value, str):
        return clean_text(value).strip()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    raise ValueError("expected a text")


def to_identifier(value: Any) -> str | None:
    """An id: digits (or letters) without blanks. A float that may have lost digits is refused."""
    if _is_whole(value) and abs(value) < _EXACT_BELOW:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("expected an id")
    if isinstance(value, int):
        if not 0 < value < 10**40:
            raise ValueError("expected a positive id")
        return str(value)
    text = clean_text(value).strip()
    if text in ("", "0"):
        return None
    if re.fullmatch(r"[\w:.-]{1,100}", text) is None:
        raise ValueError("expected an id without blanks")
    return text


def _is_whole(value: Any) -> bool:
    """Whether this is a number with a fraction of nothing, as tables write whole numbers: `12.0`."""
    if isinstance(value, Decimal):
        # The bound first: a Decimal like 1e999999 cannot be written out.
        return -_WHOLE_BELOW < value < _WHOLE_BELOW and value == value.to_integral_value()
    return isinstance(value, float) and value.is_integer()


def to_handle(value: Any) -> str | None:
    """A handle: lower case, without `@`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("expected a handle")
    text = clean_text(value).strip().removeprefix("@").lower()
    if text and re.fullmatch(r"[\w.]{1,64}", text) is None:
        raise ValueError("expected a handle: letters, digits, dots, underscores")
    return text or None


def to_count(value: Any) -> int | None:
    """A number of things, 0 to 2**63 - 1. -1 is how sources write "hidden"."""
    if isinstance(value, str):
        number = _number_in(value)
    elif isinstance(value, bool):
        raise ValueError("expected a count")
    elif isinstance(value, int):
        number = value
    elif _is_whole(value):
        number = int(value)
    else:
        raise ValueError("expected a count")
    if number is None or number == -1:
        return None
    if not 0 <= number <= MAX_COUNT:
        raise ValueError("expected a count of 0 to 2**63 - 1")
    return number


def _number_in(text: str) -> int | None:
    text = clean_text(text).strip()
    if text.lower() in _NOTHING:
        return None
    if text == "-1":
        return -1
    match = _NUMBER.fullmatch(text)
    factor = _LETTERS.get(match["letters"].lower()) if match else None
    if match is None or factor is None:
        raise ValueError("expected a count like 1234, 1,234 or 12.5K")
    digits = match["digits"].strip()
    if _GROUPED.fullmatch(digits) and not (factor > 1 and digits.count(".") == 1):
        return int(re.sub(r"\D", "", digits)) * factor
    if _DECIMAL.fullmatch(digits) is None:
        raise ValueError("expected a count like 1234, 1,234 or 12.5K")
    number = Decimal(digits.replace(",", ".")) * factor
    if number != number.to_integral_value() and factor == 1:
        raise ValueError("expected a whole number")
    return int(number.to_integral_value())


def to_integer(value: Any) -> int | None:
    """A whole number that may be below zero: a stock of goods."""
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _NOTHING:
            return None
        if re.fullmatch(r"[+-]?\d{1,19}(\.0{1,9})?", text) is None:
            raise ValueError("expected a whole number")
        value = int(text.partition(".")[0])
    if _is_whole(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("expected a whole number")
    if not -MAX_COUNT <= value <= MAX_COUNT:
        raise ValueError("expected a whole number of at most 63 bits")
    return value


def to_amount(value: Any) -> Decimal | None:
    """An amount of money, exact: below 10**14, the digits as they were written. A float has lost them and is refused."""
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _NOTHING:
            return None
        if re.fullmatch(r"[+-]?\d{1,20}(\.\d{1,20})?", text) is None:
            raise ValueError("expected an amount like 12.50")
        value = Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("expected an amount like 12.50")
    # The bound before the conversion: Decimal(10**5000) is slow, and Decimal("1e999999") cannot be written out.
    if not -_MAX_AMOUNT < value < _MAX_AMOUNT:
        raise ValueError("expected an amount below 10**14")
    amount = Decimal(value)
    exponent = int(amount.as_tuple().exponent)
    if exponent < -MAX_EXPONENT:
        raise ValueError("expected an amount like 12.50")
    return amount if exponent <= 0 else amount.quantize(Decimal(1))


def to_flag(value: Any) -> bool | None:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        if word in _NOTHING:
            return None
    raise ValueError("expected true or false")


def to_instant(value: Any) -> datetime | None:
    """A time in UTC, of the years 2000 to 2099. One without a zone is taken as UTC."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError("expected a time")
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _NOTHING:
            return None
        if re.fullmatch(r"\d{1,17}(\.\d{1,9})?", text) is None or re.fullmatch(r"\d{8}|\d{4}", text):
            return _plausible(_iso_instant(text))
        value = float(text)
    if value == 0:
        return None
    return _plausible(_epoch_instant(float(value)))


def _epoch_instant(number: float) -> datetime:
    for unit in (1, 1_000, 1_000_000):
        if 0 < number < 100_000_000_000 * unit:
            return _EPOCH + timedelta(seconds=number / unit)
    raise ValueError("expected a time as epoch seconds or ISO 8601")


def _iso_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("expected a time as epoch seconds or ISO 8601") from error


def _plausible(instant: datetime) -> datetime:
    if not _EARLIEST <= instant < _LATEST:
        raise ValueError("expected a time of the years 2000 to 2099")
    return instant


def to_seconds(value: Any) -> float | None:
    """A length in seconds, below a million; 0 means that nothing plays."""
    number = _to_float(value)
    if number is not None and not 0 <= number < 1_000_000:
        raise ValueError("expected a length in seconds")
    return number or None


def to_degrees(value: Any) -> float | None:
    """Degrees of latitude or longitude."""
    number = _to_float(value)
    if number is not None and not -180 <= number <= 180:
        raise ValueError("expected degrees of -180 to 180")
    return number


def _to_float(value: Any) -> float | None:
    if isinstance(value, str):
        if value.strip().lower() in _NOTHING:
            return None
        if re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,20})?", value.strip()) is None:
            raise ValueError("expected a number")
        return float(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**15:
        raise ValueError("expected a number")
    return float(value)
