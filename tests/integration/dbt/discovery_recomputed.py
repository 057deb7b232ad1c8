"""What the discovery marts must make of raw rows, in plain Python: accounts, their posts, language and place, cadence, mix, brands."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from typing import Any

from .world.world import World

Row = dict[str, Any]
Account = tuple[str, str]
DAY = timedelta(days=1)
PLATFORMS = ("instagram", "youtube")


def account_of(row: Row) -> Account:
    """Whose row it is."""
    return row["platform"], row["profile_id"]


def mean_of(values: Iterable[float | None]) -> float | None:
    """Over what is known; None without any."""
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def median_of(values: Iterable[float | None]) -> float | None:
    """Over what is known; None without any."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def most_frequent(values: Iterable[str]) -> tuple[str | None, float | None]:
    """The value that is there most often, of two the first by name, and its share."""
    counts = Counter(values)
    if not counts:
        return None, None
    value = min(counts, key=lambda v: (-counts[v], v))
    return value, counts[value] / sum(counts.values())


def answers(world: World, kind: str) -> dict[Account, Row]:
    """The newest answer of a real model, else of the sandbox."""
    chosen: dict[Account, Row] = {}
    for row in sorted(
        world.clean("enrichment"), key=lambda r: (not r["is_sandbox"], r["observed_at"], r["_event_id"])
    ):
        if row["kind"] == kind:
            chosen[account_of(row)] = row
    return chosen


def topics_of(answer: Row | None) -> list[str]:
    """Lower case, each once, in order; what is no JSON holds none."""
    try:
        told = json.loads((answer or {}).get("topics") or "[]")
    except ValueError:
        told = []
    return sorted({topic.strip().lower() for topic in told} - {""})


def posts_of(world: World, accounts: dict[Account, Row]) -> list[Row]:
    """Posts of both platforms with their interactions, rate, hashtags and mentions."""
    rows = []
    for platform in PLATFORMS:
        for post in world.clean(f"{platform}_post"):
            likes, comments = post["likes_count"], post["comments_count"]
            followers = accounts.get(account_of(post), {}).get("followers")
            both = None if likes is None or comments is None else likes + comments
            words = f"{post.get('title') or ''}\n{post['caption'] or ''}".lower()
            rate = (
                0.0
                if followers == 0
                else None
                if both is None or followers is None
                else both / followers * 100
            )
            rows.append({
                **post,
                "interactions": both,
                "rate": rate,
                "hashtags": set(re.findall(r"#(\w+)", words)),
                "mentions": set(re.findall(r"@(\w+)", words)),
            })  # fmt: skip
    return rows


def published_within(posts: Iterable[Row], now: datetime, days: int) -> list[Row]:
    """Those of the last days; undated ones and those of the future are not."""
    return [p for p in posts if p["published_at"] and now - days * DAY < p["published_at"] <= now]


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by key."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def answered_by(name: str, answer: Row | None) -> Row:
    """Model, version and date of the answer that `name` is of."""
    told = answer or {}
    columns = ("model", "prompt_version", "observed_at")
    return {f"{name}_{column}": told.get(column) for column in columns}


def places(world: World, now: datetime) -> dict[Account, Row]:
    """`mart_creator_language_location`."""
    languages, locations = answers(world, "categ_lang_topics"), answers(world, "base_location")
    videos = grouped(published_within(world.clean("youtube_post"), now, 365), account_of)
    found = {}
    for row in [row for platform in PLATFORMS for row in world.clean(f"{platform}_account")]:
        account = account_of(row)
        spoken, share = most_frequent(v["language"] for v in videos.get(account, []) if v.get("language"))
        read, seen = languages.get(account, {}), locations.get(account, {})
        stated, told = (
            ((row.get("country") or "").strip().upper() or None),
            ((seen.get("country") or "").upper() or None),
        )
        city = None if stated and told and told != stated else seen.get("city")
        by_model = not spoken and bool(read.get("language")) and read["is_sandbox"]
        located = bool(city or (not stated and told)) and seen["is_sandbox"]
        found[account] = {
            "language": spoken or read.get("language") or "unknown",
            "language_source": "videos" if spoken else "enrichment" if read.get("language") else "none",
            "language_confidence": share
            if spoken
            else read.get("confidence")
            if read.get("language")
            else None,
            "country": stated or told or "unknown",
            "country_source": "account" if stated else "enrichment" if told else "none",
            "country_confidence": 1.0 if stated else seen.get("confidence") if told else None,
            "city": city,
            "city_confidence": seen.get("confidence") if city else None,
            **answered_by("language", read if read.get("language") and not spoken else None),
            **answered_by("country", seen if told and not stated else None),
            **answered_by("city", seen if city else None),
            "is_sandbox": bool(by_model or located),
        }
    return found


def accounts(world: World, now: datetime) -> dict[Account, Row]:
    """`mart_instagram_account` and `mart_youtube_account`, ranks included."""
    place, read = places(world, now), answers(world, "categ_lang_topics")
    presented = answers(world, "base_gender")
    recent = grouped(
        published_within([p for name in PLATFORMS for p in world.clean(f"{name}_post")], now, 30), account_of
    )
    found: dict[Account, Row] = {}
    for row in [row for platform in PLATFORMS for row in world.clean(f"{platform}_account")]:
        account, followers = account_of(row), row["followers_count"]
        posts = recent.get(account, [])
        figures = {
            name: mean_of(p[f"{name}_count"] for p in posts) for name in ("likes", "comments", "plays")
        }
        known = figures["likes"] is not None and figures["comments"] is not None
        found[account] = {
            "handle": row["handle"],
            **_described(row, read.get(account), presented.get(account), place[account]),
            "followers": followers,
            "total_posts": len(posts),
            **{f"avg_{name}": value for name, value in figures.items()},
            "total_likes": sum(p["likes_count"] or 0 for p in posts),
            "engagement_rate": (figures["likes"] + figures["comments"]) / followers * 100
            if followers and known
            else None,
        }
    _rank(found, "followers_rank", lambda row: None)
    for group in ("category", "language"):
        _rank(found, f"followers_rank_by_{group}", lambda row, group=group: row[group])
    return found


def _described(row: Row, read: Row | None, presented: Row | None, place: Row) -> Row:
    stated, told = (row["category"] or "").strip(), (read or {}).get("category")
    topics = topics_of(read)
    chosen = read if told and not stated else None
    shown = [presented, read if chosen or topics else None, place]
    return {
        **place,
        "gender": (presented or {}).get("gender") or "unknown",
        "gender_confidence": (presented or {}).get("confidence"),
        **answered_by("gender", presented),
        "category": stated or told or "Unknown",
        "category_source": "account" if stated else "enrichment" if told else "none",
        "category_confidence": 1.0 if stated else (chosen or {}).get("confidence"),
        **answered_by("category", chosen),
        "topics": topics,
        "is_sandbox": any(answer["is_sandbox"] for answer in shown if answer),
    }


def _rank(rows: dict[Account, Row], name: str, group: Callable[[Row], Any]) -> None:
    taken: Counter[Any] = Counter()
    for account, row in sorted(rows.items(), key=lambda item: (-(item[1]["followers"] or 0), item[0])):
        key = (account[0], group(row))
        taken[key] += row["followers"] is not None
        row[name] = taken[key] if row["followers"] is not None else None


def activity(world: World, known: dict[Account, Row], now: datetime) -> dict[Account, Row]:
    """`mart_creator_activity`."""
    dated = [p for p in posts_of(world, known) if p["published_at"] and p["published_at"] <= now]
    by_account = grouped(dated, account_of)
    return {account: _cadence(by_account.get(account, []), now) for account in known}


def _cadence(posts: list[Row], now: datetime) -> Row:
    moments = sorted(p["published_at"] for p in posts)
    lately = [moment for moment in moments if moment > now - 90 * DAY]
    gaps = [(b - a) / DAY for a, b in pairwise(lately)]
    silent = (now - moments[-1]) / DAY if moments else None
    look = (now - max(p["observed_at"] for p in posts)) / DAY if posts else None
    if silent is None:
        state = "unknown"
    elif silent <= 30:
        state = "active"
    else:
        state = "unknown" if look > 30 else "slowing" if silent <= 90 else "dormant"  # type: ignore[operator]
    weekly = len(lately) / max((now - lately[0]) / DAY, 7) * 7 if lately else 0.0
    return {
        "activity": state,
        "last_post_at": moments[-1] if moments else None,
        "posts_7d": sum(moment > now - 7 * DAY for moment in moments),
        "posts_30d": sum(moment > now - 30 * DAY for moment in moments),
        "posts_90d": len(lately),
        "posts_per_week": weekly if moments else None,
        "median_days_between_posts": median_of(gaps),
        "longest_days_between_posts": max(gaps, default=None),
    }


def content_mix(world: World, known: dict[Account, Row], now: datetime) -> dict[tuple[str, str, str], Row]:
    """`mart_creator_content_mix`."""
    mix: dict[tuple[str, str, str], Row] = {}
    for account, posts in grouped(published_within(posts_of(world, known), now, 90), account_of).items():
        if account not in known:
            continue
        types = grouped(posts, lambda p: p["post_type"] or "unknown")
        main, overall = (
            min(types, key=lambda t: (-len(types[t]), t)),
            mean_of(p["interactions"] for p in posts),
        )
        for name, some in types.items():
            own = mean_of(p["interactions"] for p in some)
            likes, comments = (
                mean_of(p[f"{figure}_count"] for p in some) for figure in ("likes", "comments")
            )
            followers = known[account]["followers"]
            mix[(*account, name)] = {
                "posts": len(some),
                "posts_share": len(some) / len(posts),
                "is_main": name == main,
                "avg_likes": likes,
                "avg_plays": mean_of(p["plays_count"] for p in some),
                "engagement_rate": (likes + comments) / followers * 100
                if followers and likes is not None and comments is not None
                else None,
                "engagement_lift": own / overall if own is not None and overall else None,
                "last_post_at": max(p["published_at"] for p in some),
            }
    return mix


def brand_affinity(world: World, known: dict[Account, Row], now: datetime) -> dict[tuple[str, str, str], Row]:
    """`mart_brand_affinity`: the world's brands have no accounts of their own, so that a reason is a partnership or a campaign."""
    posts = published_within(posts_of(world, known), now, 365)
    naming = [(p, name) for p in posts for name in p["mentions"]]
    paid = {(p["platform"], name) for p, name in naming if p.get("is_paid_partnership")}
    campaigns = {row["brand"] for row in world["coffee.campaign"] if row["brand"] and not row["deleted_at"]}
    creators = {
        key: len({p["profile_id"] for p, name in naming if (p["platform"], name) == key})
        for key in {(p["platform"], n) for p, n in naming}
    }
    found = {}
    for account, own in grouped(posts, account_of).items():
        overall = mean_of(p["interactions"] for p in own)
        for name in {name for p in own for name in p["mentions"]} if account in known else ():
            key, named = (account[0], name), [p for p in own if name in p["mentions"]]
            if key not in paid and name not in campaigns:
                continue
            average = mean_of(p["interactions"] for p in named)
            found[(*account, name)] = {
                "evidence": "paid_partnership" if key in paid else "campaign",
                "brand_creators": creators[key],
                "posts": len(named),
                "paid_posts": sum(bool(p.get("is_paid_partnership")) for p in named),
                "posts_share": len(named) / len(own),
                "avg_interactions": average,
                "engagement_lift": average / overall if average is not None and overall else None,
            }
    return found


def similarities(
    world: World, known: dict[Account, Row], now: datetime
) -> dict[Account, list[tuple[float, str]]]:
    """Account → the others that are within ten places by size of it among those who share a feature, the most similar first."""
    tags = {}
    for account, posts in grouped(published_within(posts_of(world, known), now, 180), account_of).items():
        counts = Counter(tag for p in posts for tag in p["hashtags"])
        tags[account] = set(sorted(counts, key=lambda tag: (-counts[tag], tag))[:10])
    sized = {
        account: {**row, "hashtags": tags.get(account, set())}
        for account, row in known.items()
        if row["followers"] is not None
    }
    near: dict[Account, set[Account]] = {account: set() for account in sized}
    for block in _blocks(sized).values():
        ordered = sorted(block, key=lambda account: (sized[account]["followers"], account))
        for place, account in enumerate(ordered):
            for other in ordered[place + 1 : place + 11]:
                near[account].add(other)
                near[other].add(account)
    scores = {
        account: [(-_similarity(sized[account], sized[other]), other[1]) for other in others]
        for account, others in near.items()
    }
    return {account: [(-score, name) for score, name in sorted(found)] for account, found in scores.items()}


def _blocks(rows: dict[Account, Row]) -> dict[Any, list[Account]]:
    blocks: dict[Any, list[Account]] = defaultdict(list)
    for account, row in rows.items():
        categories = set() if row["category"] == "Unknown" else {row["category"]}
        for kind, names in (("category", categories), ("topic", row["topics"]), ("hashtag", row["hashtags"])):
            for name in names:
                blocks[account[0], kind, name].append(account)
    return blocks


def _similarity(one: Row, other: Row) -> float:
    same_category = one["category"] == other["category"] != "Unknown"
    pairs = [(set(one[name]), set(other[name])) for name in ("topics", "hashtags")]
    topics, hashtags = (len(a & b) / len(a | b) if a | b else 0.0 for a, b in pairs)
    apart = abs(math.log10(max(one["followers"], 1)) - math.log10(max(other["followers"], 1)))
    same_language = one["language"] == other["language"] != "unknown"
    return (
        0.30 * topics
        + 0.25 * hashtags
        + 0.20 * same_category
        + 0.10 * same_language
        + 0.15 * max(0.0, 1 - apart)
    )


def links(world: World) -> dict[Account, tuple[str, float]]:
    """Account of either platform → (profile_id of the other one, confidence), by the three kinds of evidence that this world has."""
    instagram, youtube = world.clean("instagram_account"), world.clean("youtube_account")
    names = Counter((r["platform"], (r["full_name"] or "").lower()) for r in [*instagram, *youtube])
    scored = []
    for one in instagram:
        for other in youtube:
            doubt, name = 1.0, (one["full_name"] or "").lower()
            doubt *= 0.2 if one["external_url"] == f"https://www.youtube.com/@{other['handle']}" else 1
            doubt *= 0.2 if other["external_url"] == f"https://instagram.com/{one['handle']}" else 1
            doubt *= 0.3 if one["handle"] == other["handle"] else 1
            unique = all(names[platform, name] == 1 for platform in ("INSTAGRAM", "YOUTUBE"))
            doubt *= 0.5 if name and name == (other["full_name"] or "").lower() and unique else 1
            if doubt < 1:
                scored.append((round(1 - doubt, 4), one["profile_id"], other["profile_id"]))
    found: dict[Account, tuple[str, float]] = {}
    for confidence, one_id, other_id in scored:
        best = min((-c, o) for c, i, o in scored if i == one_id)
        back = min((-c, i) for c, i, o in scored if o == other_id)
        if best == (-confidence, other_id) and back == (-confidence, one_id):
            found["INSTAGRAM", one_id], found["YOUTUBE", other_id] = (
                (other_id, confidence),
                (one_id, confidence),
            )
    return found
