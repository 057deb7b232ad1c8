"""What the leaderboards must make of accounts, posts and time series, in plain Python: one function for each mart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

from .series_recomputed import (
    DAY,
    Account,
    Row,
    Series,
    first_day,
    known,
    last_day,
    latest_until,
    size_band,
)

Board = dict[Any, Row]
DIMENSIONS = ("category", "language", "country", "size_band")


def add_ranks(board: Board, name: str, measure: str, *within: str) -> None:
    """Add the place by `measure` within the platform and further columns, 1 the highest, ties by profile; None where it is unknown."""
    places: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in board.values():
        row[name] = None
    ranked = [row for row in board.values() if row[measure] is not None]
    for row in sorted(ranked, key=lambda r: (-r[measure], r["profile_id"])):
        group = tuple(row[column] for column in ("platform", *within))
        places[group] += 1
        row[name] = places[group]


def change(then: int | None, now: int | None) -> int | None:
    """Places climbed."""
    return None if then is None or now is None else then - now


def accounts(
    current: Iterable[Row], posts: Iterable[Row], described: Iterable[Row], now: datetime
) -> dict[Account, Row]:
    """Figures of the accounts from raw rows; what enrichment and the account itself describe is taken as the account marts have it."""
    recent: dict[Account, list[Row]] = defaultdict(list)
    for post in posts:
        if post["published_at"] and now - 30 * DAY < post["published_at"] <= now:
            recent[post["platform"], post["profile_id"]].append(post)
    words = {(row["platform"], row["profile_id"]): row for row in described}
    found: dict[Account, Row] = {}
    for raw in current:
        account = raw["platform"], raw["profile_id"]
        followers = raw["followers_count"]
        row = {name: words[account][name] for name in ("handle", "category", "language", "country")}
        row |= {
            "platform": account[0],
            "profile_id": account[1],
            "followers": followers,
            "observed_at": raw["observed_at"],
        }
        row |= _of_posts(recent[account])
        likes, comments = row["avg_likes"], row["avg_comments"]
        rated = likes is not None and comments is not None and followers
        row["engagement_rate"] = (likes + comments) / followers * 100 if rated else None
        row["size_band"] = None if followers is None else size_band(followers)
        found[account] = row
    return found


def _of_posts(posts: list[Row]) -> Row:
    row: Row = {"total_posts": len(posts)}
    for name in ("likes", "comments", "plays"):
        told = [post[f"{name}_count"] for post in posts if post[f"{name}_count"] is not None]
        row[f"avg_{name}"] = mean(told) if told else None
    return row


def leaderboard(account: dict[Account, Row], series: Series) -> Board:
    """`mart_leaderboard`."""
    newest: dict[str, date] = {}
    for (platform, _), days in series.items():
        for day, _ in known(days):
            newest[platform] = max(day, newest.get(platform, day))
    before: Board = {}
    for (platform, profile), days in series.items():
        on, followers = latest_until(known(days), newest[platform] - 28 * DAY)
        row = {
            "platform": platform,
            "profile_id": profile,
            "previous_observed_on": on,
            "previous_followers": followers,
        }
        before[platform, profile] = row
    add_ranks(before, "previous_followers_rank", "previous_followers")
    nothing = dict.fromkeys(("previous_observed_on", "previous_followers", "previous_followers_rank"))
    board = {
        key: {**row, **before.get(key, nothing)}
        for key, row in account.items()
        if row["followers"] is not None
    }
    add_ranks(board, "followers_rank", "followers")
    add_ranks(board, "engagement_rank", "engagement_rate")
    for dimension in DIMENSIONS:
        add_ranks(board, f"followers_rank_by_{dimension}", "followers", dimension)
    for row in board.values():
        row["rank_change"] = change(row["previous_followers_rank"], row["followers_rank"])
    return board


def board_of_periods(
    account: dict[Account, Row], series: Series, now: datetime, unit: str, kept: int, carried: int
) -> Board:
    """`mart_leaderboard_weekly` and `mart_leaderboard_monthly`: board by board, each from the days up to its end."""
    start = first_day(now.date(), unit)
    boards: list[Board] = []
    for _ in range(kept + 1):
        start = first_day(start - DAY, unit)
        boards.append(_board_at(account, series, start, unit, carried))
    for later, earlier in pairwise(boards):
        for key, row in later.items():
            _compare(row, earlier.get(key))
    return {(*key, row["starts_on"]): row for board in boards[:-1] for key, row in board.items()}


def _board_at(account: dict[Account, Row], series: Series, start: date, unit: str, carried: int) -> Board:
    oldest = start
    for _ in range(carried):
        oldest = first_day(oldest - DAY, unit)
    board: Board = {}
    for key, who in account.items():
        on, followers = latest_until(known(series.get(key, {})), last_day(start, unit))
        if on is not None and followers is not None and on >= oldest:
            row = {
                name: who[name]
                for name in ("platform", "profile_id", "handle", "category", "language", "country")
            }
            row |= {
                "starts_on": start,
                "ends_on": last_day(start, unit),
                "followers": followers,
                "observed_on": on,
            }
            board[key] = row | {"size_band": size_band(followers)}
    add_ranks(board, "followers_rank", "followers")
    for dimension in DIMENSIONS:
        add_ranks(board, f"followers_rank_by_{dimension}", "followers", dimension)
    return board


def _compare(row: Row, earlier: Row | None) -> None:
    row["previous_followers"] = earlier and earlier["followers"]
    row["previous_followers_rank"] = earlier and earlier["followers_rank"]
    row["rank_change"] = change(row["previous_followers_rank"], row["followers_rank"])
    for dimension in DIMENSIONS:
        name = f"followers_rank_by_{dimension}"
        same = earlier is not None and (dimension != "size_band" or earlier["size_band"] == row["size_band"])
        row[f"rank_change_by_{dimension}"] = change(earlier[name], row[name]) if same and earlier else None


def changes(weekly: Board) -> Board:
    """`mart_leaderboard_change`."""
    newest: dict[str, date] = {}
    for platform, _, start in weekly:
        newest[platform] = max(start, newest.get(platform, start))
    board: Board = {}
    for (platform, profile, start), row in weekly.items():
        for weeks in (1, 4, 12, 52) if start == newest[platform] else ():
            then = weekly.get((platform, profile, start - weeks * timedelta(weeks=1)))
            moved = change(then and then["followers_rank"], row["followers_rank"])
            board[platform, profile, weeks] = {
                **{
                    name: row[name]
                    for name in (
                        "platform",
                        "profile_id",
                        "size_band",
                        "ends_on",
                        "followers",
                        "followers_rank",
                    )
                },
                "weeks": weeks,
                "followers_then": then and then["followers"],
                "followers_rank_then": then and then["followers_rank"],
                "rank_change": moved,
                "movement": "new"
                if moved is None
                else "climbed"
                if moved > 0
                else "fell"
                if moved < 0
                else "stayed",
                "climbed": moved if moved and moved > 0 else None,
                "lost": -moved if moved and moved < 0 else None,
            }
    for who, measure in (("climbers", "climbed"), ("fallers", "lost")):
        add_ranks(board, f"{who}_rank", measure, "weeks")
        add_ranks(board, f"{who}_rank_by_size_band", measure, "weeks", "size_band")
    return {key: {n: v for n, v in row.items() if n not in ("climbed", "lost")} for key, row in board.items()}


def history(series: Series, places: int = 1000) -> Board:
    """`mart_leaderboard_history`: every day of a platform, each from all figures up to it that are not older than 27 days."""
    points = {account: known(days) for account, days in series.items()}
    found: Board = {}
    for platform in {account[0] for account in points}:
        mine = {account: p for account, p in points.items() if account[0] == platform and p}
        days = [day for p in mine.values() for day, _ in p]
        for day in (min(days) + n * DAY for n in range((max(days) - min(days)).days + 1)):
            standing = []
            for account, p in mine.items():
                on, followers = latest_until(p, day)
                if on is not None and followers is not None and day - on <= 27 * DAY:
                    standing.append((-followers, account[1], on))
            for place, (negative, profile, on) in enumerate(sorted(standing)[:places], 1):
                row = {
                    "profile_id": profile,
                    "followers": -negative,
                    "observed_on": on,
                    "accounts": len(standing),
                }
                found[platform, day, place] = row
    return found


def engagement(account: dict[Account, Row]) -> Board:
    """`mart_leaderboard_engagement`."""
    board = {
        key: dict(row)
        for key, row in account.items()
        if row["engagement_rate"] is not None and row["followers"] and row["total_posts"] >= 3
    }
    add_ranks(board, "engagement_rank", "engagement_rate")
    add_ranks(board, "engagement_rank_by_size_band", "engagement_rate", "size_band")
    for dimension in ("category", "language", "country"):
        add_ranks(
            board, f"engagement_rank_by_size_band_and_{dimension}", "engagement_rate", "size_band", dimension
        )
    for row in board.values():
        rates = [r["engagement_rate"] for r in board.values() if _same(r, row, "platform", "size_band")]
        row |= {"accounts_in_size_band": len(rates), "size_band_median_rate": median(rates)}
        del row["avg_plays"], row["observed_at"]
    return board


def _same(one: Row, other: Row, *columns: str) -> bool:
    return all(one[name] == other[name] for name in columns)


def growth(rates: Board, account: dict[Account, Row], now: datetime) -> Board:
    """`mart_leaderboard_growth`."""
    board: Board = {}
    for (platform, profile, days), rate in rates.items():
        who = account.get((platform, profile))
        seen = rate["observed_on"] > now.date() - 28 * DAY
        if who and seen and rate["is_comparable"] and rate["followers_then"] >= 1000:
            row = {name: who[name] for name in ("platform", "profile_id", "category", "language", "country")}
            row |= {
                name: rate[name]
                for name in ("followers", "followers_then", "compared_days", "growth", "growth_pct")
            }
            board[platform, profile, days] = row | {
                "days": days,
                "size_band": size_band(rate["followers_then"]),
            }
    add_ranks(board, "growth_rank", "growth", "days")
    add_ranks(board, "growth_pct_rank", "growth_pct", "days")
    for dimension in DIMENSIONS:
        add_ranks(board, f"growth_pct_rank_by_{dimension}", "growth_pct", "days", dimension)
    return board


def views(account: dict[Account, Row], series: Series, now: datetime) -> Board:
    """`mart_leaderboard_views`."""
    board: Board = {}
    for key, who in account.items():
        points = known(series.get(key, {}), "views")
        newest, counted = points[-1] if points else (None, None)
        if who["followers"] is None or (who["avg_plays"] is None and counted is None):
            continue
        then_on, then = latest_until(points, newest - 30 * DAY) if newest else (None, None)
        span = (newest - then_on).days if newest and then_on else None
        row = {
            name: who[name]
            for name in ("platform", "profile_id", *DIMENSIONS, "followers", "avg_plays", "total_posts")
        }
        gained = None
        if newest and newest > now.date() - 28 * DAY and span and span <= 45 and then is not None:
            gained = counted - then
        row |= {"views": counted, "views_gained": gained, "views_gained_days": span}
        each = (
            who["avg_plays"] / who["followers"] if who["avg_plays"] is not None and who["followers"] else None
        )
        board[key] = row | {"plays_per_follower": each}
    for measure in ("avg_plays", "views", "views_gained"):
        add_ranks(board, f"{measure}_rank", measure)
    for dimension in DIMENSIONS:
        add_ranks(board, f"avg_plays_rank_by_{dimension}", "avg_plays", dimension)
    return board


def authenticity(board: Board, samples: dict[Account, Row], quality: dict[Account, float | None]) -> Board:
    """`mart_leaderboard_authenticity`, from the shares that the audience marts found."""
    found: Board = {}
    for key, who in board.items():
        sample = samples.get(key, {})
        scored = sample if sample.get("sample_size") else {}
        row = {
            name: who[name] for name in ("platform", "profile_id", *DIMENSIONS, "followers", "followers_rank")
        }
        row |= {
            name: scored.get(name)
            for name in ("real_share", "real_share_low", "real_share_high", "fake_share", "model_fake_share")
        }
        found[key] = row | {"sample_size": sample.get("sample_size"), "quality_score": quality.get(key)}
    for row in found.values():
        own = row["fake_share"]
        known = [
            other["fake_share"]
            for other in found.values()
            if (other["platform"], other["category"]) == (row["platform"], row["category"])
            and other["fake_share"] is not None
        ]
        row["category_median_fake_share"] = float(median(known)) if known else None
        is_compared = own is not None and len(known) > 1
        higher = sum(other > own for other in known) if is_compared else 0
        row["cleaner_than_category_share"] = higher / (len(known) - 1) if is_compared else None
    add_ranks(found, "authenticity_rank", "real_share_low")
    add_ranks(found, "quality_rank", "quality_score")
    for dimension in DIMENSIONS:
        add_ranks(found, f"authenticity_rank_by_{dimension}", "real_share_low", dimension)
    return found


def overview(board: Board, dimension: str) -> Board:
    """`mart_leaderboard_category_overview` and `mart_leaderboard_country_overview`."""
    ranked = {key: dict(row) for key, row in board.items()}
    add_ranks(ranked, "previous_place", "previous_followers", dimension)
    parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(ranked.values(), key=lambda r: (-r["followers"], r["profile_id"])):
        parts[row["platform"], row[dimension]].append(row)
    found: Board = {}
    for key, rows in parts.items():
        total, top = sum(row["followers"] for row in rows), rows[:10]
        everybody = sum(row["followers"] for row in board.values() if row["platform"] == key[0])
        found[key] = {
            "accounts": len(rows),
            "total_followers": total,
            "followers_share": total / everybody if everybody else None,
            "median_followers": float(median(row["followers"] for row in rows)),
            "median_engagement_rate": _median([row["engagement_rate"] for row in rows]),
            "leader_profile_id": rows[0]["profile_id"],
            "leader_followers": rows[0]["followers"],
            "followers_for_top_10": rows[9]["followers"] if len(rows) > 9 else None,
            "top_10_share": sum(row["followers"] for row in top) / total if total else None,
            "accounts_before": sum(row["previous_place"] is not None for row in rows),
            "climbed_into_top_10": sum((row["previous_place"] or 0) > 10 for row in top),
            "new_in_top_10": sum(row["previous_place"] is None for row in top),
        }
    return found


def _median(values: list[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return float(median(told)) if told else None


def distribution(board: Board) -> Board:
    """`mart_size_band_distribution`."""
    order = ["nano", "micro", "mid", "macro", "mega"]
    rows = [dict(row) for row in board.values()]
    for row in rows:
        row["band_before"] = (
            None if row["previous_followers"] is None else size_band(row["previous_followers"])
        )
    found: Board = {}
    keys = {
        (r["platform"], r["category"], band)
        for r in rows
        for band in (r["size_band"], r["band_before"])
        if band
    }
    for platform, category, band in keys:
        part = [row for row in rows if row["platform"] == platform and row["category"] == category]
        here = [row for row in part if row["size_band"] == band]
        came_from = [order.index(row["band_before"]) for row in here if row["band_before"]]
        total, whole = sum(row["followers"] for row in here), sum(row["followers"] for row in part)
        found[platform, category, band] = {
            "accounts": len(here),
            "accounts_share": len(here) / len(part),
            "total_followers": total,
            "followers_share": total / whole if whole else None,
            "median_engagement_rate": _median([row["engagement_rate"] for row in here]),
            "accounts_before": sum(row["band_before"] == band for row in part),
            "risen_into": sum(before < order.index(band) for before in came_from),
            "fallen_into": sum(before > order.index(band) for before in came_from),
            "new_accounts": sum(row["band_before"] is None for row in here),
        }
    return found
