"""A report says what is broken first, counts every relation's rows once, and is read by people and programs alike."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from upbeat.operations.data_quality import QualityReport, RuleResult, as_json, as_markdown

REPORT = QualityReport(
    at=datetime(2026, 3, 1, 21, tzinfo=UTC),
    most_broken_share=0.01,
    rules=[
        RuleResult("stg_beat_post_log", "likes | unknown", 200, 3),
        RuleResult("stg_beat_post_log", "from the future", 200, 2),
        RuleResult("stg_beat_asset", "no address", 0, 0),
    ],
    place="s3://upbeat-operations/data-quality/2026-03-01",
)


def test_a_rule_is_broken_above_the_share_not_at_it() -> None:
    assert REPORT.broken == [RuleResult("stg_beat_post_log", "likes | unknown", 200, 3)]
    assert REPORT.summary == "1 of 3 rules broken by more than 1.0% of the rows; 5 findings in 200 rows"


def test_the_report_for_people_has_what_is_broken_first() -> None:
    text = as_markdown(REPORT)
    assert text.startswith("# Data quality, 2026-03-01 21:00 UTC\n\n1 of 3 rules broken")
    row = "| stg_beat_post_log | likes / unknown | 200 | 3 | 1.50% |"
    assert text.count(row) == 2
    assert (
        text.index(row)
        < text.index("## All rules")
        < text.index("| stg_beat_asset | no address | 0 | 0 | 0.00% |")
    )


def test_the_report_for_programs_holds_every_rule() -> None:
    document = orjson.loads(as_json(REPORT))
    assert [rule["share"] for rule in document["rules"]] == [0.015, 0.01, 0.0]
    assert [rule["rule"] for rule in document["broken"]] == ["likes | unknown"]
