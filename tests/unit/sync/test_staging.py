"""Where a run is staged, what the export says, and which staged files are refused before a row is loaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.sync.export import export_statement
from upbeat.sync.file_format import layout
from upbeat.sync.next_table import check_staged
from upbeat.sync.plan import Checks, load_plan
from upbeat.sync.runs import PublishedRun
from upbeat.sync.staged import StagedFile, StagedPlace

PLAN = load_plan("leaderboard")
SETTINGS = Settings(
    s3_access_key_id=SecretStr("AKIAEXAMPLE"),
    s3_secret_access_key=SecretStr("very-secret"),
    s3_endpoint_url="http://127.0.0.1:19000",
    clickhouse_s3_collection="",
)


def staged(rows: int = 100, **changes: Any) -> StagedFile:
    file: dict[str, Any] = {
        "plan": PLAN.name,
        "run_id": "r",
        "bucket": "b",
        "key": "leaderboard/r/data.tsv",
        "format": "text",
        "note": None,
        "columns": [column.name for column in PLAN.columns],
        "rows": rows,
        "bytes": 1,
        "sha256": "",
        "source_updated_at": "2026-11-22 10:00:00+00:00",
        "exported_at": "2026-11-22T10:00:00+00:00",
    }
    return StagedFile(**{**file, **changes})  # type: ignore[typeddict-item]


def published(rows: int) -> PublishedRun:
    return PublishedRun(
        id=1,
        run_id="before",
        rows=rows,
        bytes=1,
        sha256="",
        way="swap",
        published_at="",
        source_updated_at=None,
        started_at="2026-11-22 10:00:00+00",
    )


@given(st.text(max_size=300) | st.sampled_from(["", ".", "..", "../..", "/"]))
def test_a_run_id_of_any_form_gives_a_safe_key_of_its_own_and_always_the_same(run_id: str) -> None:
    place = StagedPlace.of(SETTINGS, PLAN, run_id)
    assert place == StagedPlace.of(SETTINGS, PLAN, run_id)
    key = place.data_key("binary")
    assert key.isascii()
    assert [bool(part.strip(".")) for part in key.split("/")] == [True, True, True]
    assert not set(key) & set(" {}*?%+'\\:#")
    assert StagedPlace.of(SETTINGS, PLAN, run_id + "x") != place
    assert StagedPlace.holding(staged(key=key, bucket=place.bucket)) == place


@pytest.mark.parametrize("collection", ["", "upbeat_s3"])
def test_no_s3_key_stands_in_the_export(collection: str) -> None:
    settings = SETTINGS.model_copy(update={"clickhouse_s3_collection": collection})
    statement = export_statement(settings, StagedPlace.of(settings, PLAN, "r"), layout(PLAN, {}, "text"))
    assert "very-secret" not in statement
    assert "AKIAEXAMPLE" not in statement
    assert "http://127.0.0.1:19000/upbeat-sync/leaderboard/r/data.tsv" in statement
    assert ("`upbeat_s3`" in statement) == bool(collection)
    assert statement.endswith("ORDER BY `platform`, `profile_id`")


@pytest.mark.parametrize(("rows", "before"), [(100, None), (70, 100), (500, 100), (1, 0)])
def test_a_file_that_holds_enough_rows_passes(rows: int, before: int | None) -> None:
    check_staged(PLAN, staged(rows), None if before is None else published(before), accept_drop=False)


@pytest.mark.parametrize(
    ("rows", "before", "problem"),
    [
        (0, None, "0 rows staged, at least 1 are wanted"),
        (0, 100, "0 rows staged, at least 1 are wanted"),
        (69, 100, "31% fewer than the 100 published last"),
    ],
)
def test_a_file_that_lost_too_much_is_refused(rows: int, before: int | None, problem: str) -> None:
    with pytest.raises(VerificationError, match=problem):
        check_staged(PLAN, staged(rows), None if before is None else published(before), accept_drop=False)


def test_an_accepted_drop_still_needs_the_least_rows() -> None:
    check_staged(PLAN, staged(1), published(100), accept_drop=True)
    with pytest.raises(VerificationError, match="at least 1"):
        check_staged(PLAN, staged(0), published(100), accept_drop=True)


def test_a_file_staged_by_an_older_plan_is_refused() -> None:
    with pytest.raises(VerificationError, match="other columns than the plan"):
        check_staged(PLAN, staged(columns=["platform"]), None, accept_drop=False)


@pytest.mark.parametrize(("hours", "passes"), [(1, True), (3, False), (None, False)])
def test_a_mart_that_is_too_old_is_refused(hours: int | None, passes: bool) -> None:
    plan = PLAN.model_copy(update={"checks": Checks(max_age_hours=2)})
    newest = None if hours is None else (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    file = staged(source_updated_at=newest)
    if passes:
        check_staged(plan, file, None, accept_drop=False)
    else:
        with pytest.raises(VerificationError, match="more than 2 h ago"):
            check_staged(plan, file, None, accept_drop=False)
