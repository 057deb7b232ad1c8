"""What the growth marts must make of the time series and of raw rows, in plain Python: one function for each mart."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from statistics import mean, median
from typing import Any

from .series_recomputed import (
    DAY,
    Account,
    Row,
    Series,
    day_of,
    difference,
    known,
    latest_until,
    quantile,
    size_band,
)

MILESTONES = [10**power for power in range(3, 10)]


def milestones(series: Series) -> dict[tuple[str, str, int], Row]:
    """`mart_follower_milestones`."""
    found: dict[tuple[str, str, int], Row] = {}
    for account, days in series.items():
        points = known(days)
        for milestone in MILESTONES:
            place = next((n for n, (_, followers) in enumerate(points) if followers >= milestone), None)
            if place is None:
                continue
            below_on, below = points[place - 1] if place else (None, None)
            found[(*account, milestone)] = {
                "last_below_on": below_on,
                "last_below_followers": below,
                "reached_by": points[place][0],
                "reached_followers": points[place][1],
                "days_uncertain": (points[place][0] - below_on).days if below_on else None,
                "is_held": points[-1][1] >= milestone,
            }
    return found


def forecasts(series: Series) -> dict[tuple[str, str, int], Row]:
    """`mart_growth_forecast`: the sums as the definition writes them, the quantile of Student's t by integration."""
    found: dict[tuple[str, str, int], Row] = {}
    for account, days in series.items():
        points = [(day, value) for day, value in known(days) if value > 0]
        points = [(day, value) for day, value in points if day > points[-1][0] - 90 * DAY]
        steps = [((b[0] - a[0]).days, math.log(b[1] / a[1])) for a, b in pairwise(points)]
        for horizon in (7, 14, 30) if points else ():
            found[(*account, horizon)] = _forecast(points[-1], steps, horizon)
    return found


def _forecast(newest: tuple[date, int], steps: list[tuple[int, float]], horizon: int) -> Row:
    span = sum(days for days, _ in steps)
    row: Row = {
        "observed_on": newest[0],
        "forecast_on": newest[0] + horizon * DAY,
        "followers": newest[1],
        "steps": len(steps),
        "days_spanned": span,
        "status": "too_few_points",
        **dict.fromkeys(("daily_growth_pct", "followers_forecast", "followers_low", "followers_high")),
    }
    if len(steps) < 8 or span < 14:
        return row
    drift = sum(change for _, change in steps) / span
    variance = sum((change - drift * days) ** 2 / days for days, change in steps) / (len(steps) - 1)
    width = student_t_975(len(steps) - 1) * math.sqrt(variance * (horizon + horizon**2 / span))
    return row | {
        "status": "forecast",
        "daily_growth_pct": (math.exp(drift) - 1) * 100,
        "followers_forecast": newest[1] * math.exp(drift * horizon),
        "followers_low": newest[1] * math.exp(drift * horizon - width),
        "followers_high": newest[1] * math.exp(drift * horizon + width),
    }


def student_t_975(degrees: int) -> float:
    """The quantile, from the density by Simpson's rule and bisection."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)

    def above_zero(t: float, parts: int = 400) -> float:
        xs = [t * n / parts for n in range(parts + 1)]
        ys = [scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2) for x in xs]
        return t / parts / 3 * (ys[0] + ys[-1] + 4 * sum(ys[1:-1:2]) + 2 * sum(ys[2:-1:2]))

    low, high = 1.9, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above_zero(middle) < 0.475 else (low, middle)
    return low


def anomalies(series: Series) -> dict[tuple[str, str, date], Row]:
    """`mart_growth_anomalies`."""
    found: dict[tuple[str, str, date], Row] = {}
    for account, days in series.items():
        points = [
            (day, row["followers"], row["media_count"]) for day, row in days.items() if row["followers"]
        ]
        points = [point for point in points if point[0] > points[-1][0] - 365 * DAY]
        rates = [math.log(b[1] / a[1]) / (b[0] - a[0]).days for a, b in pairwise(points)]
        if len(rates) < 8:
            continue
        usual, spread, factor = _usual(rates)
        last_rise: date | None = None
        for place, rate in enumerate(rates, 1):
            score = (rate - usual) / spread * factor if spread else 0.0
            (_, before, _), (day, now, _) = points[place - 1 : place + 1]
            unusual = abs(score) >= 3.5 and (score > 0) == (now > before)
            if unusual and abs(now - before) >= max(100, 0.02 * before):
                found[(*account, day)] = {
                    "followers": now,
                    "previous_followers": before,
                    "previous_on": points[place - 1][0],
                    "change": now - before,
                    "change_pct": (now - before) / before * 100,
                    "usual_daily_pct": (math.exp(usual) - 1) * 100,
                    "robust_z": score,
                    "changes": len(rates),
                    "direction": "spike" if now > before else "drop",
                    "reason": _reason(points, place, last_rise),
                }
                last_rise = day if now > before else last_rise
    return found


def _usual(rates: list[float]) -> tuple[float, float, float]:
    """The median change, the spread around it and the factor that makes a score of the two."""
    usual = median(rates)
    deviations = [abs(rate - usual) for rate in rates]
    if spread := median(deviations):
        return usual, spread, 0.6745
    return usual, mean(deviations), 1 / 1.253314


def _reason(points: list[tuple[date, int, int | None]], place: int, last_rise: date | None) -> str:
    (_, before, posts_before), (day, now, posts) = points[place - 1 : place + 1]
    after = points[place + 1][1] if place + 1 < len(points) else None
    earlier = points[place - 2][1] if place >= 2 else None
    if after is not None and abs(math.log(after / before)) <= 0.2 * abs(math.log(now / before)):
        return "misread"
    if earlier is not None and abs(math.log(now / earlier)) <= 0.2 * abs(math.log(before / earlier)):
        return "return_from_misread"
    if now < before:
        return "spike_reverted" if last_rise and last_rise >= day - 30 * DAY else "purge"
    if posts is None or posts_before is None:
        return "unexplained_spike"
    return "spike_with_new_posts" if posts > posts_before else "bought_followers"


def gaps(series: Series, today: date) -> dict[tuple[str, str, date], Row]:
    """`mart_observation_gaps`."""
    found: dict[tuple[str, str, date], Row] = {}
    for account, days in series.items():
        for before, after in pairwise([*days, None]):
            assert before is not None
            ends_on = (after or today) - DAY
            if ends_on <= before or ends_on <= today - 366 * DAY:
                continue
            followers = days[before]["followers"], days[after]["followers"] if after else None
            found[(*account, before + DAY)] = {
                "ends_on": ends_on,
                "is_open": after is None,
                "days": (ends_on - before).days,
                "observed_before_on": before,
                "observed_after_on": after,
                "followers_before": followers[0],
                "followers_after": followers[1],
                "followers_change": difference(followers[1], followers[0]),
            }
    return found


def attribute_changes(log: Iterable[Row]) -> dict[tuple[str, str, str, datetime], Row]:
    """`mart_profile_attribute_history`."""
    by_attribute: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in sorted(log, key=lambda r: (r["timestamp"], r["_event_id"])):
        for attribute, value in _told(row):
            key = (row["platform"], row["profile_id"], attribute)
            by_attribute[key].append({"value": value, "at": row["timestamp"], "source": row["source"]})
    found: dict[tuple[str, str, str, datetime], Row] = {}
    for key, told in by_attribute.items():
        seen: dict[str, Row] = {}
        last: Row | None = None
        for row in told:
            before = seen.get(row["source"])
            seen[row["source"]] = row
            if before is None or before["value"] == row["value"]:
                continue
            if not last or last["value"] != row["value"] or last["source"] == row["source"]:
                change = {
                    "old_value": before["value"],
                    "new_value": row["value"],
                    "last_seen_at": before["at"],
                }
                found.setdefault((*key, row["at"]), change | {"source": row["source"]})
            last = row
    return found


def _told(row: Row) -> Iterator[tuple[str, str]]:
    described = json.loads(row["dimensions"])
    for attribute in ("handle", "full_name", "biography", "category", "is_verified"):
        value = described.get(attribute)
        if value is not None:
            yield attribute, str(value).lower() if isinstance(value, bool) else value.strip(" ")


def insights(rows: Iterable[Row]) -> dict[tuple[str, str, str, str, date], Row]:
    """`mart_insights_time_series`."""
    lines: dict[tuple[str, str, str, str], dict[date, Row]] = defaultdict(dict)
    for row in sorted(rows, key=lambda r: (r["end_time"], r["observed_at"])):
        if not row["breakdown"]:
            key = (row["platform"], row["subject_id"], row["metric"], row["period"])
            lines[key][day_of(row["end_time"])] = row
    found: dict[tuple[str, str, str, str, date], Row] = {}
    for key, days in lines.items():
        before: date | None = None
        for day, row in days.items():
            week = [r["value"] for d, r in days.items() if day - 6 * DAY <= d <= day]
            earlier = days[before]["value"] if before else None
            found[(*key, day)] = {
                "value": row["value"],
                "previous_value": earlier,
                "previous_on": before,
                "change": None if earlier is None else row["value"] - earlier,
                "mean_7_days": mean(week),
                "days_in_mean": len(week),
            }
            before = day
    return found


def engagement(posts: Iterable[Row], series: Series, now: datetime) -> dict[tuple[str, str, date], Row]:
    """`mart_engagement_time_series`."""
    published: dict[Account, dict[date, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for post in posts:
        if post["published_at"] and post["published_at"] <= now:
            published[post["platform"], post["profile_id"]][day_of(post["published_at"])].append(post)
    found: dict[tuple[str, str, date], Row] = {}
    for account, days in published.items():
        points = known(series.get(account, {}))
        for day in days:
            if day > day_of(now) - 366 * DAY:
                recent = [p for d, rows in days.items() if day - 29 * DAY <= d <= day for p in rows]
                found[(*account, day)] = _engagement_of_day(days[day], recent, points, day)
    return found


def _engagement_of_day(posts: list[Row], recent: list[Row], points: list[tuple[date, int]], day: date) -> Row:
    on, followers = latest_until(points, day)
    if on is None and points:
        on, followers = points[0]
    row: Row = {"posts": len(posts), "posts_30_days": len(recent), "followers": followers, "followers_on": on}
    for name in ("likes", "comments", "plays"):
        told = [p[f"{name}_count"] for p in posts if p[f"{name}_count"] is not None]
        row[name] = sum(told) if told else None
    for suffix, chosen in (("", posts), ("_30_days", recent)):
        means = [_mean_known(chosen, name) for name in ("likes_count", "comments_count")]
        row[f"avg_likes{suffix}"], row[f"avg_comments{suffix}"] = means
        likes, comments = means
        founded = likes is not None and comments is not None and followers
        row[f"engagement_rate{suffix}"] = (likes + comments) / followers * 100 if founded else None  # type: ignore[operator]
    return row


def _mean_known(rows: list[Row], name: str) -> float | None:
    told = [row[name] for row in rows if row[name] is not None]
    return mean(told) if told else None


def benchmarks(
    rates: dict[tuple[str, str, int], Row], category: dict[Account, str]
) -> dict[tuple[str, str, int], Row]:
    """`mart_growth_benchmark`; `category` of the accounts that have a page."""
    groups: dict[tuple[Any, ...], dict[tuple[str, str, int], float]] = defaultdict(dict)
    for key, row in rates.items():
        account = key[0], key[1]
        if row["is_comparable"] and row["growth_pct"] is not None and account in category:
            band = size_band(row["followers_then"])
            groups[key[0], category[account], band, key[2]][key] = row["growth_pct"]
    found: dict[tuple[str, str, int], Row] = {}
    for (_, _, band, _), members in groups.items():
        peers = list(members.values())
        for key, rate in members.items():
            place = sum(p < rate for p in peers) + sum(p == rate for p in peers) / 2
            found[key] = {
                "size_band": band,
                "peers": len(peers),
                "peers_lower_quartile_pct": quantile(peers, 0.25),
                "peers_median_pct": quantile(peers, 0.5),
                "peers_upper_quartile_pct": quantile(peers, 0.75),
                "percentile": place / len(peers) * 100 if len(peers) >= 5 else None,
            }
    return found
