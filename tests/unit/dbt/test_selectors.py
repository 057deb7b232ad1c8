"""Together the schedules build every model and run every data test, and none needs what only a less frequent one builds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from upbeat.operations.missing_models import models_of, without_relation
from upbeat.operators.assets_of_marts import READY_AFTER

from .conftest import DBT_PROJECT

# A parse of the whole project stands before the first test.
pytestmark = pytest.mark.timeout(600)

# The most frequent first; those of one line run equally often, in this order.
SCHEDULES = (
    "recent_scl", "post_ranker", "core", "staging_collections", "collections", "hourly", "three_hourly", "daily", "weekly",
)  # fmt: skip
# Complete by themselves: on a fresh database they need no other to have run.
COMPLETE = ("recent_scl", "post_ranker", "core", "staging_collections")


@pytest.fixture(scope="module")
def listed(parsed_folder: Path) -> dict[str, set[str]]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UPBEAT_", "DBT_", "AIRFLOW"))}
    script = Path(__file__).with_name("list_selectors.py")
    done = subprocess.run(
        [sys.executable, script, parsed_folder],
        cwd=DBT_PROJECT, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: set(ids) for name, ids in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def selected(manifest: dict[str, Any], listed: dict[str, set[str]]) -> dict[str, set[str]]:
    """The models and snapshots of each selector, by name."""
    nodes = manifest["nodes"]
    return {
        selector: {nodes[i]["name"] for i in ids if i.startswith(("model.", "snapshot."))}
        for selector, ids in listed.items()
    }


def models_under_test(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The models and snapshots that each data test reads. A test of macros reads none: it runs where the whole project is built."""
    tests = {i: node["depends_on"]["nodes"] for i, node in manifest["nodes"].items() if i.startswith("test.")}
    built = ("model.", "snapshot.")
    read = {i: {on for on in depends_on if on.startswith(built)} for i, depends_on in tests.items()}
    return {i: models for i, models in read.items() if models}


def parents(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The models that each model reads."""
    nodes = manifest["nodes"]
    return {
        node["name"]: {
            nodes[p]["name"] for p in node["depends_on"]["nodes"] if p in nodes and p.startswith("model.")
        }
        for node in nodes.values()
        if node["resource_type"] == "model"
    }


def test_every_model_is_built_by_a_schedule(manifest: dict[str, Any], selected: dict[str, set[str]]) -> None:
    built = set().union(*(selected[schedule] for schedule in SCHEDULES))
    assert set(parents(manifest)) - built == set()


def test_a_tag_of_a_schedule_is_built_by_its_selector(
    manifest: dict[str, Any], selected: dict[str, set[str]]
) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            for schedule in set(node["tags"]) & set(SCHEDULES):
                assert node["name"] in selected[schedule], schedule


def test_what_a_schedule_reads_is_built_by_it_or_by_one_that_runs_as_often(
    manifest: dict[str, Any], selected: dict[str, set[str]]
) -> None:
    read = parents(manifest)
    there: set[str] = set()
    for schedule in SCHEDULES:
        there |= selected[schedule]
        beside = selected[schedule] if schedule in COMPLETE else there
        missing = {name: read[name] - beside for name in selected[schedule] & set(read)}
        assert {name: models for name, models in missing.items() if models} == {}, schedule


def test_what_a_schedule_reads_holds_all_that_it_builds(
    manifest: dict[str, Any], selected: dict[str, set[str]]
) -> None:
    """An empty warehouse is built by `dbt build --select +tag:…` in place of the selector, once."""
    read = parents(manifest)
    tags = {node["name"]: set(node["tags"]) for node in manifest["nodes"].values()}
    for schedule in ("collections", "hourly", "three_hourly", "weekly", "snapshots"):
        held = {name for name in selected[schedule] if schedule in tags[name]}
        ahead = list(held)
        while ahead:
            new = read.get(ahead.pop(), set()) - held
            held |= new
            ahead += new
        assert selected[schedule] <= held, schedule
    assert selected["daily"] <= set(read), "+path:models are all models"


def test_staging_that_is_built_more_often_is_not_built_again(
    manifest: dict[str, Any], selected: dict[str, set[str]]
) -> None:
    tags = {node["name"]: set(node["tags"]) for node in manifest["nodes"].values()}
    for schedule in ("collections", "hourly", "three_hourly", "weekly"):
        before = set().union(*(selected[name] for name in SCHEDULES[: SCHEDULES.index(schedule)]))
        again = {name for name in selected[schedule] & before if schedule not in tags[name]}
        assert again == set(), schedule


def test_what_the_warehouse_may_lack_are_the_models_of_the_project(manifest: dict[str, Any]) -> None:
    # A DAG finds them by their files: it has no manifest.
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert models_of() == {node["name"]: node["schema"] for node in nodes}


def test_a_model_that_another_database_has_is_lacking() -> None:
    models = {"stg_a": "staging", "mart_a": "mart", "mart_b": "mart"}
    assert without_relation(models, [("mart", "mart_a"), ("mart", "stg_a")]) == ["mart_b", "stg_a"]


def test_every_data_test_runs_in_a_schedule(manifest: dict[str, Any], listed: dict[str, set[str]]) -> None:
    run = set().union(*(listed[schedule] for schedule in (*SCHEDULES, "snapshots")))
    assert len(models_under_test(manifest)) > 400
    assert set(models_under_test(manifest)) - run == set()


def test_a_data_test_waits_for_all_that_it_reads(
    manifest: dict[str, Any], listed: dict[str, set[str]]
) -> None:
    tested = models_under_test(manifest)
    there: set[str] = set()
    for schedule in SCHEDULES:
        there |= listed[schedule]
        beside = listed[schedule] if schedule in COMPLETE else there
        missing = {test: tested[test] - beside for test in listed[schedule] & set(tested)}
        assert {test: models for test, models in missing.items() if models} == {}, schedule


def test_a_mart_that_a_dbt_dag_says_is_ready_was_built_by_its_selector(selected: dict[str, set[str]]) -> None:
    for dag_id, marts in READY_AFTER.items():
        assert set(marts) <= selected[dag_id.removeprefix("dbt_")], dag_id
