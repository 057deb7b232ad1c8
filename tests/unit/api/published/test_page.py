"""What becomes of the rows that Postgres gives for a page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.page import Page, Wanted, _page_of
from upbeat.api.published.resource import Resource

BOARD = RESOURCES["leaderboard"]
PUBLICATION = {
    "read_at": 1_800_000_000.0, "published_age": 5.0, "published_at": "2027-01-15T07:59:55+00:00", "source_updated_at": None,
    "sync_run": "leaderboard-1", "run": 7, "table_oid": 4711,
}  # fmt: skip


def page_of(resource: Resource, rows: list[dict[str, Any]], *, limit: int = 50, sort: str = "") -> Page:
    """The page of these rows; its cursor is the JSON of its values."""
    told = orjson.dumps(PUBLICATION).decode()
    values = [(told, *(row.get(name) for name in resource.columns)) for row in rows or [{}]]
    return _page_of(resource, Wanted({}, {}, sort, limit), values, lambda last: orjson.dumps(last).decode())


def test_one_row_more_than_a_page_holds_is_left_out_and_gives_a_cursor_behind_the_last() -> None:
    rows = [{"platform": "INSTAGRAM", "profile_id": f"p{n}", "engagement_rate": 0.1 * n} for n in (1, 2, 3)]

    whole = page_of(BOARD, rows, limit=3, sort="engagement_rate")
    begun = page_of(BOARD, rows, limit=2, sort="-engagement_rate")

    assert whole.next is None
    assert [row["profile_id"] for row in orjson.loads(begun.data)] == ["p1", "p2"]
    assert begun.next is not None
    assert orjson.loads(begun.next) == ["0.2", "p2"]


def test_an_empty_page_still_tells_its_publication() -> None:
    page = page_of(BOARD, [])

    assert page.data == b"[]"
    assert page.read.publication == (7, 4711)
    assert orjson.loads(page.freshness)["observed_newest"] is None


def test_the_age_of_rows_counts_from_the_newest_to_the_read() -> None:
    moments = [datetime.fromtimestamp(1_800_000_000 - ago, UTC) for ago in (90, 30)]
    seen = page_of(BOARD, [{"profile_id": "p", "platform": "x", "observed_at": moment} for moment in moments])

    assert seen.read.observed_age == 30
    assert orjson.loads(seen.freshness)["observed_oldest"] == "2027-01-15T07:58:30+00:00"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Decimal("12.50"), b"12.50"),
        (Decimal("1234567890123456789.25"), b"1234567890123456789.25"),
        (Decimal("NaN"), b'"NaN"'),
        (date(2026, 11, 20), b'"2026-11-20"'),
        (datetime(2026, 11, 20, 9, 30, tzinfo=UTC), b'"2026-11-20T09:30:00+00:00"'),
        (float("nan"), b"null"),
        (["a", "b"], b'["a","b"]'),
    ],
)
def test_values_keep_their_digits_and_their_zone(value: object, told: bytes) -> None:
    page = page_of(BOARD, [{"platform": "INSTAGRAM", "avg_likes": value}])

    assert b'"avg_likes":' + told in page.data
