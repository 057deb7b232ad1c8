"""Finds out which column of an export holds what: by its name, and by what stands in it where names mislead.

Real exports call the handle "name" in one month and "instagram name" in the next, with the display name under the
other of the two; so the handle is the text column whose cells look most like handles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upbeat.errors import InputError
from upbeat.ingestion.history_values import UNKNOWN, read_count, read_date, read_handle
from upbeat.records import Platform

SAMPLE_ROWS = 500
_LEAST_HANDLES = 0.15
_LEAST_NUMBERS = 0.5
_LEAST_DATES = 0.8
# A column of names differs from row to row; categories and countries repeat.
_LEAST_DIFFERENT = 0.5

_NAMES = {
    "platform": re.compile(r"^(platform|network)$"),
    "handle": re.compile(
        r"handle|user ?name|screen ?name|(insta|instagram|tiktoker|youtuber|channel).*name|^name$"
    ),
    "observed_on": re.compile(r"observed|\bdate\b|\bday\b|\bmonth\b|as of"),
    "followers": re.compile(r"follower|subscriber"),
    "following": re.compile(r"following|follows$"),
    "media_count": re.compile(r"^(media ?count|media|posts?( ?count)?|number of posts)$"),
    "full_name": re.compile(r"full ?name|name|title|channel|youtuber|influencer|creator"),
    "category": re.compile(r"^categor"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Column numbers, counted from 0. Where there are several, the first that can be read in a row counts."""

    handle: int
    followers: tuple[int, ...]
    following: tuple[int, ...] = ()
    media_count: tuple[int, ...] = ()
    full_name: int | None = None
    category: tuple[int, ...] = ()
    platform: int | None = None
    observed_on: int | None = None

    def named(self, header: Sequence[str]) -> dict[str, list[str]]:
        """What was taken from where, for people: field → names of its columns."""
        told: dict[str, list[str]] = {}
        for field in _NAMES:
            value = getattr(self, field)
            numbers = value if isinstance(value, tuple) else () if value is None else (value,)
            if numbers:
                told[field] = [_tidy(header[number]) or f"column {number + 1}" for number in numbers]
        return told


def recognise(header: Sequence[str], rows: Sequence[Sequence[str]], platform: Platform | None) -> Columns:
    """The columns of a table.

    Args:
        header: names as they stand in the file; may hold line breaks and repeat.
        rows: a sample of the rows below.
        platform: whose handles these are, where it is not said by a column.

    Raises:
        InputError: no column of handles, or none of followers; names what there is.
    """
    names = [_tidy(name) for name in header]
    cells = [[row[number] for row in rows if number < len(row)] for number in range(len(header))]
    platform_column = _one(names, "platform")
    whose = platform or Platform.INSTAGRAM
    followers = _numeric(names, cells, "followers")
    text_columns = [
        n for n in range(len(names)) if n != platform_column and _share(cells[n], read_count) < 0.9
    ]
    exact = [n for n, name in enumerate(names) if name == "handle"]
    handle = exact[0] if exact else _handle_column(names, cells, text_columns, whose)
    if handle is None or not followers:
        what = "handles" if handle is None else "followers"
        told = ", ".join(repr(name) for name in names if name) or "nothing"
        raise InputError(
            f"no column of {what} was found; the header says {told}. Name the columns handle, followers, observed_on."
        )
    dates = [
        n for n, name in enumerate(names)
        if _NAMES["observed_on"].search(name) and _share(cells[n], read_date) >= _LEAST_DATES
    ]  # fmt: skip
    return Columns(
        handle=handle,
        followers=followers,
        following=_numeric(names, cells, "following"),
        media_count=_numeric(names, cells, "media_count"),
        full_name=_full_name_column(names, cells, text_columns, handle),
        category=tuple(n for n, name in enumerate(names) if _NAMES["category"].search(name)),
        platform=platform_column,
        observed_on=dates[0] if dates else None,
    )


def _handle_column(
    names: Sequence[str], cells: Sequence[Sequence[str]], columns: Sequence[int], platform: Platform
) -> int | None:
    def score(number: int) -> tuple[float, bool]:
        share = _share(cells[number], lambda cell: read_handle(cell, platform), as_written=True)
        return round(share, 2), bool(_NAMES["handle"].search(names[number]))

    candidates = [n for n in columns if _differing(cells[n]) >= _LEAST_DIFFERENT]
    best = max(candidates, key=lambda n: (*score(n), -n), default=None)
    return best if best is not None and score(best)[0] >= _LEAST_HANDLES else None


def _full_name_column(
    names: Sequence[str], cells: Sequence[Sequence[str]], columns: Sequence[int], handle: int
) -> int | None:
    exact = [n for n, name in enumerate(names) if name == "full name"]
    found = exact or [
        n
        for n in columns
        if n != handle
        and _NAMES["full_name"].search(names[n])
        and not _NAMES["category"].search(names[n])
        and _differing(cells[n]) >= _LEAST_DIFFERENT
    ]
    return found[0] if found else None


def _numeric(names: Sequence[str], cells: Sequence[Sequence[str]], field: str) -> tuple[int, ...]:
    """Columns of this name that hold numbers, the exact ones before the rounded (`17800000` before `17.8M`)."""
    found = [
        n
        for n, name in enumerate(names)
        if _NAMES[field].search(name)
        and (_share(cells[n], read_count) >= _LEAST_NUMBERS or not any(_told(cell) for cell in cells[n]))
    ]
    return tuple(sorted(found, key=lambda n: (-_exactness(cells[n]), n)))


def _exactness(cells: Sequence[str]) -> float:
    told = [cell for cell in cells if _told(cell)]
    return sum(cell.strip()[-1].isdigit() for cell in told) / len(told) if told else 0.0


def _share(cells: Sequence[str], read: Callable[[str], object], *, as_written: bool = False) -> float:
    """Share of the told cells that `read` takes; `as_written` counts lower-case cells above the others."""
    told = [cell for cell in cells if _told(cell)]
    if not told:
        return 0.0
    good = 0.0
    for cell in told:
        try:
            read(cell)
        except ValueError:
            continue
        # Display names of one word pass as handles too; handles are seldom written with capitals.
        good += 1.0 if not as_written or cell == cell.lower() else 0.5
    return good / len(told)


def _differing(cells: Sequence[str]) -> float:
    told = [cell for cell in cells if _told(cell)]
    return len(set(told)) / len(told) if told else 0.0


def _one(names: Sequence[str], field: str) -> int | None:
    return next((n for n, name in enumerate(names) if _NAMES[field].search(name)), None)


def _told(cell: str) -> bool:
    return cell.strip().lower() not in UNKNOWN


def _tidy(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").split()).lower()
