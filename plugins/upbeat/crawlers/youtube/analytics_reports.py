"""Reports of the YouTube Analytics API v2 as insights. Pure.

No answer is recorded; the shape is that of Google's discovery document: `{"kind": "youtubeAnalytics#resultTable", "columnHeaders": [{"name",
"columnType": "DIMENSION" | "METRIC", "dataType"}], "rows": [[…]]}`, dimensions first, `rows` left out when there is no data. The
figures are the owner's alone; metrics keep the API's names, `estimatedMinutesWatched` is minutes, `averageViewDuration` seconds.

A day is one in California: its `end_time` is the midnight there that ends it, as Graph's days end. A report without a day covers the
days that were asked for: 28 of them are the period `days_28`. Age and gender are one breakdown, `age_gender`, valued `F.18-24`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from upbeat.crawlers.coercions import clean_text
from upbeat.crawlers.fields import show
from upbeat.crawlers.youtube.google_refusals import PACIFIC
from upbeat.errors import MalformedBodyError
from upbeat.records import Insight, Parsed, Platform, Problem

_DAY, _MONTH, _VIDEO, _CHANNEL = "day", "month", "video", "channel"
_GENDERS = {"female": "F", "male": "M"}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_metric: bool


def read_report(document: Any, *, source: str, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The figures of one report.

    Args:
        params: `profile_id` or `post_id`: whose figures these are, a problem when neither they nor the report say it; `start`,
            `end`: the days that were asked for.

    Raises:
        MalformedBodyError: no report, one without columns, or none of its rows can be read.
    """
    columns = _columns(document, source)
    rows = document.get("rows") or []
    if not isinstance(rows, list):
        raise MalformedBodyError(f"rows: {show(rows)} where a list is expected", source=source)
    parsed = Parsed()
    named = {_VIDEO, _CHANNEL}.intersection(column.name for column in columns)
    if rows and not named and not (params.get("post_id") or params.get("profile_id")):
        note = "the report names no channel: pass profile_id or post_id of what was asked for"
        parsed.problems.append(Problem("subject_id", note))
    for number, row in enumerate(rows):
        try:
            parsed.facts += _read_row(columns, row, source, observed_at, params, parsed.problems, number)
        except ValueError as error:
            parsed.problems.append(Problem(f"rows[{number}]", str(error)))
    if rows and not parsed.facts:
        raise MalformedBodyError(
            f"none of {len(rows)} rows can be read ({parsed.problems[0]})", source=source
        )
    return parsed


def _columns(document: Any, source: str) -> list[_Column]:
    headers = document.get("columnHeaders") if isinstance(document, dict) else None
    kind = document.get("kind") if isinstance(document, dict) else None
    if kind is not None and not str(kind).startswith("youtubeAnalytics#"):
        raise MalformedBodyError(f"the answer holds {show(kind)}: not a report", source=source)
    if not isinstance(headers, list) or not headers:
        raise MalformedBodyError("no columnHeaders in the answer: not a report", source=source)
    columns = []
    for header in headers:
        told = header.get("name") if isinstance(header, dict) else None
        name = clean_text(told).strip() if isinstance(told, str) else ""
        if not name:
            raise MalformedBodyError("columnHeaders: a column has no name", source=source)
        columns.append(_Column(name, _is_metric(header)))
    if not any(column.is_metric for column in columns):
        raise MalformedBodyError("columnHeaders: no column is a METRIC", source=source)
    return columns


def _is_metric(header: Mapping[str, Any]) -> bool:
    """By its `columnType`; where that is not told, by whether its values are numbers."""
    told = header.get("columnType")
    if told is None:
        return str(header.get("dataType", "")).upper() in ("INTEGER", "FLOAT")
    return str(told).upper() == "METRIC"


def _read_row(
    columns: list[_Column],
    row: Any,
    source: str,
    observed_at: datetime,
    params: Mapping[str, str],
    problems: list[Problem],
    number: int,
) -> list[Insight]:
    if not isinstance(row, list) or len(row) != len(columns):
        raise ValueError(f"expected a list of {len(columns)} values")
    dimensions = {c.name: _text(v) for c, v in zip(columns, row, strict=True) if not c.is_metric}
    period, end_time = _period(dimensions, params, observed_at)
    subject, subject_id = _subject(dimensions, params)
    breakdown, value_of = _breakdown(dimensions)
    found = []
    for column, value in zip(columns, row, strict=True):
        if not column.is_metric or value is None:
            continue
        figure = _figure(value)
        if figure is None:
            problems.append(Problem(f"rows[{number}].{column.name}", f"{show(value)}: expected a number"))
            continue
        found.append(
            Insight(
                platform=Platform.YOUTUBE,
                source=source,
                observed_at=observed_at,
                subject=subject,
                subject_id=subject_id,
                metric=column.name,
                period=period,
                end_time=end_time,
                value=figure,
                breakdown=breakdown,
                breakdown_value=value_of,
            )
        )
    return found


def _text(value: Any) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return clean_text(str(value))
    raise ValueError(f"{show(value)} where a dimension is expected")


def _figure(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        figure = float(value)
    except (ValueError, OverflowError):
        return None
    return figure if math.isfinite(figure) else None


def _subject(dimensions: dict[str, str], params: Mapping[str, str]) -> tuple[Literal["profile", "post"], str]:
    """Whose figures a row holds; a report by video or channel names it, another one was asked for by either."""
    video_id, channel_id = dimensions.pop(_VIDEO, ""), dimensions.pop(_CHANNEL, "")
    if post_id := video_id or params.get("post_id"):
        return "post", post_id
    return "profile", channel_id or params.get("profile_id", "")


def _period(
    dimensions: dict[str, str], params: Mapping[str, str], observed_at: datetime
) -> tuple[str, datetime]:
    if _DAY in dimensions:
        return "day", _midnight_after(date.fromisoformat(dimensions.pop(_DAY)))
    if _MONTH in dimensions:
        first = date.fromisoformat(f"{dimensions.pop(_MONTH)}-01")
        following = (first + timedelta(days=31)).replace(day=1)
        return "month", _midnight_after(following - timedelta(days=1))
    start, end = params.get("start"), params.get("end")
    if start and end:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        return f"days_{(last - first).days + 1}", _midnight_after(last)
    return "lifetime", observed_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _midnight_after(day: date) -> datetime:
    try:
        return datetime.combine(day + timedelta(days=1), time(), PACIFIC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("expected a day of the years 1 to 9998") from error


def _breakdown(dimensions: Mapping[str, str]) -> tuple[str, str]:
    """What is left beside the time and the video; empty for a total."""
    if set(dimensions) == {"ageGroup", "gender"}:
        age = dimensions["ageGroup"].removeprefix("age")
        age = f"{age[:-1]}+" if age.endswith("-") else age
        return "age_gender", f"{_GENDERS.get(dimensions['gender'].lower(), 'U')}.{age}"
    return "_".join(dimensions), ".".join(dimensions.values())
