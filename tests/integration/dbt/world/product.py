"""What the product told: campaigns, collections and lists, as they stand in Postgres; and the credentials."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from decimal import Decimal

from .commerce import CODES
from .people import Person
from .posts import HASHTAGS
from .world import DAY, NOW, Row, World

STATUSES = ("ACTIVE", "ACTIVE", "COMPLETED", "DRAFT", "PAUSED", "CANCELLED")


def add_campaigns(world: World, rng: random.Random, people: list[Person]) -> None:
    """Six that hold and one that was deleted; creators with and without fee, codes and known id; costs of all kinds."""
    for number, status in enumerate((*STATUSES, "ACTIVE")):
        campaign_id, deleted = f"k{number}", number == len(STATUSES)
        starts = (NOW - rng.randrange(10, 60) * DAY).date()
        campaign = {
            "campaign_id": campaign_id,
            "account_id": rng.choice(["customer1", None]),
            "name": f"Campaign {number}",
            "brand": rng.choice(["brandone", "brandtwo", None]),
            "status": status,
            "goal": rng.choice(["REACH", "ENGAGEMENT", "VIEWS", "SALES"]),
            "currency": rng.choice(["INR", "USD"]) if number else "INR",
            "budget": rng.choice([None, Decimal("100000.5"), Decimal(0)]),
            "shops": json.dumps([["chai-house"], ["chai-house", "ootd-store"], []][number % 3]),
            "starts_on": starts,
            "ends_on": rng.choice([None, starts + timedelta(days=40)]),
            **_times(rng, deleted),
        }
        world.add("coffee.campaign", [campaign])
        if deleted:
            continue
        for place, person in enumerate(rng.sample(people[:12] + people[36:48], 6)):
            world.add("coffee.campaign_profiles", [_campaign_profile(rng, campaign_id, person, place)])
        for place in range(5):
            world.add("coffee.campaign_cost", [_cost(rng, world, campaign_id, place)])


def _times(rng: random.Random, deleted: bool = False) -> Row:
    changed = NOW - timedelta(hours=rng.randrange(2, 200))
    return {
        "updated_at": changed,
        "deleted_at": changed if deleted else None,
        "created_at": changed - 30 * DAY,
        "stored_at": changed + timedelta(minutes=1),
    }


def _member(rng: random.Random) -> Row:
    changed = NOW - timedelta(hours=rng.randrange(2, 900))
    return {"added_at": changed, "updated_at": changed}


def _campaign_profile(rng: random.Random, campaign_id: str, person: Person, place: int) -> Row:
    return {
        "campaign_id": campaign_id,
        "platform": person.platform,
        "handle": person.handle,
        "profile_id": rng.choice([person.profile_id, None]),
        "fee": rng.choice([None, Decimal("1500.25"), Decimal(0), Decimal("20000")]),
        "agreed_posts": rng.choice([None, 0, 2, 5]),
        "discount_codes": json.dumps([CODES[place]] if place < len(CODES) else []),
        **_member(rng),
    }


def _cost(rng: random.Random, world: World, campaign_id: str, place: int) -> Row:
    members = [row for row in world["coffee.campaign_profiles"] if row["campaign_id"] == campaign_id]
    whom = rng.choice([None, *members])
    return {
        "campaign_id": campaign_id,
        "cost_id": f"{campaign_id}-{place}",
        "kind": rng.choice(["FEE", "PRODUCT", "SHIPPING", "ADVERTISING", "AGENCY", "OTHER"]),
        "amount": rng.choice([Decimal(0), Decimal("99.99"), Decimal("2500")]),
        "incurred_on": (NOW - rng.randrange(60) * DAY).date(),
        "platform": whom and whom["platform"],
        "handle": whom and whom["handle"],
        "shortcode": None,
        "note": None,
        **_member(rng),
    }


def add_collections(world: World, rng: random.Random, people: list[Person]) -> None:
    """Three of every kind, the third without members; some belong to a campaign, one was deleted."""
    for kind in ("POSTS", "PROFILES", "HASHTAGS", "KEYWORDS"):
        for number in range(3):
            collection_id = f"{kind.lower()}-{number}"
            row = {
                "collection_id": collection_id,
                "kind": kind,
                "account_id": "customer1",
                "campaign_id": [None, "k0", "k1"][number],
                "name": f"{kind} {number}",
                "currency": [None, "INR", "USD"][number],
                "starts_on": rng.choice([None, (NOW - 50 * DAY).date()]),
                "ends_on": None,
                **_times(rng),
            }
            world.add("coffee.collection", [row])
            if number < 2:
                _add_members(world, rng, people, kind, collection_id)
    world.add("coffee.collection", [{**row, "collection_id": "gone", **_times(rng, deleted=True)}])
    shown = next(row for row in world.final("instagram_post") if row["published_at"] and row["post_id"])
    world.add(
        "coffee.collection_post",
        [_post_member(rng, "posts-0", "INSTAGRAM", shown["shortcode"], shown["handle"])],
    )


def _add_members(
    world: World, rng: random.Random, people: list[Person], kind: str, collection_id: str
) -> None:
    if kind == "POSTS":
        shown = [
            (p["platform"], p["shortcode"], p["handle"])
            for p in world.final("instagram_post")
            if p["profile_id"] and p["post_id"]
        ]
        shown += [
            (p["platform"], p["post_id"], p["handle"])
            for p in world.final("youtube_post")
            if p["profile_id"] and p["post_id"]
        ]
        chosen = [*rng.sample(sorted(set(shown))[1:], 12), ("INSTAGRAM", "Sunknown", None)]
        world.add("coffee.collection_post", [_post_member(rng, collection_id, *post) for post in chosen])
    elif kind == "PROFILES":
        for person in rng.sample(people, 10):
            row = {
                "collection_id": collection_id,
                "platform": person.platform,
                "handle": person.handle,
                "profile_id": rng.choice([person.profile_id, None]),
                "cost": rng.choice([None, Decimal("12.5")]),
                **_member(rng),
            }
            world.add("coffee.collection_profile", [row])
    else:
        table, column = (
            ("collection_hashtag", "hashtag") if kind == "HASHTAGS" else ("keyword_collection", "keyword")
        )
        for word in rng.sample(HASHTAGS, 2) if kind == "HASHTAGS" else ("new recipe", "morning"):
            for platform in ("INSTAGRAM", "YOUTUBE"):
                world.add(
                    f"coffee.{table}",
                    [{"collection_id": collection_id, "platform": platform, column: word, **_member(rng)}],
                )


def _post_member(
    rng: random.Random, collection_id: str, platform: str, shortcode: str, handle: str | None
) -> Row:
    return {
        "collection_id": collection_id,
        "platform": platform,
        "shortcode": shortcode,
        "handle": rng.choice([handle, None]),
        "cost": rng.choice([None, Decimal("50"), Decimal(0)]),
        **_member(rng),
    }


def add_lists(world: World, rng: random.Random, people: list[Person]) -> None:
    """Two lists of creators, an empty one and one that was deleted."""
    for number in range(4):
        list_id = f"l{number}"
        world.add(
            "coffee.profile_list",
            [
                {
                    "profile_list_id": list_id,
                    "account_id": "customer1",
                    "name": f"List {number}",
                    **_times(rng, number == 3),
                }
            ],
        )
        for person in rng.sample(people, 8) if number < 2 else ():
            row = {
                "profile_list_id": list_id,
                "platform": person.platform,
                "handle": person.handle,
                "profile_id": rng.choice([person.profile_id, None]),
            }
            world.add("coffee.profile_list_member", [{**row, **_member(rng)}])
    world.add(
        "coffee.profile_list_member",
        [{**row, "handle": "not_collected_yet", "profile_id": None, **_member(rng)}],
    )


def add_credential_events(world: World) -> None:
    """The lives of three credentials, as the trigger of beat.credential would have told them."""
    for number, source in enumerate(("lama", "graphapi", "data_api")):
        story = (
            ("added", 20),
            ("validated", 19.5),
            ("rested", 1.2),
            ("rested", 0.6),
            ("refused", 0.3),
            ("disabled", 0.1),
            ("removed", 0.05),
        )
        for event, days in story[: 7 - 2 * number]:
            at = NOW - timedelta(days=days)
            row = {
                "credential_key": f"key{number}",
                "source": source,
                "handle": None,
                "event": event,
                "disabled_till": at + timedelta(hours=1) if event == "rested" else None,
                "at": at,
            }
            world.add("beat.credential_event", [row])
