"""How collection ran, what was copied, and what neighbours log."""

from __future__ import annotations

import json
import random
from datetime import timedelta

from .people import Person
from .world import DAY, NOW, Row, World

FLOWS = {
    "INSTAGRAM": (
        ("profile_by_handle", "posts_by_handle", "profile_basic"),
        ("lama", "graphapi", "rocketapi"),
    ),
    "YOUTUBE": (("channel_by_id", "videos_by_channel"), ("data_api", "youtube138")),
    "SHOPIFY": (("orders",), ("shopify",)),
}


def add_task_log(world: World, rng: random.Random) -> None:
    """2,000 ends of tasks in three days, most of them in the last one; failed, expired, retried, sent round again, and dirty ones."""
    for number in range(2000):
        world.add("task_log", [_task(rng, number)])
        if rng.random() < 0.01:
            again = world["task_log"][-1]
            world.tables["task_log"].append(dict(again))
            row = {name: value for name, value in again.items() if not name.startswith("_")}
            world.add(
                "task_log", [{**row, "scraped_at": min(row["scraped_at"] + timedelta(minutes=30), NOW)}]
            )
    row = _task(rng, 9999)
    world.add("task_log", [{**row, "scraped_at": NOW + 9 * DAY}], ingested=NOW)
    world.add("task_log", [{**row, "attempts": "no json", "records": "[]"}, {**row, "flow": ""}])


def _task(rng: random.Random, number: int) -> Row:
    platform = rng.choice(["INSTAGRAM", "INSTAGRAM", "YOUTUBE", "SHOPIFY"])
    flows, sources = FLOWS[platform]
    status = rng.choices(["COMPLETE", "FAILED", "TIMEOUT"], [90, 8, 2])[0]
    ended = NOW - timedelta(
        seconds=rng.choice([rng.randrange(1, 3600), rng.randrange(1, 86_000), rng.randrange(86_400, 259_000)])
    )
    picked = ended - timedelta(milliseconds=rng.randrange(50, 20_000))
    expired = status == "FAILED" and rng.random() < 0.3
    tried = rng.sample(sources, rng.randrange(1, len(sources) + 1))
    failed = tried[:-1] if status == "COMPLETE" else tried
    attempts = [
        {
            "source": name,
            "outcome": rng.choice(["throttled", "not_found", "malformed", "away"]),
            "error": "no",
        }
        for name in failed
    ]
    attempts += [{"source": tried[-1], "outcome": "ok", "error": None}] if status == "COMPLETE" else []
    return {
        "platform": platform,
        "flow": rng.choice(flows),
        "task_id": number,
        "status": status,
        "source": tried[-1] if status == "COMPLETE" else None,
        "priority": rng.choice([1, 2]),
        "retry_count": rng.choice([0, 0, 1]),
        "account_id": rng.choice([None, "customer1"]),
        "created_at": picked - timedelta(seconds=rng.randrange(1, 4000)),
        "picked_at": None if expired else picked,
        "scraped_at": ended,
        "error_class": None if status == "COMPLETE" else "Expired" if expired else "NotFoundError",
        "error_reason": None if status == "COMPLETE" else "one line",
        "attempts": None if expired else json.dumps(attempts),
        "failures": None if status == "COMPLETE" else json.dumps({name: "one line" for name in failed}),
        "records": json.dumps({"profile": 1, "post": rng.randrange(12)}) if status == "COMPLETE" else None,
    }


def add_assets(world: World, rng: random.Random, people: list[Person]) -> None:
    """Pictures of profiles and media of posts, some tried twice."""
    subjects = [("profile_picture", p.platform, p.profile_id, p.profile_id) for p in people]
    subjects += [
        ("post_media", p["platform"], p["post_id"], p["profile_id"])
        for p in world.final("instagram_post")[:60]
    ]
    for kind, platform, subject, profile in subjects:
        status = rng.choice(["stored", "stored", "gone", "failed", "deleted"])
        row = {
            "platform": platform,
            "subject_kind": kind,
            "subject_id": subject,
            "source_url_hash": f"hash-{subject}",
            "profile_id": profile,
            "status": status,
            "object_key": f"{kind}/{subject}" if status == "stored" else None,
            "size_bytes": 1000 if status == "stored" else None,
            "error": "410" if status == "gone" else None,
            "source": "upload",
            "observed_at": NOW - timedelta(hours=rng.randrange(2, 400)),
        }
        world.add("asset", [{**row, "status": "failed", "observed_at": row["observed_at"] - DAY}, row])
    world.add("asset", [{**row, "subject_id": ""}])


def add_neighbours(world: World, rng: random.Random) -> None:
    """Spans of other services, and what the product's users did."""
    for number in range(50):
        at = NOW - timedelta(minutes=rng.randrange(5, 4000))
        span = {
            "service": "identity",
            "trace_id": f"t{number}",
            "span_id": "s",
            "status": 200,
            "duration_ms": 12.5,
            "at": at,
        }
        world.add("trace_log", [span])
        world.add(
            "api_event",
            [{"event_id": f"e{number}", "name": "profile_viewed", "user_id": f"u{number % 7}", "at": at}],
        )
