"""What the time series of accounts must be, worked out from raw rows in plain Python: one function for each mart."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
Account = tuple[str, str]
Series = dict[Account, dict[date, Row]]
DAY = timedelta(days=1)
FIGURES = {
    "followers": "followers",
    "following": "following",
    "media_count": "media_count",
    "views": "total_views",
}


def day_of(moment: datetime) -> date:
    """The day in UTC."""
    return moment.astimezone(UTC).date()


def series_of(log: Iterable[Row]) -> Series:
    """Account → day → the latest known figure of each kind, and how many observations there were."""
    days: dict[Account, dict[date, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(log, key=lambda r: (r["timestamp"], r["_event_id"])):
        days[row["platform"], row["profile_id"]][day_of(row["timestamp"])].append(row)
    return {
        account: {day: _figures_of_day(rows) for day, rows in sorted(by_day.items())}
        for account, by_day in days.items()
    }


def _figures_of_day(rows: list[Row]) -> Row:
    figures: Row = {"observations": len(rows), "updated_at": rows[-1]["timestamp"]}
    for name, raw in FIGURES.items():
        told = [json.loads(row["metrics"]).get(raw) for row in rows]
        figures[name] = next((value for value in reversed(told) if isinstance(value, int)), None)
    return figures


def known(days: dict[date, Row], figure: str = "followers") -> list[tuple[date, int]]:
    """The days that tell a figure, in order."""
    return [(day, row[figure]) for day, row in days.items() if row[figure] is not None]


def latest_until(points: list[tuple[date, int]], until: date) -> tuple[date | None, int | None]:
    """The last point that is not after a day."""
    found = [point for point in points if point[0] <= until]
    return found[-1] if found else (None, None)


def per_cent(now: float | None, then: float | None) -> float | None:
    """Growth in per cent of `then`; None when it is unknown or 0."""
    return (now - then) / then * 100 if now is not None and then else None


def difference(now: int | None, then: int | None) -> int | None:
    """None when either is unknown."""
    return None if now is None or then is None else now - then


def growth_rates(series: Series) -> dict[tuple[str, str, int], Row]:
    """`mart_growth_rates`."""
    rates: dict[tuple[str, str, int], Row] = {}
    for account, days in series.items():
        points = known(days)
        for window in (7, 30, 90) if points else ():
            newest, followers = points[-1]
            then_on, then = latest_until(points, newest - window * DAY)
            span = (newest - then_on).days if then_on else None
            compounded = (
                math.exp(math.log(followers / then) / span) - 1 if span and then and followers else None
            )
            rates[(*account, window)] = {
                "followers": followers,
                "observed_on": newest,
                "followers_then": then,
                "compared_on": then_on,
                "compared_days": span,
                "growth": difference(followers, then),
                "growth_pct": per_cent(followers, then),
                "daily_growth_pct": None if compounded is None else compounded * 100,
                "is_comparable": span is not None and span <= 1.5 * window,
            }
    return rates


def first_day(day: date, unit: str) -> date:
    """The Monday of the week, or the first of the month."""
    return day - day.weekday() * DAY if unit == "week" else day.replace(day=1)


def last_day(start: date, unit: str) -> date:
    """The last day of the period that begins on `start`."""
    return start + 6 * DAY if unit == "week" else (start + 31 * DAY).replace(day=1) - DAY


def periods(series: Series, unit: str) -> dict[tuple[str, str, date], Row]:
    """`mart_time_series_weekly` and `mart_time_series_monthly`."""
    found: dict[tuple[str, str, date], Row] = {}
    for account, days in series.items():
        newest, oldest = max(days), min(days)
        previous: date | None = None
        for start in sorted({first_day(day, unit) for day in days}):
            end = last_day(start, unit)
            inside = {day: row for day, row in days.items() if start <= day <= end}
            row = _period_figures(inside, {day: r for day, r in days.items() if day < start})
            expected = [start + n * DAY for n in range((end - start).days + 1)]
            row["missing_days"] = [day for day in expected if oldest <= day <= newest and day not in inside]
            row["days_missing"] = len(row["missing_days"])
            row["days_observed"] = len(inside)
            row["ends_on"] = end
            row["periods_missing_before"] = 0 if previous is None else _steps(previous, start, unit) - 1
            found[(*account, start)] = row
            previous = start
    return found


def _steps(earlier: date, later: date, unit: str) -> int:
    if unit == "week":
        return (later - earlier).days // 7
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _period_figures(inside: dict[date, Row], before: dict[date, Row]) -> Row:
    points = known(inside)
    first, last = (points[0], points[-1]) if points else ((None, None), (None, None))
    then = latest_until(known(before), date.max)[1]
    ends = {name: latest_until(known(inside, name), date.max)[1] for name in FIGURES}
    return {
        "followers_first_on": first[0],
        "followers_first": first[1],
        "followers_last_on": last[0],
        "followers_last": last[1],
        "followers_min": min((value for _, value in points), default=None),
        "followers_max": max((value for _, value in points), default=None),
        "followers_before": then,
        "growth": difference(last[1], then),
        "growth_pct": per_cent(last[1], then),
        "following_last": ends["following"],
        "media_count_last": ends["media_count"],
        "media_count_growth": difference(
            ends["media_count"], latest_until(known(before, "media_count"), date.max)[1]
        ),
        "views_last": ends["views"],
        "views_growth": difference(ends["views"], latest_until(known(before, "views"), date.max)[1]),
        "updated_at": max(row["updated_at"] for row in inside.values()),
    }


def quantile(values: list[float], share: float) -> float:
    """With linear interpolation between the two nearest."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def size_band(followers: int) -> str:
    """The bands of macros/ranking.sql."""
    borders = ((10_000, "nano"), (100_000, "micro"), (500_000, "mid"), (1_000_000, "macro"))
    return next((name for border, name in borders if followers < border), "mega")
