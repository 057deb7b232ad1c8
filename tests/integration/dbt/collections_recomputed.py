"""What the marts of collections and campaigns must hold, worked out from raw rows in plain Python; reach and averages by `upbeat.engagement`."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from upbeat import engagement
from upbeat.engagement import PostFigures, averages

from .world.world import NOW, World

Row = dict[str, Any]
Key = tuple[Any, ...]
TODAY = NOW.date()
UNIT = Fraction(1, 10_000)


def ratio(cost: Any, amount: Any) -> float | None:
    """Cost per one; None for an unknown cost and for none."""
    return float(cost) / float(amount) if cost is not None and amount is not None and amount > 0 else None


def total(values: Iterable[Any]) -> Any:
    """Sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def mean(values: Iterable[Any]) -> float | None:
    """Mean of what is known; None when nothing is."""
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


class Product:
    """The product's side of a world: what was not deleted, with the profiles that are meant, and all posts by shortcode."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts = {
            (row["platform"], row["profile_id"]): row
            for table in ("instagram_account", "youtube_account")
            for row in world.clean(table)
        }
        seen = sorted(self.accounts.values(), key=lambda row: (row["observed_at"], row["profile_id"]))
        self.owners = {(row["platform"], row["handle"].strip().lower()): row["profile_id"] for row in seen}
        self.campaigns = {row["campaign_id"]: row for row in self._live("campaign")}
        self.collections = {row["collection_id"]: self._whole(row) for row in self._live("collection")}
        self.posts: dict[Key, Row] = {}
        """By platform and shortcode: of two rows of one post the one seen last."""
        self.rows_of_posts: list[Row] = []
        self._read_posts()

    def rows(self, table: str, parent: str) -> list[Row]:
        """Members of entities that are there."""
        known = self.campaigns if parent == "campaign_id" else self.collections
        return [row for row in self.world[f"coffee.{table}"] if row[parent] in known]

    def profile_of(self, row: Row) -> str | None:
        """The profile that a member means."""
        return row["profile_id"] or self.owners.get((row["platform"], row["handle"].lower()))

    def creator_of(self, row: Row) -> str:
        """As the marts name it."""
        return self.profile_of(row) or f"@{row['handle'].lower()}"

    def in_period(self, collection: Row, day: date) -> bool:
        """Whether a found post of the day belongs to it."""
        return collection["starts_on"] <= day <= (collection["ends_on"] or TODAY)

    def _live(self, table: str) -> list[Row]:
        return [row for row in self.world[f"coffee.{table}"] if row["deleted_at"] is None]

    def _whole(self, row: Row) -> Row:
        campaign = self.campaigns.get(row["campaign_id"], {})
        made = row["created_at"].date() - timedelta(days=90)
        return {
            **row,
            "goal": campaign.get("goal"),
            "currency": row["currency"] or campaign.get("currency"),
            "campaign_currency": campaign.get("currency"),
            "starts_on": row["starts_on"] or campaign.get("starts_on") or made,
            "ends_on": row["ends_on"] or campaign.get("ends_on"),
        }

    def _read_posts(self) -> None:
        raw = [row for table in ("instagram_post", "youtube_post") for row in self.world.clean(table)]
        for row in sorted(raw, key=lambda r: (r["observed_at"], r["post_id"])):
            code = row.get("shortcode") or row["post_id"]
            post = {"platform": row["platform"], "shortcode": code, **self._post(row)}
            self.posts[row["platform"], code] = post
            self.rows_of_posts.append(post)

    def _post(self, raw: Row) -> Row:
        account = self.accounts.get((raw["platform"], raw["profile_id"]), {})
        likes, comments, plays = raw["likes_count"], raw["comments_count"], raw["plays_count"]
        followers = account.get("followers_count")
        known = None not in (likes, comments)
        words = " ".join(raw.get(name) or "" for name in ("title", "caption"))
        return {
            "post_id": raw["post_id"],
            "profile_id": raw["profile_id"],
            "likes": likes,
            "comments": comments,
            "plays": plays,
            "engagements": likes + comments if known else None,
            "followers": followers,
            "engagement_rate": _rate(likes, comments, followers),
            "reach": reach(raw["platform"], raw["post_type"], likes, plays, followers),
            "published_at": raw["published_at"],
            "hashtags": {tag.lower() for tag in re.findall(r"#(\w+)", words)},
            "words": " ".join(("", *re.findall(r"[^\W_]+", words.lower()), "")),
            "post_type": raw["post_type"],
        }


def _rate(likes: int | None, comments: int | None, followers: int | None) -> float | None:
    """0.0 without followers, whatever else is unknown."""
    if followers == 0:
        return 0.0
    if likes is None or comments is None or followers is None:
        return None
    return engagement.engagement_rate(likes, comments, followers)


def reach(
    platform: str, kind: str | None, likes: int | None, plays: int | None, followers: int | None
) -> float | None:
    """Of what moves by its plays, of other posts by their likes."""
    if platform == "YOUTUBE" or kind in ("reel", "video") or (kind is None and plays is not None):
        return None if plays is None or followers is None else engagement.reels_reach(plays, followers)
    return None if likes is None else engagement.post_reach(likes)


def collection_posts(product: Product) -> dict[Key, Row]:
    """(collection, platform, shortcode) → figures and costs."""
    costs: dict[Key, Decimal] = defaultdict(Decimal)
    for row in product.rows("campaign_cost", "campaign_id"):
        if row["shortcode"]:
            costs[row["campaign_id"], row["platform"], row["shortcode"]] += row["amount"]
    own = {
        (m["collection_id"], m["platform"], m["shortcode"]): m
        for m in product.rows("collection_post", "collection_id")
    }
    expected = {}
    for key in own.keys() | _found(product):
        collection, post = product.collections[key[0]], product.posts.get(key[1:])
        stated, said_by = own.get(key, {}).get("cost"), "collection"
        if stated is None:
            shared = collection["currency"] == collection["campaign_currency"] and collection["currency"]
            stated = costs.get((collection["campaign_id"], *key[1:])) if shared else None
            said_by = "campaign"
        figures = {
            name: (post or {}).get(name)
            for name in (
                "profile_id",
                "likes",
                "comments",
                "plays",
                "engagements",
                "followers",
                "engagement_rate",
                "reach",
            )
        }
        handle = own.get(key, {}).get("handle")
        if post is None and handle:
            figures["profile_id"] = product.owners.get((key[1], handle.lower()))
        expected[key] = {
            "kind": collection["kind"],
            "is_collected": post is not None,
            **figures,
            "cost": stated,
            "currency": collection["currency"],
            "cost_stated_by": None if stated is None else said_by,
            "cost_per_reach": ratio(stated, figures["reach"]),
            "cost_per_engagement": ratio(stated, figures["engagements"]),
            "cost_per_view": ratio(stated, figures["plays"]),
        }
    return expected


def _found(product: Product) -> set[Key]:
    """Posts of followed creators, hashtags and keywords in the period."""
    followed: list[tuple[Row, Any]] = []
    for row in product.rows("collection_profile", "collection_id"):
        profile = product.profile_of(row)
        followed.append((row, lambda post, profile=profile: post["profile_id"] == profile))
    for row in product.rows("collection_hashtag", "collection_id"):
        followed.append((row, lambda post, tag=row["hashtag"]: tag in post["hashtags"]))
    for row in product.rows("keyword_collection", "collection_id"):
        followed.append((row, lambda post, word=row["keyword"]: f" {word} " in post["words"]))
    return {
        (row["collection_id"], platform, code)
        for row, fits in followed
        for (platform, code), post in product.posts.items()
        if platform == row["platform"] and post["published_at"] and fits(post)
        if product.in_period(product.collections[row["collection_id"]], post["published_at"].date())
    }


def collection_costs(product: Product, posts: dict[Key, Row]) -> dict[Key, Decimal]:
    """(collection, platform, creator) → what is counted for the creator there."""
    costs: dict[Key, Decimal] = defaultdict(Decimal)
    creators: dict[Key, bool] = {}
    paid_whole = {
        (row["collection_id"], row["platform"], product.creator_of(row))
        for row in product.rows("collection_profile", "collection_id")
        if row["cost"] is not None
    }
    told = {
        (m["collection_id"], m["platform"], m["shortcode"]): m["handle"]
        for m in product.rows("collection_post", "collection_id")
    }
    for (collection, platform, code), post in posts.items():
        handle = told.get((collection, platform, code))
        creator = post["profile_id"] or (f"@{handle.lower()}" if handle else None)
        is_paid = post["cost_stated_by"] == "campaign" and (collection, platform, creator) in paid_whole
        if post["cost"] is not None and not is_paid:
            costs[collection, platform, creator] += post["cost"]
        if creator:
            creators[collection, platform, creator] = (
                creators.get((collection, platform, creator), False) or post["cost_stated_by"] == "collection"
            )
    for row in product.rows("collection_profile", "collection_id"):
        key = (row["collection_id"], row["platform"], product.creator_of(row))
        creators[key] = creators.get(key, False) or row["cost"] is not None
        if row["cost"] is not None:
            costs[key] += row["cost"]
    for row in product.rows("campaign_cost", "campaign_id"):
        if row["shortcode"] or not row["handle"]:
            continue
        creator = product.creator_of({**row, "profile_id": None})
        for collection in product.collections.values():
            key = (collection["collection_id"], row["platform"], creator)
            same = (
                collection["campaign_id"] == row["campaign_id"]
                and collection["currency"] == collection["campaign_currency"]
            )
            if same and creators.get(key) is False:
                costs[key] += row["amount"]
    return costs


def campaign_sales(product: Product) -> dict[Key, Row]:
    """(campaign, platform, creator, shop, code, currency) → parts of orders and of money, exact."""
    offers: dict[str, set[Key]] = defaultdict(set)
    for row in product.rows("campaign_profiles", "campaign_id"):
        for code in json.loads(row["discount_codes"]):
            offers[code.upper()].add((row["campaign_id"], row["platform"], product.creator_of(row)))
    refunds = _refunds(product.world)
    expected: dict[Key, Row] = {}
    for order in product.world.clean("shopify_order"):
        if order["is_test"] or not isinstance(codes := json.loads(order["discount_codes"] or "[]"), list):
            continue
        fitting: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for code in {code.upper() for code in codes}:
            for campaign_id, platform, creator in offers[code]:
                if _counts(product.campaigns[campaign_id], order):
                    fitting[campaign_id].append((platform, creator, code))
        for campaign_id, parts in fitting.items():
            _divide(expected, campaign_id, sorted(parts), order, refunds)
    return expected


def _refunds(world: World) -> dict[Key, Decimal]:
    currencies = {(o["shop"], o["order_id"]): o["currency"] for o in world.clean("shopify_order")}
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for refund in world.clean("shopify_refund"):
        key = (refund["shop"], refund["order_id"])
        same = (refund["currency"] or currencies.get(key) or "") == (currencies.get(key) or "")
        if refund["amount"] is not None and same:
            found[key] += refund["amount"]
    return found


def _counts(campaign: Row, order: Row) -> bool:
    day = order["created_time"].date()
    in_time = (campaign["starts_on"] or day) <= day <= (campaign["ends_on"] or day)
    return in_time and order["shop"] in json.loads(campaign["shops"])


def _divide(
    expected: dict[Key, Row],
    campaign_id: str,
    parts: list[tuple[str, str, str]],
    order: Row,
    refunds: dict[Key, Decimal],
) -> None:
    discounts = order["total_discounts"] or Decimal(0)
    amounts = {
        "gross_sales": (order["subtotal_price"] or Decimal(0)) + discounts,
        "discounts": discounts,
        "refunded": refunds[order["shop"], order["order_id"]],
    }
    for place, (platform, creator, code) in enumerate(parts):
        key = (campaign_id, platform, creator, order["shop"], code, order["currency"] or "unknown")
        row = expected.setdefault(
            key, dict.fromkeys(("orders", "cancelled_orders", *amounts, "net_sales"), Fraction(0))
        )
        row["cancelled_orders" if order["cancelled_time"] else "orders"] += Fraction(1, len(parts))
        if order["cancelled_time"]:
            continue
        for name, amount in amounts.items():
            units, rest = divmod(int(amount * 10_000), len(parts))
            share = (units + (place < rest)) * UNIT
            row[name] += share
            row["net_sales"] += share if name == "gross_sales" else -share


def baselines(product: Product, posts: dict[Key, Row]) -> dict[Key, Row]:
    """(collection, platform, profile) → the posts' averages and those of the 90 days before."""
    own: dict[Key, list[Row]] = defaultdict(list)
    for (collection, platform, _), post in posts.items():
        if post["is_collected"]:
            own[collection, platform, post["profile_id"]].append(post)
    expected = {}
    for (collection, platform, profile), members in own.items():
        starts = product.collections[collection]["starts_on"]
        before = [
            post
            for post in product.rows_of_posts
            if post["platform"] == platform and post["profile_id"] == profile and post["published_at"]
            if (collection, platform, post["shortcode"]) not in posts
            if starts - timedelta(days=90) <= post["published_at"].date() < starts
        ]
        figures = [
            PostFigures(p["likes"], p["comments"], p["reach"]) for p in before if p["engagements"] is not None
        ]
        followers = members[0]["followers"]
        usual = averages(figures, followers or 0)
        expected[collection, platform, profile] = {
            "posts": len(members),
            "baseline_posts": len(before),
            "avg_likes": mean(post["likes"] for post in members),
            "baseline_avg_likes": usual.avg_likes,
            "baseline_avg_comments": usual.avg_comments,
            "baseline_avg_reach": usual.avg_reach,
            "baseline_avg_engagement_rate": None if followers is None else usual.avg_engagement,
            "avg_plays": mean(post["plays"] for post in members),
            "baseline_avg_plays": mean(post["plays"] for post in before),
            "likes_lift_pct": _lift(mean(post["likes"] for post in members), usual.avg_likes),
        }
    return expected


def _lift(measured: float | None, baseline: float | None) -> float | None:
    return (measured - baseline) / baseline * 100 if measured is not None and baseline else None


def time_series(product: Product, posts: dict[Key, Row]) -> dict[Key, Row]:
    """(collection, platform, day) → figures at its end, carried forward from the last day that told them."""
    told: dict[Key, list[tuple[datetime, int, Row]]] = defaultdict(list)
    for log in product.world.clean("post_log"):
        told[log["platform"], log["post_id"]].append(
            (log["timestamp"], log["_event_id"], json.loads(log["metrics"]))
        )
    days: dict[Key, list[Row]] = defaultdict(list)
    for (collection_id, platform, code), post in posts.items():
        if not post["is_collected"]:
            continue
        collection, known = product.collections[collection_id], product.posts[platform, code]
        for day, figures in _carried(
            collection, sorted(told[platform, known["post_id"]], key=lambda t: t[:2])
        ):
            likes, plays = figures["likes"], figures["plays"]
            figures["reach"] = reach(platform, known["post_type"], likes, plays, known["followers"])
            figures["engagements"] = (
                None if None in (likes, figures["comments"]) else likes + figures["comments"]
            )
            days[collection_id, platform, day].append(figures)
    names = ("likes", "comments", "plays", "engagements", "reach")
    return {
        key: {
            "posts": len(rows),
            "new_posts": sum(row["is_new"] for row in rows),
            "observed_posts": sum(row["is_observed"] for row in rows),
            "is_carried": not any(row["is_observed"] for row in rows),
            **{name: total(row[name] for row in rows) for name in names},
        }
        for key, rows in days.items()
    }


def _carried(collection: Row, logs: list[tuple[datetime, int, Row]]) -> Iterable[tuple[date, Row]]:
    until = min(TODAY, (collection["ends_on"] or TODAY) + timedelta(days=90))
    logs = [log for log in logs if log[0].date() <= until]
    if not logs:
        return
    first = day = max(logs[0][0].date(), collection["starts_on"])
    while day <= until:
        figures: Row = dict.fromkeys(("likes", "comments", "plays"))
        for at, _, metrics in logs:
            if at.date() <= day:
                figures |= {name: metrics[name] for name in figures if metrics.get(name) is not None}
        yield (
            day,
            {**figures, "is_new": day == first, "is_observed": any(at.date() == day for at, _, _ in logs)},
        )
        day += timedelta(days=1)
