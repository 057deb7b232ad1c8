"""YouTube's parsers on damaged recordings and on any JSON: a typed error or sound records, never a crash."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.crawlers.test_parsers_on_mutations import STRANGE, damage
from tests.unit.crawlers.youtube_recordings import YOUTUBE_PARAMS, YOUTUBE_RECORDINGS

from upbeat.crawlers.registry import crawler_class
from upbeat.errors import DropError, SourceError
from upbeat.ingestion.tables import key_of
from upbeat.records import Insight, PayloadKind

OBSERVED = datetime(2026, 11, 22, tzinfo=UTC)
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
REPORT = {
    "kind": "youtubeAnalytics#resultTable",
    "columnHeaders": [
        {"name": "day", "columnType": "DIMENSION", "dataType": "STRING"},
        {"name": "views", "columnType": "METRIC", "dataType": "INTEGER"},
    ],
    "rows": [["2026-11-20", 1], ["2026-11-21", 2]],
}


def check(source: str, kind: PayloadKind, body: bytes) -> None:
    """Sound records or a typed error; anything else fails the test."""
    try:
        parsed = crawler_class(source).parse(kind, body, observed_at=OBSERVED, params=YOUTUBE_PARAMS)
    except (SourceError, DropError):
        return
    for _, record in parsed.records():
        if isinstance(record, Insight):
            assert all((record.subject_id, record.metric, record.period))  # a total has no breakdown
        else:
            assert all(key_of(record))
        for field in fields(record):
            value = getattr(record, field.name)
            if isinstance(value, str):
                value.encode("utf-8")
                assert "\x00" not in value
            if isinstance(value, int) and not isinstance(value, bool):
                assert 0 <= value < 2**63
            if isinstance(value, datetime):
                assert value.tzinfo is not None
    for problem in parsed.problems:
        assert problem.message
        assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("source", "kind", "path", "count"),
    YOUTUBE_RECORDINGS,
    ids=[f"{source}-{kind}-{path.rpartition('/')[2]}" for source, kind, path, _ in YOUTUBE_RECORDINGS],
)
@given(seed=st.integers(0, 2**32), times=st.integers(1, 12))
@settings(QUIET, max_examples=20)
def test_a_damaged_recording_never_crashes_a_parser(
    shared_data: Path, source: str, kind: PayloadKind, path: str, count: int, seed: int, times: int
) -> None:
    document = orjson.loads((shared_data / "api" / path).read_bytes())
    check(source, kind, orjson.dumps(damage(document, seed, times), option=orjson.OPT_NON_STR_KEYS))


@given(seed=st.integers(0, 2**32), times=st.integers(1, 6))
@settings(QUIET, max_examples=200)
def test_a_damaged_report_never_crashes_the_parser(seed: int, times: int) -> None:
    for kind in (PayloadKind.INSIGHTS, PayloadKind.AUDIENCE):
        check("ytapi", kind, orjson.dumps(damage(REPORT, seed, times), option=orjson.OPT_NON_STR_KEYS))


@given(seed=st.integers(0, 2**32), cut=st.integers(0, 3000), byte=st.integers(0, 255))
@settings(QUIET, max_examples=150)
def test_broken_bytes_never_crash_a_parser(shared_data: Path, seed: int, cut: int, byte: int) -> None:
    source, kind, path, _ = YOUTUBE_RECORDINGS[seed % len(YOUTUBE_RECORDINGS)]
    body = (shared_data / "api" / path).read_bytes()
    cut %= len(body)
    check(source, kind, body[:cut] + bytes([byte]) + body[cut + 1 :])
    check(source, kind, body[:cut])


NAMES = (
    "kind", "items", "id", "snippet", "statistics", "contentDetails", "pageInfo", "nextPageToken", "error", "errors",
    "reason", "details", "topLevelComment", "replies", "comments", "contents", "type", "video", "channel", "videoId",
    "channelId", "commentId", "stats", "author", "columnHeaders", "rows", "name", "columnType", "data", "filterGroups",
    "filters", "avatar", "thumbnails", "subscribers", "publishedTimeText", "lengthSeconds", "title", "username",
)  # fmt: skip
KINDS = (
    "youtube#channel", "youtube#videoListResponse", "youtube#searchListResponse", "youtube#commentThread", "METRIC",
    "DIMENSION", "video", "channel", "UCX6OQ3DkcsbYNE6H8uQQuVA", "zo7i8VTpfNM", "12 days ago", "PT1H", "@a-b",
)  # fmt: skip
JSON = st.recursive(
    st.sampled_from(STRANGE) | st.sampled_from(KINDS) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=30,
)


@given(document=JSON)
@settings(max_examples=400, deadline=None)
def test_any_json_gives_records_or_a_typed_error(document: Any) -> None:
    try:
        body = orjson.dumps(document)
    except TypeError:  # an integer beyond 64 bits
        return
    for source in ("ytapi", "youtube138"):
        for kind in PayloadKind:
            check(source, kind, body)
