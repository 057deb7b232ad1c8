"""What the category marts must make of raw rows, in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from .discovery_recomputed import (
    Account,
    Row,
    account_of,
    grouped,
    mean_of,
    median_of,
    most_frequent,
    posts_of,
)
from .series_recomputed import Series, day_of
from .series_recomputed import known as known_days
from .world.world import World

WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """That its week begins with."""
    return day - timedelta(days=day.weekday())


def weeks(now: datetime, number: int) -> list[date]:
    """The Monday of this week and of so many before it."""
    return [monday(now.date()) - n * WEEK for n in range(number, -1, -1)]


def change_pct(now: int, before: int) -> float | None:
    """None from nothing."""
    return (now - before) / before * 100 if before else None


def overview(
    creators: dict[Account, Row], growth: dict[Account, float | None], platform: str, accounts: list[Account]
) -> Row:
    """What the overviews of category, topic and language have in common."""
    rows = [creators[account] for account in accounts]
    known = sorted(
        (-row["followers"], account[1])
        for account, row in zip(accounts, rows, strict=True)
        if row["followers"] is not None
    )
    return {
        "creators": len(rows),
        "total_followers": sum(row["followers"] or 0 for row in rows),
        "median_followers": median_of(row["followers"] for row in rows),
        "median_engagement_rate": median_of(row["engagement_rate"] for row in rows),
        "median_growth_pct_30d": median_of(growth.get(account) for account in accounts),
        "posting_creators": sum(row["total_posts"] > 0 for row in rows),
        "total_posts": sum(row["total_posts"] for row in rows),
        "top_profile_id": known[0][1] if known else None,
        "top_handle": creators[platform, known[0][1]]["handle"] if known else None,
    }


def overviews(
    creators: dict[Account, Row], growth: dict[Account, float | None], column: str
) -> dict[tuple[str, str], Row]:
    """`mart_category_overview` and `mart_language_overview`: (platform, group) → figures and the share of the platform."""
    population = Counter(account[0] for account in creators)
    groups = grouped(creators, lambda account: (account[0], creators[account][column]))
    return {
        key: {
            **overview(creators, growth, key[0], accounts),
            "creators_share": len(accounts) / population[key[0]],
        }
        for key, accounts in groups.items()
    }


def topics(creators: dict[Account, Row], growth: dict[Account, float | None]) -> dict[tuple[str, str], Row]:
    """`mart_topic_overview`."""
    groups: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for account, row in creators.items():
        for topic in row["topics"]:
            groups[account[0], topic].append(account)
    population = Counter(account[0] for account, row in creators.items() if row["topics"])
    found = {}
    for (platform, topic), accounts in groups.items():
        others = Counter(
            other for account in accounts for other in creators[account]["topics"] if other != topic
        )
        category, share = most_frequent(c for a in accounts if (c := creators[a]["category"]) != "Unknown")
        found[platform, topic] = {
            **overview(creators, growth, platform, accounts),
            "creators_share": len(accounts) / population[platform],
            "related_topics": sorted(others, key=lambda other: (-others[other], other))[:5],
            "top_category": category,
            "top_category_share": share,
        }
    return found


def _posts_by_week(world: World, creators: dict[Account, Row], now: datetime) -> list[Row]:
    dated = [p for p in posts_of(world, creators) if p["published_at"] and p["published_at"] <= now]
    return [{**p, "week": monday(day_of(p["published_at"]))} for p in dated]


def category_trend(
    world: World, creators: dict[Account, Row], series: Series, now: datetime
) -> dict[tuple[str, str, date], Row]:
    """`mart_category_trend`."""
    posts = [p for p in _posts_by_week(world, creators, now) if account_of(p) in creators]
    published = grouped(posts, lambda p: (p["platform"], creators[account_of(p)]["category"], p["week"]))
    observed = _weekly_followers(series)
    found = {}
    for platform, category in {(account[0], row["category"]) for account, row in creators.items()}:
        members = [a for a, row in creators.items() if (a[0], row["category"]) == (platform, category)]
        for week in weeks(now, 26):
            seen = [observed[a, week] for a in members if (a, week) in observed]
            compared = [(last, before) for last, before in seen if before is not None]
            some, before = (
                published.get((platform, category, week), []),
                len(published.get((platform, category, week - WEEK), [])),
            )
            complete = week + WEEK <= now.date()
            gained, base = sum(a - b for a, b in compared), sum(b for _, b in compared)
            found[platform, category, week] = {
                "is_complete": complete,
                "creators": len(seen),
                "followers": sum(last for last, _ in seen),
                "compared_creators": len(compared),
                "growth": gained if compared else None,
                "growth_pct": gained / base * 100 if base else None,
                **_sums(some),
                "median_engagement_rate": median_of(p["rate"] for p in some),
                "posts_before": before,
                "posts_change_pct": change_pct(len(some), before) if complete else None,
            }
    return found


def _weekly_followers(series: Series) -> dict[tuple[Account, date], tuple[int, int | None]]:
    """(account, week) → the last known followers of the week, and the last known before it."""
    found: dict[tuple[Account, date], tuple[int, int | None]] = {}
    for account, days in series.items():
        by_week = {monday(day): followers for day, followers in known_days(days)}
        ordered = [(None, None), *by_week.items()]
        for (_, before), (week, last) in pairwise(ordered):
            found[account, week] = (last, before)  # type: ignore[index,assignment]
    return found


def _sums(posts: list[Row]) -> Row:
    return {
        "posts": len(posts),
        "posting_creators": len({p["profile_id"] for p in posts}),
        **{name: sum(p[f"{name}_count"] or 0 for p in posts) for name in ("likes", "comments", "plays")},
    }


def topic_trend(
    world: World, creators: dict[Account, Row], now: datetime
) -> dict[tuple[str, str, date], Row]:
    """`mart_topic_trend`."""
    posts = [p for p in _posts_by_week(world, creators, now) if creators.get(account_of(p), {}).get("topics")]
    of_week = Counter((p["platform"], p["week"]) for p in posts)
    by_topic = grouped(
        ({**p, "topic": topic} for p in posts for topic in creators[account_of(p)]["topics"]),
        lambda p: (p["platform"], p["topic"], p["week"]),
    )
    found = {}
    for platform, topic in {
        (account[0], topic) for account, row in creators.items() for topic in row["topics"]
    }:
        for week in weeks(now, 26):
            four, before = (
                sum(len(by_topic.get((platform, topic, week - n * WEEK), [])) for n in span)
                for span in (range(4), range(4, 8))
            )
            some, complete = by_topic.get((platform, topic, week), []), week + WEEK <= now.date()
            found[platform, topic, week] = {
                "is_complete": complete,
                "posts": len(some),
                "posts_share": len(some) / of_week[platform, week] if of_week[platform, week] else None,
                "interactions": sum(p["interactions"] or 0 for p in some),
                "avg_interactions": mean_of(p["interactions"] for p in some),
                "posts_4w": four,
                "posts_4w_before": before,
                "momentum_pct": change_pct(four, before) if complete else None,
            }
    return found


def hashtag_trend(
    world: World, creators: dict[Account, Row], now: datetime
) -> dict[tuple[str, str, date], Row]:
    """`mart_hashtag_trend`."""
    earliest = weeks(now, 13)[0]
    posts = [p for p in _posts_by_week(world, creators, now) if p["week"] >= earliest]
    used = [(p["platform"], tag, p) for p in posts for tag in p["hashtags"]]
    shared = {
        key
        for key, rows in grouped(used, lambda u: u[:2]).items()
        if len({p["profile_id"] for _, _, p in rows}) >= 2
    }  # type: ignore[arg-type,index]
    weekly = {
        key: [u[2] for u in rows]
        for key, rows in grouped(used, lambda u: (*u[:2], u[2]["week"])).items()
        if key[:2] in shared
    }  # type: ignore[arg-type,index]
    places = _places(weekly)
    return {
        key: {
            **{name: value for name, value in _sums(some).items() if name != "posting_creators"},
            "creators": _sums(some)["posting_creators"],
            "median_engagement_rate": median_of(p["rate"] for p in some),
            **_against(some, weekly.get((*key[:2], key[2] - WEEK), []), key[2] + WEEK <= now.date()),
            "is_new": key[2] == min(week for *name, week in weekly if tuple(name) == key[:2]),
            "posts_rank": places[key],
        }
        for key, some in weekly.items()
        if key[2] > earliest
    }


def _against(some: list[Row], before: list[Row], complete: bool) -> Row:
    return {
        "is_complete": complete,
        "posts_before": len(before),
        "growth": len(some) - len(before) if complete else None,
        "growth_pct": change_pct(len(some), len(before)) if complete else None,
    }


def _places(weekly: dict[Any, list[Row]]) -> dict[Any, int]:
    def order(key: Any) -> tuple[int, int, str]:
        return -len(weekly[key]), -len({p["profile_id"] for p in weekly[key]}), key[1]

    by_week: Iterable[list[Any]] = grouped(weekly, lambda key: (key[0], key[2])).values()  # type: ignore[arg-type]
    return {key: place for keys in by_week for place, key in enumerate(sorted(keys, key=order), 1)}
