"""The operations marts over a world of raw logs, held against a recomputation in plain Python."""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from upbeat.settings import REPOSITORY

from .row_differences import differences
from .world.world import DAY, HOUR, LOGS, NOW, TIMES

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse
    from .world.world import Row

DBT_PROJECT = REPOSITORY / "dbt_project"
NOT_ASKED = {"throttled", "no_credential", "unsupported"}


@pytest.fixture(scope="module")
def tasks(built_warehouse: BuiltWarehouse) -> list[dict[str, Any]]:
    """The ends of tasks that count, with what they tell as JSON."""
    read = {"attempts": list, "failures": dict, "records": dict}
    return [
        {**row, **{name: _read(row[name], kind) for name, kind in read.items()}}
        for row in built_warehouse.world.clean("task_log")
    ]


def _read(text: str | None, kind: type) -> Any:
    try:
        value = json.loads(text or "null")
    except ValueError:
        value = None
    return value if isinstance(value, kind) else kind()


def _percentile(values: list[float], level: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _duration(task: Row) -> float | None:
    if task["picked_at"] is None or task["error_class"] == "Expired":
        return None
    seconds: float = (task["scraped_at"] - task["picked_at"]).total_seconds()
    return seconds


def _window(at: datetime, minutes: int) -> datetime:
    return at.replace(minute=at.minute - at.minute % minutes if minutes < 60 else 0, second=0, microsecond=0)


def test_windows_count_the_tasks_that_ended_in_them(
    built_warehouse: BuiltWarehouse, tasks: list[dict[str, Any]]
) -> None:
    windows: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for task in tasks:
        for minutes in (5, 60):
            windows[task["platform"], task["flow"], minutes, _window(task["scraped_at"], minutes)].append(
                task
            )
    expected = {}
    for key, found in windows.items():
        waits = [(t["picked_at"] - t["created_at"]).total_seconds() for t in found if t["picked_at"]]
        durations = [seconds for t in found if (seconds := _duration(t)) is not None]
        bad = sum(t["status"] in ("FAILED", "TIMEOUT") for t in found)
        expected[key] = {
            "ended": len(found),
            "completed": sum(t["status"] == "COMPLETE" for t in found),
            "expired": sum(t["error_class"] == "Expired" for t in found),
            "failed_share": bad / len(found),
            "retries": sum(t["retry_count"] for t in found),
            "records": sum(sum(t["records"].values()) for t in found),
            "wait_seconds_p50": _percentile(waits, 0.5),
            "wait_seconds_p95": _percentile(waits, 0.95),
            "duration_seconds_p50": _percentile(durations, 0.5),
            "duration_seconds_p95": _percentile(durations, 0.95),
        }
    assert any(row["expired"] for row in expected.values())
    assert max(row["ended"] for row in expected.values()) > 20
    actual = built_warehouse.rows("select * from mart.mart_ops_queue_health")
    assert differences(actual, ("platform", "flow", "window_minutes", "window_start"), expected) == []


def test_sources_are_judged_by_what_they_were_asked(
    built_warehouse: BuiltWarehouse, tasks: list[dict[str, Any]]
) -> None:
    tries: dict[Any, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for task in tasks:
        told = [(a["source"], a["outcome"]) for a in task["attempts"]] or [
            (name, "failed") for name in task["failures"]
        ]
        for source, outcome in told:
            tries[task["platform"], source, task["scraped_at"].date()].append((outcome, task))
    expected = {}
    for key, found in tries.items():
        outcomes = [outcome for outcome, _ in found]
        asked = sum(outcome not in NOT_ASKED for outcome in outcomes)
        not_there = sum(outcome in ("not_found", "private") for outcome in outcomes)
        ok = outcomes.count("ok")
        durations = [
            seconds for outcome, t in found if outcome == "ok" and (seconds := _duration(t)) is not None
        ]
        expected[key] = {
            "tries": len(found),
            "asked": asked,
            "answers": ok,
            "not_there": not_there,
            "errors": sum(outcome in ("malformed", "away", "failed") for outcome in outcomes),
            "success_share": ok / (asked - not_there) if asked > not_there else None,
            "fallbacks": sum(t["source"] not in (None, key[1]) for _, t in found),
            "median_duration_seconds": statistics.median(durations) if durations else None,
        }
    for name in ("not_there", "errors", "fallbacks"):
        assert any(row[name] for row in expected.values()), name
    actual = built_warehouse.rows("select * from mart.mart_ops_source_quality")
    assert differences(actual, ("platform", "source", "date"), expected) == []


def test_relations_are_as_fresh_as_their_newest_row(built_warehouse: BuiltWarehouse) -> None:
    actual = built_warehouse.rows("select * from mart.mart_ops_freshness")
    assert {row["state"] for row in actual} >= {"fresh", "late"}
    for row in actual:
        [told] = built_warehouse.rows(
            f"select count() as row_count, max(ingested_at) as newest from staging.{row['relation']}"
        )
        lag = (NOW - told["newest"]) / HOUR
        state = (
            "fresh"
            if lag <= row["late_after_hours"]
            else "late"
            if lag <= row["stale_after_hours"]
            else "stale"
        )
        assert (row["row_count"], row["newest_ingested_at"], row["state"]) == (
            told["row_count"],
            told["newest"],
            state,
        )
        assert row["lag_hours"] == pytest.approx(lag, abs=1 / 1800)


def test_limits_of_freshness_are_those_of_the_sources(built_warehouse: BuiltWarehouse) -> None:
    staging = DBT_PROJECT / "models" / "staging" / "beat"
    beat = yaml.safe_load((staging / "_beat__sources.yml").read_text())["sources"][0]
    limits = {
        t["name"]: (t.get("config") or {}).get("freshness") or beat["config"]["freshness"]
        for t in beat["tables"]
    }
    for row in built_warehouse.rows(
        "select relation, late_after_hours, stale_after_hours from mart.mart_ops_freshness"
    ):
        sql = (staging / f"{row['relation']}.sql").read_text()
        read = [limits[name] for name in re.findall(r"(?:source\('beat', |told_insights\()'(\w+)'", sql)]
        assert read, row["relation"]
        assert row["late_after_hours"] == min(limit["warn_after"]["count"] for limit in read), row["relation"]
        assert row["stale_after_hours"] == min(limit["error_after"]["count"] for limit in read), row[
            "relation"
        ]


def test_every_model_over_collection_is_watched(built_warehouse: BuiltWarehouse) -> None:
    watched = {
        row["relation"] for row in built_warehouse.rows("select relation from mart.mart_ops_freshness")
    }
    models = {p.stem for p in (DBT_PROJECT / "models" / "staging" / "beat").glob("stg_beat_*.sql")}
    # Read live from Postgres: it has no ingestion that could be late.
    assert models - watched == {"stg_beat_credential_event"}


def test_assets_are_counted_by_their_newest_try(built_warehouse: BuiltWarehouse) -> None:
    newest: dict[Any, Row] = {}
    for row in sorted(built_warehouse.world.clean("asset"), key=lambda r: r["observed_at"]):
        newest[row["platform"], row["subject_kind"], row["subject_id"]] = row
    kinds: dict[Any, list[Row]] = defaultdict(list)
    for (platform, kind, _), row in newest.items():
        kinds[platform, kind].append(row)
    expected = {}
    for key, rows in kinds.items():
        count = Counter(row["status"] for row in rows)
        lately = [row for row in rows if row["observed_at"] > NOW - DAY]
        sizes = {row["object_key"]: row["size_bytes"] for row in rows if row["object_key"]}
        expected[key] = {
            **{status: count[status] for status in ("stored", "gone", "failed", "deleted")},
            "failed_share": count["failed"] / (len(rows) - count["deleted"]),
            "stored_last_day": sum(row["status"] == "stored" for row in lately),
            "failed_last_day": sum(row["status"] == "failed" for row in lately),
            "objects": len(sizes),
            "object_bytes": sum(sizes.values()),
        }
    assert any(row["stored_last_day"] or row["failed_last_day"] for row in expected.values())
    actual = built_warehouse.rows("select * from mart.mart_ops_assets")
    assert differences(actual, ("platform", "subject_kind"), expected) == []


@pytest.mark.parametrize(
    "table", ["profile_log", "post_log", "task_log", "instagram_account", "instagram_post"]
)
def test_dirty_rows_are_counted_where_they_are(table: str, built_warehouse: BuiltWarehouse) -> None:
    # What a later event of the same key replaced is counted until ClickHouse merges it away.
    told, kept = (
        _dirty_events(table, built_warehouse.world[table]),
        _dirty_events(table, built_warehouse.world.final(table)),
    )
    rows = built_warehouse.rows(f"select * from mart.mart_ops_data_quality where raw_table = '{table}'")
    counted = {(row["platform"], row["ingested_on"], row["reason"]): row["events"] for row in rows}
    assert kept
    assert kept.keys() <= counted.keys() <= told.keys()
    assert [key for key in counted if not len(kept.get(key, ())) <= counted[key] <= len(told[key])] == []
    for row in rows:
        dropped = row["reason"] in ("empty_key", "empty_handle") or (
            row["reason"] == "future" and table in LOGS
        )
        assert row["is_left_out"] == dropped


def _dirty_events(table: str, rows: list[Row]) -> dict[Any, set[int]]:
    events: dict[Any, set[int]] = defaultdict(set)
    for row in rows:
        if reason := _dirt(table, row):
            events[row["platform"], row["_ingested_at"].date(), reason].add(row["_event_id"])
    return events


def _dirt(table: str, row: Row) -> str | None:
    keys = {"task_log": ["flow"], "post_log": ["post_id"], "instagram_post": ["post_id", "profile_id"]}.get(
        table, ["profile_id"]
    )
    seen, arrived, slack = row[TIMES.get(table, "observed_at")], row["_ingested_at"], timedelta(hours=4)
    if any(row[name] == "" for name in keys):
        return "empty_key"
    if table == "instagram_account" and not row["handle"].strip():
        return "empty_handle"
    if seen > arrived + slack:
        return "future"
    return "late" if table in LOGS and seen < arrived - slack else None
