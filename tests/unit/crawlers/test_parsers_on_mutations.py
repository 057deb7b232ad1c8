"""The parsers on damaged recordings: a typed error or a sound record, never a crash."""

from __future__ import annotations

import copy
import random
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.crawlers.recordings import PARAMS, RECORDINGS
from tests.unit.crawlers.scraper_recordings import READ_AS

from upbeat.crawlers.registry import crawler_class
from upbeat.errors import DropError, SourceError
from upbeat.records import Parsed, PayloadKind

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)
ALL_RECORDINGS = (
    *RECORDINGS,
    *(
        ("rocketapi", kind, f"hikerapi/{name}.json")
        for name, kinds in READ_AS.items()
        for kind in kinds
        if kind not in (PayloadKind.PROFILE, PayloadKind.POST)
    ),
)
STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    2**63,
    1.5,
    "",
    "x",
    "12.5K",
    "1,234",
    "a\x00b",
    "🌎",
    [],
    {},
    [[]],
    {"count": "x"},
    [{"node": 1}],
    "2026-13-45",
    10**18,
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(source: str, kind: PayloadKind, body: bytes) -> Parsed | None:
    """The records of a body, or None for a typed error; anything else fails the test."""
    try:
        parsed = crawler_class(source).parse(kind, body, observed_at=OBSERVED, params=PARAMS)
    except (SourceError, DropError):
        return None
    for record in (*parsed.profiles, *parsed.posts):
        assert record.profile_id
        assert record.handle
        for name, value in {**record.dimensions(), **record.metrics()}.items():
            if isinstance(value, str):
                value.encode("utf-8")
                assert "\x00" not in value
            if name in record.metrics():
                assert value is None or (type(value) is int and 0 <= value < 2**63)
    for fact in parsed.facts:
        for value in (getattr(fact, field.name) for field in fields(fact)):
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    text.encode("utf-8")
                    assert "\x00" not in text
            assert not isinstance(value, int) or 0 <= value < 2**63
    return parsed


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children: Any = ()
    if isinstance(document, dict):
        children = document.items()
    elif isinstance(document, list):
        children = enumerate(document)
    for key, value in children:
        found += places(value, (*path, key))
    return found


def damage(document: Any, seed: int, times: int) -> Any:
    """Some values replaced, taken out, or moved under another name."""
    chance = random.Random(seed)
    document = copy.deepcopy(document)
    for _ in range(times):
        paths = places(document)
        if not paths:
            break
        *way, last = chance.choice(paths)
        parent = document
        for step in way:
            parent = parent[step]
        match chance.randrange(4):
            case 0:
                del parent[last]
            case 1 if isinstance(parent, dict):
                parent[f"{last}_new"] = parent.pop(last)
            case 2:
                parent[last] = [parent[last]]
            case _:
                parent[last] = copy.deepcopy(chance.choice(STRANGE))
    return document


@pytest.mark.parametrize(
    ("source", "kind", "path"),
    ALL_RECORDINGS,
    ids=[f"{r[2].rpartition('/')[2]}-{r[1]}" for r in ALL_RECORDINGS],
)
@given(seed=st.integers(0, 2**32), times=st.integers(1, 12))
@settings(QUIET, max_examples=25)
def test_a_damaged_recording_never_crashes_a_parser(
    shared_data: Path, source: str, kind: PayloadKind, path: str, seed: int, times: int
) -> None:
    document = orjson.loads((shared_data / "api" / path).read_bytes())
    damaged = damage(document, seed, times)
    outcome(source, kind, orjson.dumps(damaged, option=orjson.OPT_NON_STR_KEYS))


@given(seed=st.integers(0, 2**32), cut=st.integers(0, 3000), byte=st.integers(0, 255))
@QUIET
def test_broken_bytes_never_crash_a_parser(shared_data: Path, seed: int, cut: int, byte: int) -> None:
    source, kind, path = ALL_RECORDINGS[seed % len(ALL_RECORDINGS)]
    body = (shared_data / "api" / path).read_bytes()
    cut %= len(body)
    outcome(source, kind, body[:cut] + bytes([byte]) + body[cut + 1 :])
    outcome(source, kind, body[:cut])


JSON = st.recursive(
    st.sampled_from(STRANGE) | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    "data", "user", "business_discovery", "media", "items", "collector", "edges", "node", "pk", "id",
                    "username", "error", "code", "message", "follower_count", "is_private", "shortcode", "caption",
                    "permalink", "paging", "cursors", "owner", "likes", "media_type", "detail", "status", "users",
                    "comments", "text", "created_at", "reels", "reel", "tray", "sections", "response", "body", "status_code",
                    "name", "media_count", "lat", "location", "title", "product_type", "next_max_id", "page_info",
                )
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)  # fmt: skip


@given(document=JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_gives_records_or_a_typed_error(document: Any) -> None:
    try:
        body = orjson.dumps(document)
    except TypeError:  # an integer beyond 64 bits
        return
    for source in ("graphapi", "rapidapi-igdata", "lama", "rocketapi"):
        for kind in PayloadKind:
            outcome(source, kind, body)
