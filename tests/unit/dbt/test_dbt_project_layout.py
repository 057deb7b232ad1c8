"""What dbt and Airflow would trip over, and what the connection profile promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import DBT_PROJECT, Parse

REPOSITORY = DBT_PROJECT.parent


def _targets() -> dict[str, dict[str, Any]]:
    profiles = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())
    outputs: dict[str, dict[str, Any]] = profiles["upbeat"]["outputs"]
    return outputs


def test_no_module_beside_dbt_is_named_like_a_dbt_plugin() -> None:
    # dbt imports every top-level module called dbt_* on its path; a package in dbt_project would be one.
    found = [p for part in ("dags", "plugins") for p in (REPOSITORY / part).rglob("dbt_*")]
    assert [p for p in found if "__pycache__" not in p.parts] == []
    assert list(DBT_PROJECT.rglob("__init__.py")) == []


def test_both_targets_take_their_connection_from_the_environment() -> None:
    targets = _targets()
    assert set(targets) == {"local", "gcc_warehouse"}
    for name, target in targets.items():
        for field in ("host", "port", "secure", "user", "password"):
            assert f"UPBEAT_CLICKHOUSE_{field.upper()}" in str(target[field]), (name, field)


def test_outer_joins_give_nulls_in_both_targets() -> None:
    for name, target in _targets().items():
        assert target["custom_settings"]["join_use_nulls"] == 1, name


def test_no_variable_of_the_profile_changes_from_run_to_run() -> None:
    # Its value is hashed into the partial parse: a variable of Airflow's task context would cost a full parse each run.
    names = set(re.findall(r"env_var\('(\w+)'", (DBT_PROJECT / "profiles.yml").read_text()))
    assert all(name.startswith("UPBEAT_CLICKHOUSE_") for name in names), names


@pytest.fixture(scope="module")
def cluster_manifest(parse: Parse) -> dict[str, Any]:
    """The manifest of a cluster without a Replicated database, with a raw database of its own."""
    return parse(
        "--target",
        "gcc_warehouse",
        UPBEAT_CLICKHOUSE_CLUSTER="gcc",
        UPBEAT_CLICKHOUSE_RAW_DATABASE="raw_7",
        UPBEAT_CLICKHOUSE_COFFEE_DATABASE="coffee_7",
    )


def test_tables_replicate_themselves_on_a_cluster(cluster_manifest: dict[str, Any]) -> None:
    nodes = cluster_manifest["nodes"].values()
    engines = {n["config"]["engine"] for n in nodes if n["resource_type"] == "model"}
    assert engines == {"ReplicatedMergeTree()", "ReplicatedReplacingMergeTree(updated_at)"}


def test_raw_tables_are_read_from_the_database_of_the_environment(cluster_manifest: dict[str, Any]) -> None:
    found = {(s["source_name"], s["schema"]) for s in cluster_manifest["sources"].values()}
    assert found == {("beat", "raw_7"), ("coffee", "coffee_7")}


def test_every_shared_text_is_used(manifest: dict[str, Any]) -> None:
    yml = "".join(p.read_text() for p in (DBT_PROJECT / "models").rglob("*.yml"))
    texts = {d["name"] for d in manifest["docs"].values() if d["package_name"] == "upbeat"}
    assert {name for name in texts if f"doc('{name}')" not in yml} == set()


@pytest.mark.parametrize(
    "plan_file", sorted((REPOSITORY / "include" / "sync").glob("*.yaml")), ids=lambda p: p.stem
)
def test_a_published_mart_has_what_its_sync_plan_names(plan_file: Path, manifest: dict[str, Any]) -> None:
    plan = yaml.safe_load(plan_file.read_text())
    mart = manifest["nodes"][f"model.upbeat.{plan['mart'].removeprefix('mart.')}"]
    types = {name: column["data_type"] for name, column in mart["columns"].items()}
    named = {column["name"]: column.get("nullable", False) for column in plan["columns"]}
    assert named.keys() <= types.keys()
    assert [name for name, nullable in named.items() if not nullable and "Nullable" in types[name]] == []
    exposed = {node for e in manifest["exposures"].values() for node in e["depends_on"]["nodes"]}
    assert mart["unique_id"] in exposed
