"""Reports of YouTube Analytics that were never recorded, as the reference shows them, through `upbeat parse`."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.crawlers.command_line_parse import Reading, Refusal, Run, named

CHANNEL_ID, VIDEO_ID = "UCabcdefghijklmnopqrstuv", "a1B2c3D4e5F"

DAY, VIEWS = ("day", "DIMENSION"), ("views", "METRIC")


def report(headers: list[tuple[str, str]], *rows: Any, **more: Any) -> dict[str, Any]:
    columns = [
        {"name": name, "columnType": kind, "dataType": "STRING" if kind == "DIMENSION" else "FLOAT"}
        for name, kind in headers
    ]
    return {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns, "rows": list(rows), **more}


REPORTS = [
    Reading(
        "by day",
        "ytapi",
        "insights",
        report([DAY, VIEWS, ("averageViewPercentage", "METRIC")], ["2026-11-01", 10, 41.5], ["2026-11-02", "7", None]),
        [
            {"type": "insight", "metric": "views", "value": 10.0, "period": "day", "end_time": "2026-11-02T08:00:00+00:00", "subject": "profile", "subject_id": CHANNEL_ID},
            {"metric": "averageViewPercentage", "value": 41.5},
            {"metric": "views", "value": 7.0},
        ],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "about a channel that nothing names",
        "ytapi",
        "insights",
        report([DAY, VIEWS], ["2026-11-01", 10]),
        [{"metric": "views", "value": 10.0, "subject": "profile", "subject_id": ""}],
        ["subject_id"],
    ),
    Reading(
        "by channel of a content owner",
        "ytapi",
        "insights",
        report([("channel", "DIMENSION"), VIEWS], [CHANNEL_ID, 10]),
        [{"subject": "profile", "subject_id": CHANNEL_ID, "value": 10.0, "breakdown": ""}],
    ),
    Reading(
        "top videos",
        "ytapi",
        "insights",
        report([("video", "DIMENSION"), VIEWS], [VIDEO_ID, 10]),
        [{"subject": "post", "subject_id": VIDEO_ID, "value": 10.0}],
    ),
    Reading(
        "by month, device and traffic source",
        "ytapi",
        "insights",
        report([("month", "DIMENSION"), ("deviceType", "DIMENSION"), ("insightTrafficSourceType", "DIMENSION"), VIEWS], ["2026-10", "MOBILE", "YT_SEARCH", 10]),
        [{"period": "month", "end_time": "2026-11-01T07:00:00+00:00", "breakdown": "deviceType_insightTrafficSourceType", "breakdown_value": "MOBILE.YT_SEARCH"}],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "age and gender",
        "ytapi",
        "audience",
        report([("ageGroup", "DIMENSION"), ("gender", "DIMENSION"), ("viewerPercentage", "METRIC")], ["age18-24", "female", 12.5], ["age65-", "male", 1]),
        [{"breakdown": "age_gender", "breakdown_value": "F.18-24", "value": 12.5}, {"breakdown_value": "M.65+"}],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading(
        "columns without a type",
        "ytapi",
        "audience",
        {"columnHeaders": [{"name": "country", "dataType": "STRING"}, {"name": "views", "dataType": "INTEGER"}], "rows": [["IN", 5]]},
        [{"metric": "views", "value": 5.0, "breakdown": "country", "breakdown_value": "IN"}],
        params=(f"profile_id={CHANNEL_ID}",),
    ),
    Reading("no rows", "ytapi", "insights", report([DAY, VIEWS]), []),
    Reading("rows left out", "ytapi", "audience", {"columnHeaders": [{"name": "views", "columnType": "METRIC"}]}, []),
]  # fmt: skip

REFUSED = [
    Refusal("a page of Analytics of the web", "ytapi", "insights", {"kind": "analytics#gaData", "columnHeaders": [{"name": "ga:sessions", "columnType": "METRIC"}], "rows": [["1"]]}, "not a report"),
    Refusal("rows that are none", "ytapi", "insights", report([DAY, VIEWS]) | {"rows": {"a": 1}}, "rows"),
    Refusal("only broken rows", "ytapi", "insights", report([DAY, VIEWS], ["2026-11-01"], 5), "none of 2 rows"),
]  # fmt: skip


@pytest.mark.parametrize("case", named(REPORTS))
def test_a_body_of_its_kind_is_read(case: Reading, parse_command: Run) -> None:
    parse_command(case)


@pytest.mark.parametrize("case", named(REFUSED))
def test_a_body_that_is_none_is_refused_in_one_line(case: Refusal, parse_command: Run) -> None:
    parse_command(case)
