"""What the creators published: posts, videos, stories, what is written below them, and how their figures grew."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

from .people import Person
from .world import DAY, HOUR, NOW, Row, World

HASHTAGS = ("food", "travel", "diwali", "ootd", "tech", "ad")
BRANDS = ("brandone", "brandtwo", "brandthree")
CAPTIONS = ("", "Morning!", "New recipe", "Thank you")


def add_posts(world: World, rng: random.Random, people: list[Person]) -> None:
    """Ten for each creator, from today to 100 days old and never within an hour of a day's end; hidden likes, unknown dates."""
    for person in people:
        for number in range(10):
            table = "instagram_post" if person.platform == "INSTAGRAM" else "youtube_post"
            row = (_instagram if person.platform == "INSTAGRAM" else _youtube)(rng, person, number)
            older = {**row, "likes_count": 1, "observed_at": row["observed_at"] - 2 * DAY}
            world.add(table, [older] if rng.random() < 0.2 else [])
            world.add(table, [row])
            if rng.random() < 0.1:
                world.tables[table].append(dict(world[table][-1]))
            _add_growth(world, rng, row)
    for table in ("instagram_post", "youtube_post"):
        row = {name: value for name, value in world[table][0].items() if not name.startswith("_")}
        dirty = [{**row, "post_id": ""}, {**row, "post_id": f"{table}-nobody", "profile_id": ""}]
        world.add(table, dirty)
        strange = {
            **row,
            "post_id": f"{table}-future",
            "published_at": NOW + 40 * DAY,
            "observed_at": NOW + 60 * DAY,
        }
        world.add(table, [strange], ingested=NOW - HOUR)
        world.add(
            table, [{**row, "post_id": f"{table}-stranger", "profile_id": "stranger", "handle": "stranger"}]
        )


def _caption(rng: random.Random, is_ad: bool) -> str:
    tags = rng.sample(HASHTAGS, rng.randrange(3)) + (["ad"] if is_ad else [])
    names = rng.sample(BRANDS, 1) if is_ad or rng.random() < 0.15 else []
    words = [
        rng.choice(CAPTIONS),
        *(f"#{tag.upper() if rng.random() < 0.2 else tag}" for tag in tags),
        *(f"@{name}" for name in names),
    ]
    return " ".join(word for word in words if word)


def _figures(rng: random.Random, person: Person) -> Row:
    size = max(person.followers or 0, 400)
    likes = rng.choice([None, 0, size // 50, rng.randrange(size // 10 + 1), rng.randrange(size // 10 + 1)])
    if rng.random() < 0.02:
        likes = size * 3  # goes viral
    return {"likes_count": likes, "comments_count": rng.choice([None, 0, rng.randrange(size // 100 + 2)])}


def _instagram(rng: random.Random, person: Person, number: int) -> Row:
    kind = rng.choice(["image", "image", "reel", "video", "carousel", None])
    is_ad = rng.random() < 0.12
    post_id = f"{person.profile_id}-p{number}"
    moving = kind in ("reel", "video")
    return {
        "platform": "INSTAGRAM",
        "post_id": post_id,
        "profile_id": person.profile_id,
        "handle": person.handle,
        "shortcode": f"S{post_id}",
        "post_type": kind,
        "caption": rng.choice([None, _caption(rng, is_ad), _caption(rng, is_ad)]),
        "permalink": f"https://www.instagram.com/p/S{post_id}/",
        "media_url": f"https://example.com/{post_id}",
        "thumbnail_url": None,
        "duration_seconds": float(rng.randrange(5, 90)) if moving else None,
        "location_id": rng.choice([None, "loc1"]),
        "is_paid_partnership": rng.choice([True if is_ad else None, False, None]),
        "published_at": _published(rng),
        **_figures(rng, person),
        "plays_count": rng.choice([None, rng.randrange(10**6)]) if moving else None,
        "shares_count": rng.choice([None, rng.randrange(500)]),
        "saves_count": rng.choice([None, rng.randrange(500)]),
        "source": "lama",
        "observed_at": NOW - timedelta(minutes=rng.randrange(5, 700)),
    }


def _youtube(rng: random.Random, person: Person, number: int) -> Row:
    post_id = f"{person.profile_id}-v{number}"
    kind = rng.choice(["video", "video", "short", "live", None])
    return {
        "platform": "YOUTUBE",
        "post_id": post_id,
        "profile_id": person.profile_id,
        "handle": person.handle,
        "post_type": kind,
        "title": rng.choice([f"Episode {number} #food", "Live #Tech", None]),
        "caption": rng.choice([None, _caption(rng, rng.random() < 0.1)]),
        "permalink": f"https://www.youtube.com/watch?v={post_id}",
        "thumbnail_url": f"https://example.com/{post_id}.jpg",
        "duration_seconds": rng.choice([None, float(rng.randrange(20, 4000))]),
        "published_at": _published(rng),
        **_figures(rng, person),
        "plays_count": rng.choice([None, 0, rng.randrange(10**6), rng.randrange(10**4)]),
        "category": rng.choice(["Education", None]),
        "language": rng.choice(["hi", "en", None]),
        "source": "data_api",
        "observed_at": NOW - timedelta(minutes=rng.randrange(5, 700)),
    }


def _published(rng: random.Random) -> Any:
    if rng.random() < 0.05:
        return None
    age = rng.choice([0, 1, 2, rng.randrange(7), rng.randrange(30), rng.randrange(30), rng.randrange(100)])
    return NOW - age * DAY - timedelta(minutes=rng.randrange(90, 1300))


def _add_growth(world: World, rng: random.Random, post: Row) -> None:
    """Two to five observations between its publication and now, each at most the figures of now."""
    start = post["published_at"] or NOW - 20 * DAY
    span = (NOW - start).total_seconds()
    for _ in range(rng.randrange(2, 6)):
        share = rng.random()
        at = start + timedelta(seconds=round(span * share), microseconds=rng.randrange(10**6))
        metrics = {
            name: None
            if (now := post.get(f"{name}_count")) is None or rng.random() < 0.05
            else round(now * share**0.5)
            for name in ("likes", "comments", "plays", "shares", "saves")
            if f"{name}_count" in post
        }
        row = {
            "platform": post["platform"],
            "post_id": post["post_id"],
            "profile_id": post["profile_id"],
            "dimensions": json.dumps({"post_type": post["post_type"], "caption": post["caption"]}),
            "metrics": json.dumps(metrics),
            "source": post["source"],
            "timestamp": at,
        }
        world.add("post_log", [row], ingested=min(at + 9 * DAY, NOW) if rng.random() < 0.1 else None)
    if rng.random() < 0.02:
        world.add("post_log", [{**row, "timestamp": NOW + 30 * DAY}, {**row, "post_id": ""}], ingested=NOW)


def add_stories(world: World, rng: random.Random, people: list[Person]) -> None:
    """Up to seven for each creator on Instagram; a creator's own insights for most of them."""
    for person in (p for p in people if p.platform == "INSTAGRAM"):
        for number in range(rng.randrange(8)):
            published = NOW - rng.choice([0, 1, 3, 9, 40]) * DAY - timedelta(minutes=rng.randrange(90, 1300))
            story_id = f"{person.profile_id}-s{number}"
            mentions = rng.choice([None, "[]", json.dumps([rng.choice(BRANDS), "BrandOne"]), "no json"])
            row = {
                "platform": "INSTAGRAM",
                "story_id": story_id,
                "profile_id": person.profile_id,
                "handle": person.handle,
                "media_type": rng.choice(["image", "video", None]),
                "mentions": mentions,
                "hashtags": rng.choice([None, json.dumps(rng.sample(HASHTAGS, 2))]),
                "link_url": rng.choice([None, "https://example.com/shop"]),
                "published_at": published,
                "expires_at": published + DAY,
                "source": "graphapi",
                "observed_at": published + timedelta(minutes=30),
            }
            world.add("story", [row])
    world.add("story", [{**row, "story_id": ""}, {**row, "story_id": "nobody", "profile_id": ""}])


def add_comments(world: World, rng: random.Random) -> None:
    """Some of every third post; answers, deleted authors, one author below many posts."""
    for table, posts, letter in (
        ("comment", "instagram_post", "c"),
        ("youtube_comment", "youtube_post", "d"),
    ):
        for post in world.final(posts)[::3]:
            for number in range(rng.randrange(6)):
                comment_id = f"{letter}-{post['post_id']}-{number}"
                author = rng.choice([None, f"a{rng.randrange(60)}"])
                row = {
                    "platform": post["platform"],
                    "comment_id": comment_id,
                    "post_id": post["post_id"],
                    "parent_id": f"{letter}-{post['post_id']}-0" if number and rng.random() < 0.3 else None,
                    "author_id": author,
                    "author_handle": author and f"handle_{author}",
                    "author_name": None,
                    "text": rng.choice(["wow", "🔥🔥", "price?", None, ""]),
                    "likes_count": rng.choice([None, 0, rng.randrange(50)]),
                    "replies_count": rng.choice([None, 0, 1]),
                    "published_at": rng.choice([None, NOW - rng.randrange(60) * DAY - 2 * HOUR]),
                    "source": post["source"],
                    "observed_at": NOW - timedelta(hours=rng.randrange(1, 200)),
                }
                world.add(table, [row])
    world.add("comment", [{**row, "platform": "INSTAGRAM", "comment_id": ""}])


def add_hashtags(world: World, rng: random.Random) -> None:
    """How many posts bear each hashtag; one is not known."""
    for name in (*HASHTAGS, ""):
        row = {
            "platform": "INSTAGRAM",
            "name": name,
            "hashtag_id": rng.choice([None, f"h-{name}"]),
            "posts_count": None if name == "ootd" else rng.randrange(10**7),
            "source": "graphapi",
            "observed_at": NOW - 3 * HOUR,
        }
        world.add("hashtag", [{**row, "observed_at": NOW - 5 * DAY, "posts_count": 5}, row])
