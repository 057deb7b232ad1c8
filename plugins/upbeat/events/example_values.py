"""Plausible values of one example event, by the names of columns. Pure: the same generator of chance, the same values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from upbeat.events.consumers import Column, Consumer

SOURCE = "example"
"""What stands in every column `source` (and `service`), so that examples are told from what was collected."""

_GIVEN = (
    "Aarav",
    "Ananya",
    "Diego",
    "Fatima",
    "Ishaan",
    "Kavya",
    "Lucía",
    "Meera",
    "Priya",
    "Rohan",
    "Sofia",
    "Zoë",
)
_FAMILY = (
    "Bose",
    "Fernández",
    "Iyer",
    "Khan",
    "Kulkarni",
    "Menon",
    "Okafor",
    "Patel",
    "Reddy",
    "Sharma",
    "Singh",
    "Wang",
)
_TOPICS = (
    "travel",
    "food",
    "fitness",
    "fashion",
    "gaming",
    "beauty",
    "music",
    "comedy",
    "education",
    "technology",
)
_CITIES = {
    "IN": ("Mumbai", "Delhi", "Bengaluru", "Chennai"),
    "BR": ("São Paulo",),
    "US": ("Austin", "Chicago"),
}
_WORDS = (
    "morning",
    "chai",
    "sunset",
    "new",
    "video",
    "festival",
    "mountains",
    "recipe",
    "giveaway",
    "thank",
    "you",
    "🦓",
    "weekend",
)
_OBSERVED = ("observed_at", "timestamp", "scraped_at", "at")
"""Names of the column that says when: one of them is in every kind."""

_CHOICES: dict[str, tuple[Any, ...]] = {
    "post_type": ("image", "video", "reel", "carousel"),
    "media_type": ("image", "video"),
    "metric": ("reach", "impressions", "profile_views"),
    "period": ("day", "lifetime"),
    "breakdown": ("", "country"),
    "breakdown_value": ("", "IN"),
    "gender": ("female", "male", "mixed"),
    "language": ("hi", "en", "ta", "pt"),
    "currency": ("INR", "USD"),
    "kind": ("base_gender", "base_location", "categ_lang_topics", "audience_age_gender", "audience_cities"),
    "model": ("example-model",),
    "prompt_version": ("v0.12", "v1.0"),
    "relation": ("follower", "commenter"),
    "decided_by": ("lang_flag", "digits", "special_char", "similarity", "none"),
    "score": (0.0, 0.0, 0.33, 1.0),
    "script": ("Latin", "Devanagari", "Tamil"),
    "scorer_version": ("1.0",),
    "names_version": ("1.0",),
    "subject_kind": ("profile_picture", "post_media", "story_media", "thumbnail"),
    "content_type": ("image/jpeg", "video/mp4"),
    "flow": ("profile_by_handle", "posts_by_handle", "followers"),
    "method": ("GET", "POST"),
    "path": ("/v1/users/{id}", "/v1/tokens", "/v1/campaigns/{id}"),
    "error": (None,),
    "error_class": (None,),
    "error_reason": (None,),
    "raw_object": (None,),
    "parent_id": (None,),
    "parent_span_id": (None,),
    "dimensions": ({"is_verified": False, "category": "travel"},),
    "attempts": ([{"source": SOURCE, "outcome": "answered"}],),
    "failures": (None,),
    "records": ({"profile": 1, "post": 12},),
    "retry_count": (0, 0, 0, 1),
    "priority": (1, 2, 3),
}  # fmt: skip
_SECONDS_BEFORE = {"picked_at": 12, "created_at": 90, "expires_at": -86_400, "source_expires_at": -86_400}
_STATUS = {
    "task_log": ("COMPLETE",),
    "asset": ("stored", "gone"),
    "trace_log": (200, 200, 201, 404),
    "shopify_product": ("active", "draft"),
}
_EVENT_NAMES = ("campaign_opened", "profile_viewed", "list_exported", "search_run")


def example_values(consumer: Consumer, chance: Random, observed: datetime) -> dict[str, Any]:
    """A value for every column but those that `numbered_columns` names."""
    person = _person(chance)
    numbered = numbered_columns(consumer)
    return {
        column.name: _value(consumer.kind, column, person, chance, observed)
        for column in consumer.columns
        if column.name not in numbered
    }


def numbered_columns(consumer: Consumer) -> frozenset[str]:
    """The columns that name the fact: they differ from event to event."""
    required = [column.name for column in consumer.columns if not column.nullable]
    ids = frozenset(name for name in required if name.endswith(("_id", "_hash")))
    return ids or frozenset({"name"} & set(required))


def _value(kind: str, column: Column, person: dict[str, Any], chance: Random, observed: datetime) -> Any:
    name = column.name
    if name in ("source", "service"):
        return SOURCE
    if name == "platform":
        return next((one for one in ("YOUTUBE", "SHOPIFY") if kind.startswith(one.lower())), "INSTAGRAM")
    if name == "status":
        return chance.choice(_STATUS[kind])
    if name == "name" and kind == "api_event":
        return chance.choice(_EVENT_NAMES)
    if name in person:
        return person[name]
    if name in _CHOICES:
        return chance.choice(_CHOICES[name])
    if column.type == "timestamp":
        return _time(name, chance, observed).isoformat(timespec="microseconds")
    return _BY_TYPE[column.type](name, chance)


def _time(name: str, chance: Random, observed: datetime) -> datetime:
    if name in _OBSERVED:
        return observed
    before = _SECONDS_BEFORE.get(name) or chance.randrange(3_600, 30 * 86_400)
    return observed - timedelta(seconds=before)


def _person(chance: Random) -> dict[str, Any]:
    """Columns that say the same of one creator: handle and name, country and city, category and topics."""
    given, family = chance.choice(_GIVEN), chance.choice(_FAMILY)
    name = f"{given} {family}"
    plain = name.lower().encode("ascii", "ignore").decode().replace(" ", chance.choice(("", ".", "_")))
    handle = f"{plain}{chance.randrange(100)}"
    country = chance.choice(list(_CITIES))
    category = chance.choice(_TOPICS)
    return {
        "handle": handle,
        "author_handle": handle,
        "full_name": name,
        "author_name": name,
        "latin_name": name,
        "country": country,
        "country_code": country,
        "city": chance.choice(_CITIES[country]),
        "category": category,
        "topics": [category, chance.choice(_TOPICS)],
        "external_url": f"https://example.com/{handle}",
        "metrics": {"followers": _count(chance), "following": _count(chance), "media_count": _count(chance)},
    }


def _count(chance: Random) -> int:
    """Few are large."""
    return int(10 ** chance.uniform(1, 6.5))


def _string(name: str, chance: Random) -> str:
    if name.endswith(("_hash", "checksum")):
        return hashlib.sha256(chance.randbytes(8)).hexdigest()
    if name.endswith("_id"):
        return f"{SOURCE}-{chance.randrange(10**6)}"
    if name.endswith(("url", "link")):
        return f"https://example.com/{name}/{chance.randrange(10**6)}"
    if name in ("biography", "caption", "text", "title", "reasoning"):
        return " ".join(chance.choices(_WORDS, k=chance.randrange(4, 30)))
    return " ".join(chance.choices(_WORDS[:5], k=2))


def _amount(name: str, chance: Random) -> int:
    return chance.randrange(1, 100_000)


def _share(name: str, chance: Random) -> float:
    """Shares and confidences are at most 1, similarities at most 100, all else is small."""
    return round(
        chance.uniform(0, 100 if name in ("similarity", "value", "duration_ms", "duration_seconds") else 1), 4
    )


_BY_TYPE: dict[str, Callable[[str, Random], Any]] = {
    "string": _string,
    "int64": lambda name, chance: _count(chance),
    "float64": _share,
    "decimal": _amount,
    "bool": lambda name, chance: chance.random() < 0.2,
    "json": lambda name, chance: [chance.choice(_TOPICS)],
}
