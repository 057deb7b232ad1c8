"""A seeded world of raw rows, clean and dirty, and what the marts must make of them, worked out in plain Python."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
DAY = timedelta(days=1)


def log_row(
    profile: str, at: datetime, event: int, ingested: datetime, source: str = "lama", **metrics: int | None
) -> Row:
    """A raw row of `profile_log`."""
    return {
        "platform": "INSTAGRAM",
        "profile_id": profile,
        "handle": f"h{profile}",
        "dimensions": json.dumps({"handle": f"h{profile}"}),
        "metrics": json.dumps(metrics),
        "source": source,
        "timestamp": at,
        "_event_id": event,
        "_ingested_at": ingested,
    }


def observations(rng: random.Random, profiles: Iterable[str], now: datetime, each: int) -> list[Row]:
    """`each` rows per profile over six years, some on the same day, with unknown figures; ingested at `now`."""
    rows: list[Row] = []
    for profile in profiles:
        for _ in range(each):
            day = rng.choice([rng.randrange(2200), rng.randrange(40, 60), 0])
            at = now - day * DAY - timedelta(seconds=rng.randrange(80_000), microseconds=rng.randrange(10**6))
            metrics = {
                name: rng.choice([None, rng.randrange(2_000_000)])
                for name in ("followers", "following", "media_count")
            }
            source = rng.choice(["lama", "graphapi"])
            rows.append(log_row(profile, at, len(rows) + 1, now, source, **metrics))
    return rows


def accounts(rng: random.Random, profiles: Iterable[str], now: datetime) -> list[Row]:
    """Current rows: few distinct follower counts, so that there are ties; some unknown, some 0."""
    return [
        {
            "platform": "INSTAGRAM",
            "profile_id": profile,
            "handle": f"h{profile}",
            "full_name": None,
            "category": rng.choice(["Media", "Food", None, "  "]),
            "is_verified": rng.choice([True, False, None]),
            "followers_count": rng.choice([None, 0, 9_999, 10_000, 250_000, 999_999, 1_000_000, 2_500_000]),
            "following_count": rng.randrange(1000),
            "posts_count": rng.randrange(1000),
            "source": "lama",
            "observed_at": now,
            "_event_id": number,
            "_ingested_at": now,
        }
        for number, profile in enumerate(profiles, 1)
    ]


def posts(rng: random.Random, profiles: Iterable[str], now: datetime) -> list[Row]:
    """Up to six posts an account, from today to two months old; some likes are hidden, some dates unknown."""
    return [
        {
            "platform": "INSTAGRAM",
            "post_id": f"{profile}-{number}",
            "profile_id": profile,
            "handle": f"h{profile}",
            "post_type": rng.choice(["image", "reel", None]),
            "published_at": rng.choice(
                [None, now - rng.choice([0, 5, 29, 31, 60]) * DAY - timedelta(hours=1)]
            ),
            "likes_count": rng.choice([None, rng.randrange(10_000)]),
            "comments_count": rng.randrange(500),
            "source": "lama",
            "observed_at": now,
            "_event_id": number,
            "_ingested_at": now,
        }
        for profile in profiles
        for number in range(rng.randrange(7))
    ]


def expected_series(log: Iterable[Row]) -> dict[tuple[str, date], Row]:
    """(profile, day) → the latest known figure of each kind, the number of observations, the latest time."""
    days: dict[tuple[str, date], dict[tuple[datetime, str], Row]] = defaultdict(dict)
    for row in sorted(
        log, key=lambda r: r["_event_id"]
    ):  # of one observation told twice, the later event stays
        if row["timestamp"] <= row["_ingested_at"] + timedelta(hours=4):
            key = (row["profile_id"], row["timestamp"].astimezone(UTC).date())
            days[key][(row["timestamp"], row["source"])] = row
    series = {}
    for key, by_observation in days.items():
        rows = sorted(by_observation.values(), key=lambda r: (r["timestamp"], r["_event_id"]))
        figures: Row = {}
        for name in ("followers", "following", "media_count"):
            known = [v for r in rows if (v := json.loads(r["metrics"]).get(name)) is not None]
            figures[name] = known[-1] if known else None
        series[key] = {**figures, "observations": len(rows), "updated_at": rows[-1]["timestamp"]}
    return series


def mean(values: list[int]) -> float | None:
    """None without values."""
    return sum(values) / len(values) if values else None


def expected_accounts(account_rows: Iterable[Row], post_rows: Iterable[Row], now: datetime) -> dict[str, Row]:
    """profile → the measures of `mart_instagram_account`, ranks included."""
    result: dict[str, Row] = {}
    for account in account_rows:
        if not account["handle"].strip():
            continue
        recent = [
            p
            for p in post_rows
            if p["profile_id"] == account["profile_id"]
            and p["published_at"]
            and p["published_at"] > now - 30 * DAY
        ]
        likes = [p["likes_count"] for p in recent if p["likes_count"] is not None]
        avg_likes, avg_comments = mean(likes), mean([p["comments_count"] for p in recent])
        followers = account["followers_count"]
        rate = None
        if followers and avg_likes is not None and avg_comments is not None:
            rate = (avg_likes + avg_comments) / followers * 100
        result[account["profile_id"]] = {
            "category": (account["category"] or "").strip() or "Unknown",
            "followers": followers,
            "total_posts": len(recent),
            "avg_likes": avg_likes,
            "avg_comments": avg_comments,
            "total_likes": sum(likes),
            "engagement_rate": rate,
        }
    add_ranks(result, "followers_rank", "followers")
    add_ranks(result, "followers_rank_by_category", "followers", lambda row: row["category"])
    return result


def add_ranks(
    rows: dict[str, Row], name: str, measure: str, group: Callable[[Row], Any] = lambda row: None
) -> None:
    """Add the place by `measure` within a group, 1 the highest, ties by profile; None where it is unknown."""
    places: dict[Any, int] = defaultdict(int)
    known = [(p, r) for p, r in rows.items() if r[measure] is not None]
    for row in rows.values():
        row[name] = None
    for _, row in sorted(known, key=lambda item: (-item[1][measure], item[0])):
        places[group(row)] += 1
        row[name] = places[group(row)]


def expected_leaderboard(account: dict[str, Row], series: dict[tuple[str, date], Row]) -> dict[str, Row]:
    """profile → what `mart_leaderboard` adds: figure, rank and day of a period ago, and the change of rank."""
    told = {key: row["followers"] for key, row in series.items() if row["followers"] is not None}
    ends_on = max(day for _, day in told) - 28 * DAY
    previous: dict[str, Row] = {}
    for (profile, day), followers in sorted(told.items()):
        if day <= ends_on:
            previous[profile] = {"previous_followers": followers, "previous_observed_on": day}
    add_ranks(previous, "previous_followers_rank", "previous_followers")
    nothing = dict.fromkeys(("previous_followers", "previous_observed_on", "previous_followers_rank"))
    board = {
        p: {**row, **previous.get(p, nothing)} for p, row in account.items() if row["followers"] is not None
    }
    for row in board.values():
        del row["total_likes"]  # not published
        before = row["previous_followers_rank"]
        row["rank_change"] = None if before is None else before - row["followers_rank"]
    return board
