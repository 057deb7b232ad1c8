"""Events of one kilobyte, as the outbox and the queues hand them out."""

from __future__ import annotations

import json
import random
import time

from upbeat.events.batch import StoredEvent

KIND = "profile_log"
BODY_BYTES = 1000
WORDS = [
    "beauty",
    "travel",
    "food",
    "coffee",
    "mornings",
    "Wien",
    "Zürich",
    "creator",
    "daily",
    "stories",
    "links",
    "below",
    "collabs",
    "music",
    "dance",
    "vegan",
    "fitness",
    "coach",
    "mother",
    "of",
    "two",
    "film",
    "photo",
    "35mm",
    "contact",
    "shop",
    "☕",
    "🌿",
    "✨",
]


def make_events(count: int, *, seed: int = 1) -> list[StoredEvent]:
    """Events of different profiles within one month, all alike in size, the same for the same seed."""
    chance = random.Random(seed)
    now = time.time()
    return [
        StoredEvent(number, f"profile:{number}", _body(chance, number), "", now)
        for number in range(1, count + 1)
    ]


def _body(chance: random.Random, number: int) -> bytes:
    payload = {
        "platform": "INSTAGRAM",
        "profile_id": str(10_000_000 + number),
        "handle": f"creator_{number}",
        "source": chance.choice(("graphapi", "rocketapi", "lama")),
        "dimensions": {
            "handle": f"creator_{number}",
            "full_name": f"Creator Number {number}",
            "category": "Beauty",
            "is_verified": False,
            "external_url": f"https://example.com/{number}",
            "biography": "",
        },
        "metrics": {
            "followers": chance.randrange(10**7),
            "following": chance.randrange(5000),
            "media_count": chance.randrange(5000),
        },
        "timestamp": f"2026-11-22T10:{number // 60 % 60:02d}:{number % 60:02d}.{chance.randrange(10**6):06d}+00:00",
        "raw_object": f"raw/instagram/graphapi/2026/11/22/{chance.getrandbits(128):032x}.json.zst",
    }
    room = BODY_BYTES - len(_written(payload))
    biography = ""
    while len(biography.encode()) < room:
        biography += f"{chance.choice(WORDS)} "
    payload["dimensions"]["biography"] = biography.encode()[:room].decode(errors="ignore")  # type: ignore[index]
    return _written(payload)


def _written(payload: dict[str, object]) -> bytes:
    """With a blank behind each comma and colon, as Postgres writes jsonb."""
    return json.dumps(payload, ensure_ascii=False).encode()
