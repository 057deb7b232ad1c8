"""The creators of the world: 36 on Instagram, 24 on YouTube, twelve of them on both."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import timedelta

from .world import DAY, HOUR, NOW, Row, World

FOLLOWERS = (
    None,
    0,
    1,
    9_999,
    10_000,
    50_000,
    50_000,
    99_999,
    250_000,
    250_000,
    999_999,
    1_000_000,
    2_500_000,
)
CATEGORIES = ("Food", "Travel", "Tech", "Beauty", None, "  ")


@dataclass(frozen=True)
class Person:
    """A creator on one platform; `followers` are those of now."""

    platform: str
    profile_id: str
    handle: str
    followers: int | None
    category: str | None
    started_days_ago: int


def people(rng: random.Random) -> list[Person]:
    """Few distinct counts of followers, so that there are ties; some unknown, some 0."""
    found = []
    for platform, letter, number in (("INSTAGRAM", "i", 36), ("YOUTUBE", "y", 24)):
        for n in range(1, number + 1):
            handle = f"creator{n}" if n <= 12 else f"{'insta' if letter == 'i' else 'tube'}{n}"
            found.append(
                Person(
                    platform,
                    f"{letter}{n:02}",
                    handle,
                    rng.choice(FOLLOWERS),
                    rng.choice(CATEGORIES),
                    rng.choice([5, 20, 60, 110, 400]),
                )
            )
    return found


def add_accounts(world: World, rng: random.Random, found: list[Person]) -> None:
    """Their current rows, with outdated and repeated ones before and after them, and dirty ones."""
    for person in found:
        row = _instagram(rng, person) if person.platform == "INSTAGRAM" else _youtube(rng, person)
        table = f"{person.platform.lower()}_account"
        old = {**row, "followers_count": 7, "biography": "old", "observed_at": NOW - 40 * DAY}
        world.add(table, [old] if rng.random() < 0.5 else [])
        world.add(table, [row])
        world.add(table, [old] if rng.random() < 0.2 else [], ingested=NOW - HOUR)
        if rng.random() < 0.2:
            world.tables[table].append(dict(world[table][-1]))
    for table in ("instagram_account", "youtube_account"):
        row = world[table][0]
        nobody = {name: value for name, value in row.items() if not name.startswith("_")}
        world.add(table, [{**nobody, "profile_id": "blank", "handle": "  ", "followers_count": 10**9}])
        world.add(table, [{**nobody, "profile_id": "", "handle": "nobody", "followers_count": 10**9}])
        future = {
            **nobody,
            "profile_id": f"{row['profile_id'][0]}99",
            "handle": "fastclock",
            "observed_at": NOW + 300 * DAY,
        }
        world.add(table, [future], ingested=NOW - 2 * HOUR)


def _common(rng: random.Random, person: Person) -> Row:
    on_both = person.handle.startswith("creator")
    other = (
        f"https://www.youtube.com/@{person.handle}"
        if person.platform == "INSTAGRAM"
        else f"https://instagram.com/{person.handle}"
    )
    return {
        "platform": person.platform,
        "profile_id": person.profile_id,
        "handle": person.handle,
        "full_name": rng.choice([f"The {person.handle}", None]),
        "biography": rng.choice(["Chai and mountains. With @brandone", "I cook every day", None, ""]),
        "category": person.category,
        "external_url": other if on_both and rng.random() < 0.7 else None,
        "profile_pic_url": f"https://example.com/{person.profile_id}.jpg",
        "is_verified": rng.choice([True, False, None]),
        "followers_count": person.followers,
        "posts_count": rng.choice([None, rng.randrange(2000)]),
        "source": rng.choice(["lama", "graphapi"]) if person.platform == "INSTAGRAM" else "data_api",
        "observed_at": NOW - timedelta(minutes=rng.randrange(30, 3000)),
    }


def _instagram(rng: random.Random, person: Person) -> Row:
    return {
        **_common(rng, person),
        "is_business": rng.choice([True, False, None]),
        "is_private": rng.choice([True, False, False, None]),
        "following_count": rng.choice([None, rng.randrange(3000)]),
    }


def _youtube(rng: random.Random, person: Person) -> Row:
    return {
        **_common(rng, person),
        "country": rng.choice(["IN", "in", "US", "", None]),
        "joined_at": NOW - rng.randrange(400, 4000) * DAY,
        "views_count": rng.choice([None, rng.randrange(10**8)]),
    }


def add_profile_log(world: World, rng: random.Random, found: list[Person]) -> None:
    """Their figures from day to day, growing and shrinking; several a day, days without any, rows that come late, and dirty ones."""
    for person in found:
        figure = person.followers if person.followers is not None else 500
        category, handle = person.category, person.handle
        for day in range(person.started_days_ago if person.started_days_ago < 110 else 110, -1, -1):
            if rng.random() < 0.45 and day > 0:
                continue
            if rng.random() < 0.02:
                category, handle = rng.choice(CATEGORIES), f"{person.handle}_{day}"
            past = round(figure * (1 - 0.004 * day * rng.choice([0.5, 1, 1, 1.1, -0.2])))
            for _ in range(rng.choice([1, 1, 1, 2, 3])):
                at = (
                    NOW
                    - day * DAY
                    - timedelta(minutes=rng.randrange(5, 700), microseconds=rng.randrange(10**6))
                )
                late = rng.random() < 0.1
                row = _log_row(rng, person, at, max(past + rng.randrange(-3, 4), 0), category, handle)
                world.add(
                    "profile_log", [row], ingested=min(at + rng.randrange(1, 40) * DAY, NOW) if late else None
                )
                if rng.random() < 0.03:  # repeated, and told anew by a replay
                    world.tables["profile_log"].append(dict(world["profile_log"][-1]))
                    world.add("profile_log", [row], ingested=NOW)
        current = _log_row(
            rng, person, NOW - timedelta(minutes=3), person.followers, person.category, person.handle
        )
        world.add("profile_log", [current])
    row = _log_row(rng, found[0], NOW - 3 * DAY, 12, None, found[0].handle)
    world.add("profile_log", [{**row, "timestamp": NOW + 200 * DAY}], ingested=NOW)
    world.add(
        "profile_log", [{**row, "timestamp": NOW + 2 * HOUR}], ingested=NOW
    )  # a clock that is ahead a little
    world.add(
        "profile_log",
        [{**row, "profile_id": ""}, {**row, "metrics": '{"followers": "many"}', "timestamp": NOW - 50 * DAY}],
    )
    history = [{**row, "timestamp": NOW - n * 30 * DAY, "source": "import"} for n in range(12, 40)]
    world.add("profile_log", history, ingested=NOW - DAY)


def _log_row(
    rng: random.Random, person: Person, at: object, followers: int | None, category: str | None, handle: str
) -> Row:
    known = followers if rng.random() < 0.93 else None
    metrics: Row = {"followers": known, "media_count": rng.choice([None, 300 + rng.randrange(40)])}
    if person.platform == "INSTAGRAM":
        metrics["following"] = rng.choice([None, rng.randrange(900)])
    else:
        metrics["total_views"] = rng.choice([None, 10**6 + rng.randrange(10**6)])
    described = {
        "handle": handle,
        "category": category,
        "full_name": f"The {person.handle}",
        "is_verified": rng.choice([True, None]),
    }
    return {
        "platform": person.platform,
        "profile_id": person.profile_id,
        "handle": handle,
        "dimensions": json.dumps(described),
        "metrics": json.dumps(metrics),
        "source": rng.choice(["lama", "graphapi"]) if person.platform == "INSTAGRAM" else "data_api",
        "timestamp": at,
    }
