"""A report says what is too much first, and is read by people and programs alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import orjson

from upbeat.operations.data_quality import Dirt, QualityReport, as_json, as_markdown

REPORT = QualityReport(
    at=datetime(2026, 3, 1, 21, tzinfo=UTC),
    since=date(2026, 2, 28),
    most_dirty_share=0.01,
    dirt=[
        Dirt("instagram_account", "empty_handle", True, 3, 200),
        Dirt("instagram_account", "empty_key", True, 2, 200),
        Dirt("post_log", "late", False, 9, 1000),
        Dirt("profile_log", "future", False, 1, 1000),
    ],
    place="s3://upbeat-operations/data-quality/2026-03-01",
)


def test_a_reason_is_too_much_above_the_share_not_at_it() -> None:
    assert REPORT.too_much == REPORT.dirt[:1]
    told = "15 dirty events in 3 raw tables since 2026-02-28; 1 of 4 reasons above 1.0% of a table's events"
    assert REPORT.summary == told


def test_late_events_are_told_and_no_fault() -> None:
    assert replace(REPORT, most_dirty_share=0.0).too_much == [d for d in REPORT.dirt if d.reason != "late"]


def test_a_share_is_never_above_one_when_the_raw_table_lost_rows_since() -> None:
    assert Dirt("instagram_account", "late", False, 5, 0).share == 1.0
    assert Dirt("instagram_account", "late", False, 5, 4).share == 1.0


def test_the_report_for_people_has_what_is_too_much_first() -> None:
    text = as_markdown(REPORT)
    assert text.startswith("# Data quality, 2026-03-01 21:00 UTC\n\n15 dirty events")
    row = "| instagram_account | empty_handle | left out | 3 | 200 | 1.50% |"
    assert text.count(row) == 2
    assert (
        text.index(row)
        < text.index("## All that was dirty")
        < text.index("| profile_log | future | kept | 1 |")
    )


def test_the_report_for_programs_holds_everything() -> None:
    document = orjson.loads(as_json(REPORT))
    assert [one["share"] for one in document["dirt"]] == [0.015, 0.01, 0.009, 0.001]
    assert [one["reason"] for one in document["too_much"]] == ["empty_handle"]
