"""Reads the cells of exported tables: counts such as `17.8M`, dates, handles. Pure; each says why it cannot."""

from __future__ import annotations

import calendar
import re
from datetime import date

from upbeat.records import Platform

UNKNOWN = frozenset({"", "-", "–", "n/a", "n/a'", "na", "nan", "none", "null", "unknown", "?"})
# More than there are people, with room for views: such a number is another column, or a damaged one.
MOST = 10**12
EARLIEST = date(2004, 1, 1)

_SUFFIX = {"": 1, "k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?\s*([a-z]{0,2})", re.I | re.A)
_GROUPED = (
    re.compile(r"[0-9]{1,3}(?:[,\u00a0\u202f' ][0-9]{3})+(\.[0-9]+)?"),
    re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}"),
)
_HANDLE = {
    Platform.INSTAGRAM: re.compile(r"[a-z0-9._]{1,30}"),
    Platform.YOUTUBE: re.compile(r"[\w.·-]{3,100}"),
    Platform.SHOPIFY: re.compile(r"[a-z0-9][a-z0-9.-]{0,99}"),
}
_PROFILE_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:instagram|youtube)\.com/(?:@|c/|user/)?([^/?#]+)(?:[/?#].*)?", re.I
)
_MONTHS = {name[:3].lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTH_IN_NAME = re.compile(
    rf"(?<![a-z])(sept|{'|'.join([*calendar.month_name[1:], *calendar.month_abbr[1:]])})[ _-]*(20[0-9]{{2}})(?![0-9])",
    re.I,
)
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


def read_count(text: str) -> int | None:
    """A count: `17.8M`, `1,234,567`, `477900000.00`; None for a cell that says "unknown".

    Raises:
        ValueError: neither, with the reason.
    """
    cell = text.strip()
    if cell.lower() in UNKNOWN:
        return None
    for number, pattern in enumerate(_GROUPED):
        if pattern.fullmatch(cell):
            cell = re.sub(r"[^\d.]", "", cell) if number == 0 else cell.replace(".", "")
    found = _NUMBER.fullmatch(cell)
    if found is None or found[3].lower() not in _SUFFIX:
        raise ValueError(f"{_shown(text)} is not a number")
    whole, fraction, scale = found[1], (found[2] or "").rstrip("0"), _SUFFIX[found[3].lower()]
    if scale % 10 ** len(fraction):
        raise ValueError(f"{_shown(text)} is not a whole number")
    count = int(whole) * scale + (int(fraction) * (scale // 10 ** len(fraction)) if fraction else 0)
    if count > MOST:
        raise ValueError(f"{_shown(text)} is more than any account has")
    return count


def read_date(text: str) -> date:
    """A day as `2022-12-31`, a time stamp that begins so, or a month, which stands for its last day.

    Raises:
        ValueError: neither, with the reason.
    """
    cell = text.strip()
    day = None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?", cell):
        day = date.fromisoformat(cell[:10])
    elif re.fullmatch(r"\d{4}-\d{2}", cell):
        day = last_day(int(cell[:4]), int(cell[5:]))
    if day is None:
        raise ValueError(f"{_shown(text)} is not a date such as 2022-12-31")
    return day


def date_in_name(name: str) -> date | None:
    """The date that a file's name tells: `…_dec_2022.csv` and `…-2022-12.csv` mean the last day of that month."""
    day = _DAY_IN_NAME.search(name)
    if day:
        year, month = int(day[1]), int(day[2])
        return (
            date(year, month, int(day[3]))
            if day[3] and int(day[3]) <= _days(year, month)
            else last_day(year, month)
        )
    month_found = _MONTH_IN_NAME.search(name)
    if month_found:
        return last_day(int(month_found[2]), _MONTHS[month_found[1][:3].lower()])
    return None


def last_day(year: int, month: int) -> date:
    """The last day of a month. Raises `ValueError` for a month that is none."""
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    return date(year, month, _days(year, month))


def read_handle(text: str, platform: Platform) -> str:
    """A handle without `@`, in lower case; also out of the address of a profile.

    Raises:
        ValueError: the cell is no handle of this platform.
    """
    cell = text.strip()
    address = _PROFILE_ADDRESS.fullmatch(cell.rstrip("/"))
    handle = (address[1] if address else cell).removeprefix("@").lower()
    if not _HANDLE[platform].fullmatch(handle):
        raise ValueError(f"{_shown(text)} is not a handle of {platform}")
    return handle


def read_text(text: str) -> str | None:
    """A name or category on one line; None where there is none."""
    cell = " ".join(text.replace("\x00", "").split())
    return None if cell.lower() in UNKNOWN else cell


def _days(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _shown(text: str) -> str:
    return repr(text.strip()[:40])
