"""The Graph API's parsers on damaged recordings and on any JSON of its words: a typed error or sound records, never a crash."""

from __future__ import annotations

import dataclasses
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.crawlers.graph_recordings import GRAPH_RECORDINGS, OWNER
from tests.unit.crawlers.test_parsers_on_mutations import OBSERVED, QUIET, STRANGE, damage

from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.errors import DropError, SourceError
from upbeat.ingestion.tables import key_of, table_of
from upbeat.records import Parsed, PayloadKind

KINDS = (
    PayloadKind.PROFILE, PayloadKind.POSTS, PayloadKind.POST, PayloadKind.COMMENTS, PayloadKind.STORIES,
    PayloadKind.HASHTAG, PayloadKind.IDENTIFIER, PayloadKind.INSIGHTS, PayloadKind.AUDIENCE,
)  # fmt: skip


def outcome(kind: PayloadKind, body: bytes, params: dict[str, str]) -> Parsed | None:
    """The records of a body, each one that its table takes; None for a typed error. Anything else fails the test."""
    try:
        parsed = GraphApi.parse(kind, body, observed_at=OBSERVED, params=params)
    except (SourceError, DropError):
        return None
    for _, record in parsed.records():
        key = dict(zip(table_of(record).key, key_of(record), strict=True))
        assert all(value or name.startswith("breakdown") for name, value in key.items())
        for field in dataclasses.fields(record):
            sound(getattr(record, field.name))
    return parsed


def sound(value: Any) -> None:
    if isinstance(value, str):
        value.encode("utf-8")
        assert "\x00" not in value
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63
    elif isinstance(value, datetime):
        assert value.tzinfo is not None


@pytest.mark.parametrize(
    ("kind", "path", "params", "counts"),
    GRAPH_RECORDINGS,
    ids=[r[1].replace("/", "-") for r in GRAPH_RECORDINGS],
)
@given(seed=st.integers(0, 2**32), times=st.integers(1, 12))
@settings(QUIET, max_examples=25)
def test_a_damaged_recording_never_crashes_a_parser(
    shared_data: Path,
    kind: PayloadKind,
    path: str,
    params: dict[str, str],
    counts: dict[str, int],
    seed: int,
    times: int,
) -> None:
    document = orjson.loads((shared_data / "api/graph_api" / path).read_bytes())
    body = orjson.dumps(damage(document, seed, times), option=orjson.OPT_NON_STR_KEYS)
    for told in ({}, params, OWNER):
        outcome(kind, body, told)


WORDS = (
    "data", "paging", "cursors", "after", "next", "previous", "id", "ig_id", "username", "owner", "permalink", "shortcode",
    "media_type", "media_product_type", "timestamp", "text", "from", "replies", "name", "period", "values", "value",
    "end_time", "total_value", "breakdowns", "dimension_keys", "results", "dimension_values", "insights", "comments",
    "stories", "media", "mentioned_media", "business_discovery", "17841400573960012", "error", "code", "error_subcode",
)  # fmt: skip
TOLD = (
    "https://graph.facebook.com/v15.0/17841400573960012/media?after=a", "https://[x", "17841400573960012", "F.18-24",
    "https://www.instagram.com/p/CGZ6vV1nBtA/", "https://instagram.com/stories/x/1", "reach", "audience_city", "day",
    "lifetime", "STORY", "IMAGE", "2026-11-22T05:00:00+0000", "\ud83d", "a\x00b",
)  # fmt: skip
JSON = st.recursive(
    st.sampled_from((*STRANGE, *TOLD)) | st.integers(-5, 2**53) | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, min_size=1, max_size=6)
    ),
    max_leaves=30,
)


@given(
    document=JSON,
    kind=st.sampled_from(KINDS),
    params=st.sampled_from(({}, OWNER, {"post_id": "1"}, {"story_id": "1"})),
)
@settings(max_examples=600, deadline=None)
def test_any_json_of_its_words_gives_records_or_a_typed_error(
    document: Any, kind: PayloadKind, params: dict[str, str]
) -> None:
    try:
        body = orjson.dumps(document)
    except TypeError:  # an integer beyond 64 bits, or a lone surrogate
        return
    outcome(kind, body, params)
