"""What the content marts must hold, worked out from raw rows in plain Python; reach and averages by `upbeat.engagement`."""

from __future__ import annotations

import json
import math
import re
import statistics
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from upbeat import engagement
from upbeat.engagement import PostFigures, averages

from .world.world import DAY, NOW, World

Row = dict[str, Any]
Key = tuple[Any, ...]
Posts = dict[Key, Row]
AGES = (1, 3, 6, 12, 24, 48, 72, 168, 336, 720)
DISCLOSING = {"ad", "sponsored", "paidpartnership"}
"""Of the disclosing hashtags those that the world can hold."""


def posts_of(world: World) -> Posts:
    """(platform, post_id) → the columns that the posts of both platforms share."""
    followers = {
        (row["platform"], row["profile_id"]): (row["handle"].strip(), row.get("followers_count"))
        for table in ("instagram_account", "youtube_account")
        for row in world.clean(table)
    }
    found = {}
    for table in ("instagram_post", "youtube_post"):
        for raw in world.clean(table):
            handle, number = followers.get((raw["platform"], raw["profile_id"]), (raw["handle"], None))
            found[raw["platform"], raw["post_id"]] = _post(raw, handle, number)
    return found


def _post(raw: Row, handle: str, followers: int | None) -> Row:
    likes, comments, plays = raw["likes_count"], raw["comments_count"], raw["plays_count"]
    words = "\n".join(raw.get(name) or "" for name in ("title", "caption"))
    return {
        "profile_id": raw["profile_id"],
        "handle": handle,
        "post_type": raw["post_type"],
        "title": raw.get("title"),
        "published_at": raw["published_at"],
        "likes": likes,
        "comments": comments,
        "plays": plays,
        "shares": raw.get("shares_count"),
        "is_paid_partnership": raw.get("is_paid_partnership"),
        "hashtags": hashtags_in(words),
        "mentions": list(
            dict.fromkeys(name.lower() for name in re.findall(r"(?<![\w.@/])@(\w[\w.]*\w|\w)", words))
        ),
        "followers": followers,
        "engagement_rate": _rate(likes, comments, followers),
        "reach": _reach(raw, followers),
        "observed_at": raw["observed_at"],
    }


def hashtags_in(words: str) -> list[str]:
    """The hashtags of a text: lower case, each once; letters, digits and marks of every script."""
    text = unicodedata.normalize("NFC", re.sub(r"[a-zA-Z]+://\S+", " ", words)).lower()
    return list(dict.fromkeys(tag for tag in re.findall(r"[#＃](\w+)", text) if re.search(r"[^0-9_]", tag)))


def _rate(likes: int | None, comments: int | None, followers: int | None) -> float | None:
    if followers == 0:
        return 0.0
    if likes is None or comments is None or followers is None:
        return None
    return engagement.engagement_rate(likes, comments, followers)


def _reach(raw: Row, followers: int | None) -> float | None:
    plays, likes = raw["plays_count"], raw["likes_count"]
    kind = raw["post_type"]
    if raw["platform"] == "YOUTUBE" or kind in ("reel", "video") or (kind is None and plays is not None):
        return None if plays is None or followers is None else engagement.reels_reach(plays, followers)
    return None if likes is None else engagement.post_reach(likes)


def recent(posts: Posts, days: int) -> Posts:
    """Those that were published in the last days."""
    return {
        k: p for k, p in posts.items() if p["published_at"] and NOW - days * DAY < p["published_at"] <= NOW
    }


def grouped(items: Iterable[tuple[Key, Any]]) -> dict[Key, list[Any]]:
    """Lists of values by key."""
    groups: dict[Key, list[Any]] = defaultdict(list)
    for key, item in items:
        groups[key].append(item)
    return groups


def time_series(world: World, posts: Posts) -> dict[Key, Row]:
    """(platform, post_id, age) → the last known figures until then."""
    logs = grouped(((log["platform"], log["post_id"]), log) for log in world.clean("post_log"))
    expected = {}
    for key, rows in logs.items():
        published: datetime | None = posts.get(key, {}).get("published_at")
        if published is None:
            continue
        rows.sort(key=lambda log: (log["timestamp"], log["_event_id"]))
        hours = [max(0.0, (log["timestamp"] - published).total_seconds() / 3600) for log in rows]
        for place, age in enumerate(AGES):
            seen = [log for log, hour in zip(rows, hours, strict=True) if hour <= age]
            below = AGES[place - 1] if place else -1.0
            if not seen or max(hours) <= below:
                continue
            told = [json.loads(log["metrics"]) for log in seen]
            expected[*key, age] = {
                **{
                    name: _last_known(told, name)
                    for name in ("likes", "comments", "plays", "shares", "saves")
                },
                "observations": len(seen),
                "observed_at": seen[-1]["timestamp"],
                "is_final": max(hours) > age,
                "ingested_at": _in_milliseconds(max(log["_ingested_at"] for log in rows)),
            }
    return expected


def _in_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _last_known(told: Sequence[Row], name: str) -> int | None:
    known: list[int] = [metrics[name] for metrics in told if metrics.get(name) is not None]
    return known[-1] if known else None


def ranking(posts: Posts, categories: dict[Key, str]) -> dict[Key, Row]:
    """(platform, post_id) → the ranks among the posts of 30 days."""
    rows = {}
    for (platform, post_id), post in recent(posts, 30).items():
        known = post["likes"] is not None and post["comments"] is not None
        rows[platform, post_id] = {
            "category": categories.get((platform, post["profile_id"]), "Unknown"),
            "interactions": post["likes"] + post["comments"] if known else None,
            "engagement_rate": post["engagement_rate"],
        }
    creator: Callable[[Key], Key] = lambda key: (key[0], posts[key]["profile_id"])  # noqa: E731
    _add_places(rows, posts, "interactions", creator, "rank_of_creator", "ranked_of_creator")
    _add_places(
        rows,
        posts,
        "engagement_rate",
        lambda key: (key[0], rows[key]["category"]),
        "rank_in_category",
        "ranked_in_category",
    )
    return rows


def _add_places(
    rows: dict[Key, Row], posts: Posts, measure: str, group: Callable[[Key], Key], rank: str, count: str
) -> None:
    groups = grouped((group(key), key) for key in rows)
    for keys in groups.values():
        known = [key for key in keys if rows[key][measure] is not None]
        known.sort(key=lambda key: (-rows[key][measure], *_likes_first(posts[key]["likes"]), key[1]))
        places = {key: place for place, key in enumerate(known, 1)}
        for key in keys:
            rows[key] |= {rank: places.get(key), count: len(known)}


def _likes_first(likes: int | None) -> tuple[bool, int]:
    return likes is None, -(likes or 0)


def figures_of(post: Row) -> PostFigures | None:
    """None when likes or comments are unknown."""
    if post["likes"] is None or post["comments"] is None:
        return None
    return PostFigures(likes=post["likes"], comments=post["comments"], reach=post["reach"])


def baselines(posts: Posts) -> dict[Key, Row]:
    """(platform, post_id) → the creator's other posts of 90 days, trimmed, and how often the post is that."""
    judged = {key: figures for key, post in recent(posts, 90).items() if (figures := figures_of(post))}
    groups = grouped(((key[0], posts[key]["profile_id"]), key) for key in judged)
    expected = {}
    for keys in groups.values():
        for key in keys:
            post, others = posts[key], [judged[other] for other in keys if other != key]
            mean = averages(others, post["followers"] or 0)
            kept = len(others) - 4 if len(others) > 4 else len(others)
            expected[key] = {
                "baseline_posts": kept,
                "baseline_likes": mean.avg_likes,
                "baseline_comments": mean.avg_comments,
                "baseline_reach": mean.avg_reach,
                "baseline_engagement_rate": None if post["followers"] is None else mean.avg_engagement,
                "likes_multiple": _multiple(post["likes"], mean.avg_likes),
                "interactions_multiple": _multiple(
                    post["likes"] + post["comments"],
                    None
                    if mean.avg_likes is None or mean.avg_comments is None
                    else mean.avg_likes + mean.avg_comments,
                ),
                "reach_multiple": _multiple(post["reach"], mean.avg_reach),
            }
    return expected


def _multiple(figure: float | None, baseline: float | None) -> float | None:
    return None if figure is None or not baseline else figure / baseline


def viral(posts: Posts, compared: dict[Key, Row]) -> dict[Key, Row]:
    """(platform, post_id) → why it ran away."""
    expected = {}
    for key, row in compared.items():
        post, reasons = posts[key], []
        if row["baseline_posts"] >= 5:
            for figure in ("interactions", "reach"):
                if (row[f"{figure}_multiple"] or 0) >= 5:
                    reasons.append(f"{figure}_above_baseline")
        audience = post["reach"] if post["plays"] is None else post["plays"]
        if (post["followers"] or 0) >= 1000 and (audience or 0) / post["followers"] >= 3:
            reasons.append("audience_beyond_followers")
        if reasons:
            expected[key] = {"reasons": reasons}
    return expected


def sponsored(posts: Posts) -> dict[Key, Row]:
    """(platform, post_id) of paid posts → how they do beside the organic ones."""
    window = recent(posts, 90)
    paid = {
        key
        for key, post in window.items()
        if post["is_paid_partnership"] or DISCLOSING & set(post["hashtags"])
    }
    organic = grouped(((key[0], post["profile_id"]), post) for key, post in window.items() if key not in paid)
    expected = {}
    for key in paid:
        post = window[key]
        figures = [f for p in organic[key[0], post["profile_id"]] if (f := figures_of(p))]
        mean, own = averages(figures, post["followers"] or 0), figures_of(post)
        by_tag = bool(DISCLOSING & set(post["hashtags"]))
        expected[key] = {
            "disclosed_by": ("both" if by_tag else "platform") if post["is_paid_partnership"] else "hashtag",
            "organic_posts": len(figures) - 4 if len(figures) > 4 else len(figures),
            "organic_likes": mean.avg_likes,
            "organic_reach": mean.avg_reach,
            "organic_engagement_rate": None if post["followers"] is None else mean.avg_engagement,
            "interactions_multiple": _multiple(
                own.interactions if own else None,
                None
                if mean.avg_likes is None or mean.avg_comments is None
                else mean.avg_likes + mean.avg_comments,
            ),
        }
    return expected


def posting_times(posts: Posts) -> dict[Key, Row]:
    """(platform, profile_id, weekday, hour) → what to expect of a post in that slot."""
    groups = grouped(
        ((key[0], post["profile_id"]), post)
        for key, post in recent(posts, 180).items()
        if post["published_at"] <= NOW - DAY and figures_of(post)
    )
    expected = {}
    for creator, own in groups.items():
        general = statistics.fmean(map(_strength, own))
        slots = grouped(((p["published_at"].isoweekday(), p["published_at"].hour), p) for p in own)
        rows = {(*creator, *slot): _slot(found, general, len(own)) for slot, found in slots.items()}
        ordered = sorted(rows, key=lambda key: (-round(rows[key]["lift"], 9), -rows[key]["posts"], key))
        for place, key in enumerate(ordered, 1):
            rows[key]["slot_rank"] = place
        expected.update(rows)
    return expected


def _strength(post: Row) -> float:
    return math.log1p(post["likes"] + post["comments"])


def _slot(found: Sequence[Row], general: float, posts_of_creator: int) -> Row:
    share, own = len(found) / (len(found) + 5), statistics.fmean(map(_strength, found))
    estimate = share * own + (1 - share) * general
    return {
        "posts": len(found),
        "posts_of_creator": posts_of_creator,
        "typical_interactions": math.expm1(own),
        "expected_interactions": math.expm1(estimate),
        "confidence_share": share,
        "lift": math.exp(estimate - general),
    }


def median(values: Iterable[float | None]) -> float | None:
    """Of the known values; None without one."""
    known = [value for value in values if value is not None]
    return float(statistics.median(known)) if known else None


def hashtag_performance(world: World, posts: Posts, compared: dict[Key, Row]) -> dict[Key, Row]:
    """(platform, hashtag) → how its posts do."""
    stated = {(row["platform"], row["name"]): row["posts_count"] for row in world.clean("hashtag")}
    groups = grouped(
        ((key[0], tag), key) for key, post in recent(posts, 90).items() for tag in post["hashtags"]
    )
    expected = {}
    for tag, keys in groups.items():
        found = [posts[key] for key in keys]
        multiples = [
            m for key in keys if (m := compared.get(key, {}).get("interactions_multiple")) is not None
        ]
        expected[tag] = {
            "posts": len(keys),
            "creators": len({post["profile_id"] for post in found}),
            "total_likes": sum(post["likes"] or 0 for post in found),
            "total_reach": math.fsum(post["reach"] or 0.0 for post in found),
            "median_engagement_rate": median(post["engagement_rate"] for post in found),
            "compared_posts": len(multiples),
            "median_interactions_multiple": median(multiples),
            "above_baseline_share": sum(m > 1 for m in multiples) / len(multiples) if multiples else None,
            "posts_on_platform": stated.get(tag),
        }
    return expected


def size_of(followers: int | None) -> str:
    """The size band; unknown for unknown followers."""
    if followers is None:
        return "unknown"
    bands = ((10_000, "nano"), (100_000, "micro"), (500_000, "mid"), (1_000_000, "macro"))
    return next((name for limit, name in bands if followers < limit), "mega")


def formats(posts: Posts, categories: dict[Key, str], compared: dict[Key, Row]) -> dict[Key, Row]:
    """(platform, category, size band, format) → how its posts do."""
    groups = grouped(
        ((*_class_of(key, post, categories), post["post_type"] or "unknown"), key)
        for key, post in recent(posts, 90).items()
    )
    whole = {key[:3]: 0 for key in groups}
    for key, found in groups.items():
        whole[key[:3]] += len(found)
    return {
        key: _format(keys, posts, compared) | {"posts_share": len(keys) / whole[key[:3]]}
        for key, keys in groups.items()
    }


def _class_of(key: Key, post: Row, categories: dict[Key, str]) -> Key:
    return (key[0], categories.get((key[0], post["profile_id"]), "Unknown"), size_of(post["followers"]))


def _format(keys: Sequence[Key], posts: Posts, compared: dict[Key, Row]) -> Row:
    found = [posts[key] for key in keys]
    return {
        "posts": len(found),
        "creators": len({post["profile_id"] for post in found}),
        **{
            f"avg_{name}": mean(post[name] for post in found)
            for name in ("likes", "comments", "plays", "reach")
        },
        "median_engagement_rate": median(post["engagement_rate"] for post in found),
        "median_interactions_multiple": median(
            compared.get(key, {}).get("interactions_multiple") for key in keys
        ),
    }


def mean(values: Iterable[float | None]) -> float | None:
    """Of the known values; None without one."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def stories(world: World) -> dict[Key, Row]:
    """(platform, story_id) → the owner's newest figures."""
    followers = {row["profile_id"]: row.get("followers_count") for row in world.clean("instagram_account")}
    newest: dict[Key, float] = {}
    for told in sorted(world.clean("story_insight"), key=lambda row: (row["end_time"], row["observed_at"])):
        figure = told["breakdown_value"].lower() if told["breakdown"] else told["metric"]
        newest[told["subject_id"], figure] = told["value"]
    expected = {}
    for story in world.clean("story"):
        if not NOW - 90 * DAY < (story["published_at"] or story["observed_at"]) <= NOW:
            continue
        reach = newest.get((story["story_id"], "reach"))
        views = newest.get((story["story_id"], "views"), newest.get((story["story_id"], "impressions")))
        number = followers.get(story["profile_id"])
        expected[story["platform"], story["story_id"]] = {
            "followers": number,
            "reach": reach,
            "views": views,
            "replies": newest.get((story["story_id"], "replies")),
            "reach_rate": reach / number * 100 if reach is not None and number else None,
        }
    return expected


def comments(world: World, posts: Posts) -> dict[Key, Row]:
    """(platform, post_id) → who talks."""
    groups = grouped(
        ((row["platform"], row["post_id"]), row)
        for table in ("comment", "youtube_comment")
        for row in world.clean(table)
        if row["post_id"]
    )
    return {key: _talk(rows, posts.get(key, {})) for key, rows in groups.items()}


def _talk(rows: Sequence[Row], post: Row) -> Row:
    own = {post.get("profile_id"), (post.get("handle") or "").lower()} - {None, ""}
    people = [(row, row["author_id"] or (row["author_handle"] or "").lower() or None) for row in rows]
    return {
        "comments_collected": len(rows),
        "comments_stated": post.get("comments"),
        "collected_share": len(rows) / post["comments"] if post.get("comments") else None,
        "top_level_comments": sum(not row["parent_id"] for row in rows),
        "replies": sum(bool(row["parent_id"]) for row in rows),
        "creator_comments": sum(who in own for _, who in people),
        "answered_comments": len(
            {row["parent_id"] for row, who in people if row["parent_id"] and who in own}
            & {row["comment_id"] for row, who in people if not row["parent_id"] and who not in own}
        ),
        "commenters": len({who for _, who in people if who and who not in own}),
        "comment_likes": sum(row["likes_count"] or 0 for row in rows),
    }
