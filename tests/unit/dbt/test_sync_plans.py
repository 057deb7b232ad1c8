"""Every sync plan fits its mart as dbt knows it: columns, types, nulls, the tested key, an exposure, a DAG."""

from __future__ import annotations

import re
from typing import Any

import pytest

from upbeat.sync.copy_binary import SourceType, binary_select
from upbeat.sync.plan import Plan, load_plans
from upbeat.sync.publishing import PUBLISHING

PLANS = load_plans()
# Types of a mart's column that a published type holds without loss.
HOLDS = {
    "text": r"String|Enum8\(.*\)",
    "smallint": r"U?Int8|Int16",
    "integer": r"U?Int(8|16)|Int32",
    "bigint": r"U?Int(8|16|32|64)",
    "double precision": r"Float(32|64)",
    "boolean": "Bool",
    "date": "Date(32)?",
    "timestamptz": r"DateTime(64\([0-6].*\))?(\(.*\))?",
    "text[]": r"Array\(String\)",
    "date[]": r"Array\(Date(32)?\)",
}


def mart_of(manifest: dict[str, Any], plan: Plan) -> dict[str, Any]:
    database, _, name = plan.mart.partition(".")
    node: dict[str, Any] = manifest["nodes"][f"model.upbeat.{name}"]
    assert node["schema"] == database
    return node


def fits(published: str, source: SourceType) -> bool:
    if found := re.fullmatch(r"numeric\((\d+), (\d+)\)", published):
        return source.name == f"Decimal({found[1]}, {found[2]})"
    return re.fullmatch(HOLDS[published], source.name) is not None


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_plan_publishes_columns_of_its_mart_with_fitting_types_and_nulls(
    manifest: dict[str, Any], plan: Plan
) -> None:
    declared = {name: column["data_type"] for name, column in mart_of(manifest, plan)["columns"].items()}
    for column in plan.columns:
        if column.source:
            continue
        assert column.name in declared, f"{plan.name}: {column.name} is no column of {plan.mart}"
        source = SourceType.parse(declared[column.name])
        assert column.nullable or not source.nullable, f"{plan.name}: {column.name} may be null"
        assert fits(column.type, source), (
            f"{plan.name}: {column.name} {declared[column.name]} as {column.type}"
        )
    if plan.freshness:
        assert not SourceType.parse(declared[plan.freshness]).nullable


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_the_key_of_a_plan_is_the_tested_key_of_its_mart(manifest: dict[str, Any], plan: Plan) -> None:
    uid = mart_of(manifest, plan)["unique_id"]
    keys = [
        node["test_metadata"]["kwargs"].get("columns")
        or node["test_metadata"]["kwargs"]["arguments"]["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("attached_node") == uid
        and (node.get("test_metadata") or {}).get("name") == "unique_combination"
    ]
    assert set(plan.key) in [set(key) for key in keys]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_plan_travels_in_the_fast_format(manifest: dict[str, Any], plan: Plan) -> None:
    declared = {name: column["data_type"] for name, column in mart_of(manifest, plan)["columns"].items()}
    select = binary_select(plan, {column.name: declared[column.name] for column in plan.columns})
    assert isinstance(select, str), f"{plan.name} would travel as text for {select}"


def test_every_published_table_is_an_exposure_of_its_mart_and_no_exposure_lacks_its_plan(
    manifest: dict[str, Any],
) -> None:
    exposed = {
        name: node["depends_on"]["nodes"]
        for node in manifest["exposures"].values()
        if (name := node["name"]).startswith("app_")
    }
    assert exposed == {f"app_{plan.table}": [f"model.upbeat.{plan.mart.partition('.')[2]}"] for plan in PLANS}


def test_a_mart_that_a_cron_may_skip_is_dated_by_every_build(manifest: dict[str, Any]) -> None:
    dated = {name for entry in PUBLISHING if entry.dated_by_build for name in entry.plans}
    seen = 0
    for plan in PLANS:
        if plan.name in dated and plan.freshness:
            built = mart_of(manifest, plan)["raw_code"]
            assert f"{{{{ current_moment() }}}} as {plan.freshness}" in built, plan.name
            seen += 1
    assert seen > 20
