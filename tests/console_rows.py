"""Published tables with creators and a campaign that were made up, for tests of the console and its figures."""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.integration.api.published_tables import publish

from upbeat.sandbox.media_bytes import jpeg
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import transaction

HANDLES = ("aria.cooks", "bharat.codes", "chai.stories", "delhi.frames", "ember.trails", "fern.and.stone")
CREATOR = "p001"
CAMPAIGN = "spring"
COLLECTION = "spring-reels"
Row = dict[str, Any]


def publish_everything(settings: Settings, creators: int = 60) -> None:
    """All tables that the console reads, of so many creators."""
    now = datetime.now(UTC)
    seen = (now - timedelta(hours=2)).isoformat()
    publish(settings, "leaderboard", [leader(number, seen) for number in range(1, creators + 1)])
    publish(settings, "instagram_account", [account(seen)])
    publish(settings, "audience_quality_score", [{**_of_creator(), **_audience(seen)}])
    publish(settings, "audience_demographics", [{**_of_creator(), **row, **_answer(seen)} for row in _AGES])
    publish(settings, "audience_locations", [{**_of_creator(), **row, **_answer(seen)} for row in _PLACES])
    publish(
        settings, "growth_rates", [{**_of_creator(), **_growth(now.date(), days)} for days in (7, 30, 90)]
    )
    publish(settings, "time_series", [{**_of_creator(), **row} for row in _days(now.date(), seen)])
    publish(settings, "engagement_time_series", [{**_of_creator(), **row} for row in _engagement(now.date())])
    publish(settings, "post_ranking", [_post(number, now) for number in range(1, 9)])
    publish(settings, "creator_cross_platform", [])
    publish(settings, "campaign_summary", [campaign(now.date())])
    publish(settings, "campaign_profile", [_member(number) for number in range(1, 5)])
    publish(settings, "campaign_sales", [])
    publish(settings, "collection_summary", [_collection(now.date())])
    publish(settings, "collection_post", [_collected(number, seen) for number in range(1, 7)])
    publish(settings, "collection_cost", [_cost(number, now.date()) for number in range(1, 4)])


def keep_picture(settings: Settings, size_bytes: int = 0) -> str:
    """A profile picture of the creator, of at least so many bytes; its path under the API."""
    content = jpeg(HANDLES[0])
    content += bytes(max(0, size_bytes - len(content)))
    checksum = hashlib.sha256(content).hexdigest()
    key = f"{checksum[:2]}/{checksum}.jpg"
    ObjectStore(settings, settings.s3_assets_bucket).put(key, content)
    values = {
        "profile_id": CREATOR, "key": key, "url": f"/assets/{key}", "size": len(content), "checksum": checksum,
        "seen": datetime.now(UTC),
    }  # fmt: skip
    with transaction(settings) as connection:
        connection.execute(_OBJECT, values)
        connection.execute(_ASSET, values)
    return str(values["url"])


_OBJECT = """
INSERT INTO beat.asset_object (object_key, content_type, size_bytes, stored_at) VALUES (%(key)s, 'image/jpeg', %(size)s, now())
ON CONFLICT (object_key) DO NOTHING
"""
_ASSET = """
INSERT INTO beat.asset (
    platform, subject_kind, subject_id, profile_id, source_url_hash, status, object_key, cdn_url, content_type, size_bytes, checksum,
    source, observed_at
) VALUES (
    'INSTAGRAM', 'profile_picture', %(profile_id)s, %(profile_id)s, 'x', 'stored', %(key)s, %(url)s, 'image/jpeg', %(size)s, %(checksum)s,
    'graphapi', %(seen)s
)
ON CONFLICT (platform, subject_kind, subject_id)
DO UPDATE SET object_key = excluded.object_key, cdn_url = excluded.cdn_url, size_bytes = excluded.size_bytes
"""


def leader(number: int, seen: str) -> Row:
    """A row of the leaderboard; the first six have names."""
    name = HANDLES[number - 1] if number <= len(HANDLES) else f"creator{number:03}"
    return {
        "platform": "INSTAGRAM", "profile_id": f"p{number:03}", "handle": name, "full_name": name.replace(".", " ").title(),
        "category": ("Food", "Technology", "Travel")[number % 3], "language": ("en", "hi")[number % 2], "country": "IN",
        "size_band": "mid", "followers": 480_000 - 1_000 * number, "followers_rank": number, "rank_change": number % 5 - 2,
        "engagement_rate": round(1.5 + math.sin(number) ** 2 * 4, 3), "engagement_rank": number, "total_posts": 8 + number % 9,
        "observed_at": seen, "updated_at": seen,
    }  # fmt: skip


def account(seen: str) -> Row:
    """The first creator's account, read by the sandbox's language model."""
    read: Row = {}
    for name, value, sure in (
        ("gender", "female", 0.93), ("category", "Food", 0.88), ("language", "en", 0.97), ("country", "IN", 0.91),
        ("city", "Mumbai", 0.64),
    ):  # fmt: skip
        read |= {
            name: value, f"{name}_confidence": sure, f"{name}_model": "sandbox-llm", f"{name}_prompt_version": "3",
            f"{name}_observed_at": seen,
        }  # fmt: skip
        read |= {} if name in ("gender", "city") else {f"{name}_source": "model"}
    return {
        **_of_creator(), "handle": HANDLES[0], "full_name": "Aria Cooks", "biography": "Street food, home baking.\nMumbai", "followers": 479_000, "followers_rank": 1,
        "engagement_rate": 4.332, "avg_likes": 20_100.0, "avg_comments": 655.0, "total_posts": 8, "media_count": 1_204,
        "is_verified": True, "topics": ["street food", "baking"], "is_sandbox": True, "source": "graphapi",
        "observed_at": seen, "updated_at": seen, **read,
    }  # fmt: skip


def campaign(today: date) -> Row:
    """A campaign that runs since three weeks."""
    return {
        "campaign_id": CAMPAIGN, "name": "Spring kitchen", "brand": "Saffron & Sons", "status": "ACTIVE", "goal": "reach",
        "starts_on": today - timedelta(days=21), "ends_on": today + timedelta(days=9), "currency": "EUR", "budget": 12_000,
        "cost": 7_450.5, "budget_spent_share": 0.6208, "collections": 1, "creators": 4, "followers": 1_900_000,
        "agreed_posts": 12, "delivered_posts": 6, "posts": 6, "engagements": 91_000, "reach": 640_000.0,
        "cost_per_engagement": 0.0819, "orders": 310, "net_sales": 9_920, "return_on_cost": 1.33,
    }  # fmt: skip


def _of_creator() -> Row:
    return {"platform": "INSTAGRAM", "profile_id": CREATOR}


_AGES = [
    {"dimension": "age", "value": value, "share": share}
    for value, share in (("18-24", 0.41), ("25-34", 0.37), ("35-44", 0.14))
]


_PLACES = [
    {"level": level, "place": place, "share": share, "position": position}
    for level, place, share, position in (
        ("city", "Delhi", 0.19, 2), ("city", "Mumbai", 0.33, 1), ("country", "AE", 0.06, 2), ("country", "IN", 0.86, 1),
    )
]  # fmt: skip


def _answer(seen: str) -> Row:
    told = {"basis": "model", "confidence": 0.71, "model": "sandbox-llm", "prompt_version": "2"}
    return told | {"is_sandbox": True, "observed_at": seen}


def _audience(seen: str) -> Row:
    return {
        "quality_score": 71.5, "fake_share": 0.082, "weak_share": 0.121, "real_share": 0.797, "model_fake_share": 0.094,
        "model_fake_share_low": 0.071, "model_fake_share_high": 0.123, "sample_size": 2_000, "scored_at": seen,
    }  # fmt: skip


def _growth(today: date, days: int) -> Row:
    then = today - timedelta(days=days)
    return {
        "days": days, "followers": 479_000, "observed_on": today, "followers_then": 479_000 - days * 400, "compared_on": then,
        "compared_days": days, "growth": days * 400, "growth_pct": days * 0.084, "is_comparable": True,
    }  # fmt: skip


def _days(today: date, seen: str) -> list[Row]:
    return [
        {
            "date": today - timedelta(days=ago), "followers": round(479_000 - ago * 400 + 3_000 * math.sin(ago / 9)),
            "following": 512, "media_count": 1_204 - ago // 4, "observations": 2, "updated_at": seen, "ingested_at": seen,
        }
        for ago in range(120)
    ]  # fmt: skip


def _engagement(today: date) -> list[Row]:
    return [
        {
            "date": today - timedelta(days=ago), "posts": 1, "posts_30_days": 8,
            "engagement_rate_30_days": 4.3 + math.cos(ago / 11),
        }
        for ago in range(120)
    ]  # fmt: skip


def _post(number: int, now: datetime) -> Row:
    return {
        **_of_creator(), "post_id": f"post{number}", "handle": HANDLES[0], "category": "Food", "post_type": "REEL",
        "published_at": now - timedelta(days=3 * number), "likes": 30_000 - 2_000 * number, "comments": 900 - 80 * number,
        "interactions": 30_900 - 2_080 * number, "engagement_rate": 6.4 - number * 0.4, "rank_of_creator": number,
        "ranked_of_creator": 8, "rank_in_category": number, "ranked_in_category": 160, "ingested_at": now,
    }  # fmt: skip


def _member(number: int) -> Row:
    return {
        "campaign_id": CAMPAIGN, "platform": "INSTAGRAM", "creator": f"p{number:03}", "profile_id": f"p{number:03}",
        "handle": HANDLES[number - 1], "followers": 480_000 - 1_000 * number, "currency": "EUR", "cost": 1_800, "agreed_posts": 3,
        "delivered_posts": 2, "engagements": 30_000 - 4_000 * number, "cost_per_engagement": 0.07, "net_sales": 2_480,
    }  # fmt: skip


def _collection(today: date) -> Row:
    return {
        "collection_id": COLLECTION, "name": "Reels", "kind": "posts", "campaign_id": CAMPAIGN, "posts": 6, "creators": 4,
        "starts_on": today - timedelta(days=21), "engagements": 91_000, "cost": 7_450.5, "currency": "EUR",
    }  # fmt: skip


def _collected(number: int, seen: str) -> Row:
    return {
        "collection_id": COLLECTION, "platform": "INSTAGRAM", "shortcode": f"Cx{number}aB", "kind": "posts",
        "is_collected": number != 6, "handle": HANDLES[number % 4], "published_at": seen, "likes": 16_000 - 1_000 * number,
        "comments": 300, "plays": 210_000, "engagements": 16_300 - 1_000 * number, "engagement_rate": 3.4, "cost": 1_200,
        "currency": "EUR", "observed_at": seen,
    }  # fmt: skip


def _cost(number: int, today: date) -> Row:
    return {
        "collection_id": COLLECTION, "cost_id": f"c{number}", "stated_by": "campaign", "kind": "fee",
        "handle": HANDLES[number - 1], "incurred_on": today - timedelta(days=number), "amount": 1_800, "currency": "EUR",
    }  # fmt: skip
