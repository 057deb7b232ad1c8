"""Reads one export of old figures, pure: bytes in, usable rows and rejected lines out.

Our own form is `platform,handle,observed_on,followers,following,media_count,full_name,category`. Other exports are
taken as far as their columns can be recognised; a line that cannot be used costs only itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import islice

from upbeat.errors import InputError
from upbeat.ingestion.history_columns import SAMPLE_ROWS, Columns, recognise
from upbeat.ingestion.history_values import (
    EARLIEST,
    date_in_name,
    read_count,
    read_date,
    read_handle,
    read_text,
)
from upbeat.records import Platform

_FOREIGN = ("tiktok", "facebook", "twitter", "snapchat", "linkedin", "pinterest", "twitch")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One creator's figures on one day, as an export told them. `line` is where they stand, counted from 1."""

    line: int
    platform: Platform
    handle: str
    observed_on: date
    followers: int | None
    following: int | None
    media_count: int | None
    full_name: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that cannot be used."""

    line: int
    reason: str
    text: str


@dataclass(slots=True)
class HistoryFile:
    """What a file holds. `columns` tells what was read from where; `repeated` are lines that a later one replaced."""

    rows: list[HistoryRow]
    rejects: list[Reject]
    repeated: list[Reject]
    columns: dict[str, list[str]] = field(default_factory=dict)


def of_handles(history: HistoryFile, handles: Sequence[str]) -> HistoryFile:
    """What a file holds of these creators. Raises `InputError` where that is nothing, or a handle is none of its platform."""
    wanted = set()
    for platform in {row.platform for row in history.rows}:
        try:
            wanted |= {(platform, read_handle(handle, platform)) for handle in handles}
        except ValueError as error:
            raise InputError(f"handles: {error}: pass names such as natgeo or @natgeo") from error
    rows = [row for row in history.rows if (row.platform, row.handle) in wanted]
    if not rows:
        raise InputError(f"the file has no row of {', '.join(handles)}")
    return replace(history, rows=rows)


def read_history(
    body: bytes,
    name: str,
    *,
    platform: str | None = None,
    observed_on: date | None = None,
    today: date | None = None,
) -> HistoryFile:
    """Read an export.

    Args:
        name: the file's name, which may tell platform and month.
        platform: whose accounts these are; goes before a column and the file's name.
        observed_on: the day of all figures; goes before a column and the file's name.
        today: the last day that figures can be of.

    Raises:
        InputError: nothing in the file can be used: no table, unknown columns, a platform that is not collected,
            no date.
    """
    lines = _table(body, name)
    header = next((cells for _, cells in lines if any(cell.strip() for cell in cells)), None)
    if header is None:
        raise InputError(f"{name}: the file is empty: pass a CSV file with a header")
    numbered = [(line, cells) for line, cells in lines if any(cell.strip() for cell in cells)]
    whose = _platform_of(platform, name, header)
    try:
        columns = recognise(header, [cells for _, cells in islice(numbered, SAMPLE_ROWS)], whose)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    day = observed_on or (None if columns.observed_on is not None else date_in_name(name))
    if day is None and columns.observed_on is None:
        raise InputError(
            f"{name}: neither a column nor the file's name tells the date: pass --observed-on 2022-12-31"
        )
    if whose is None and columns.platform is None:
        raise InputError(
            f"{name}: neither a column nor the file's name tells the platform: pass --platform instagram"
        )
    reader = _RowReader(
        columns,
        whose if platform or columns.platform is None else None,
        day,
        today or datetime.now(UTC).date(),
    )
    return _collect(reader, numbered, columns.named(header))


@dataclass(frozen=True, slots=True)
class _RowReader:
    columns: Columns
    platform: Platform | None
    day: date | None
    today: date

    def read(self, line: int, cells: Sequence[str]) -> HistoryRow:
        """The row of a line. Raises `ValueError` with what is wrong with it."""
        columns = self.columns
        platform = self.platform or _platform(_cell(cells, columns.platform))
        observed_on = self.day or read_date(_cell(cells, columns.observed_on))
        if not EARLIEST <= observed_on <= self.today:
            raise ValueError(f"observed_on: {observed_on} is not between {EARLIEST} and today")
        counts = {
            name: _count(cells, getattr(columns, name), name)
            for name in ("followers", "following", "media_count")
        }
        handle = read_handle(_cell(cells, columns.handle), platform)
        if all(count is None for count in counts.values()):
            raise ValueError("no figure: followers, following and media_count are all unknown")
        return HistoryRow(
            line=line,
            platform=platform,
            handle=handle,
            observed_on=observed_on,
            full_name=None if columns.full_name is None else read_text(_cell(cells, columns.full_name)),
            category=next((text for n in columns.category if (text := read_text(_cell(cells, n)))), None),
            **counts,
        )


def _collect(
    reader: _RowReader, lines: Sequence[tuple[int, list[str]]], columns: dict[str, list[str]]
) -> HistoryFile:
    rows: dict[tuple[Platform, str, date], HistoryRow] = {}
    rejects: list[Reject] = []
    repeated: list[Reject] = []
    for line, cells in lines:
        text = ",".join(cells)[:200]
        try:
            row = reader.read(line, cells)
        except ValueError as error:
            rejects.append(Reject(line, str(error), text))
            continue
        key = (row.platform, row.handle, row.observed_on)
        earlier = rows.pop(key, None)
        if earlier:
            repeated.append(
                Reject(earlier.line, f"line {line} tells the same creator and day again and stands", text)
            )
        rows[key] = row
    return HistoryFile(list(rows.values()), rejects, repeated, columns)


def _table(body: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Lines of the table with their numbers. Quoted cells may hold line breaks."""
    text = _decode(body, name)
    if not text.strip():
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name} line {line}: not CSV: {error}") from error


def _decode(body: bytes, name: str) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in body[:4096]:
        raise InputError(f"{name}: not a text file: pass a CSV file")
    else:
        encoding = "utf-8-sig"
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        # Old spreadsheets on Windows; every byte means something there.
        return body.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    head = text.lstrip().split("\n", 1)[0]
    return max(",;\t|", key=head.count)


def _cell(cells: Sequence[str], number: int | None) -> str:
    return cells[number] if number is not None and number < len(cells) else ""


def _count(cells: Sequence[str], columns: Sequence[int], name: str) -> int | None:
    """The first readable count of these columns; an unreadable one counts only when no other tells anything."""
    problem: ValueError | None = None
    for number in columns:
        try:
            count = read_count(_cell(cells, number))
        except ValueError as error:
            problem = problem or error
            continue
        if count is not None:
            return count
    if problem:
        raise ValueError(f"{name}: {problem}") from problem
    return None


def _platform(text: str) -> Platform:
    try:
        return Platform(text.strip().upper())
    except ValueError:
        raise ValueError(f"platform: {text.strip()[:40]!r} is not one of {', '.join(Platform)}") from None


def _platform_of(option: str | None, name: str, header: Sequence[str]) -> Platform | None:
    """The platform that holds for the whole file: the option, else the file's name, else what the header speaks of."""
    if option is not None:
        try:
            return _platform(option)
        except ValueError as error:
            raise InputError(f"{name}: {error}") from error
    told = f"{name} {' '.join(header)}".lower()
    known = [platform for platform in Platform if platform.lower() in name.lower()]
    known = known or [platform for platform in Platform if platform.lower() in told]
    if len(known) == 1:
        return known[0]
    foreign = [word for word in _FOREIGN if word in told]
    if foreign and not known:
        raise InputError(f"{name}: {foreign[0]} is not collected; platforms are {', '.join(Platform)}")
    return None
