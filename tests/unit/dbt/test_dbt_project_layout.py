"""What dbt and Airflow would trip over, and what the connection profile promises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from .conftest import DBT_PROJECT

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


@dataclass(frozen=True)
class Compiled:
    """The project as it is compiled for a cluster, and the clause of each model that names the cluster."""

    manifest: dict[str, Any]
    clauses: dict[str, str]
    sql: dict[str, str]


@pytest.fixture(scope="module")
def on_a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Of a cluster with raw and live databases of other names; no target is named, as the DAGs name none."""
    target = tmp_path_factory.mktemp("dbt")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UPBEAT_", "DBT_", "AIRFLOW"))}
    cluster = {
        "UPBEAT_CLICKHOUSE_CLUSTER": "gcc",
        "UPBEAT_CLICKHOUSE_PORT": "9",  # nobody is there
        "UPBEAT_CLICKHOUSE_RAW_DATABASE": "raw_7",
        "UPBEAT_CLICKHOUSE_COFFEE_DATABASE": "coffee_7",
    }
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compile_project.py"), target],
        cwd=DBT_PROJECT, env={**kept, **cluster}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    sql = {path.stem: path.read_text() for path in (target / "compiled").rglob("models/**/*.sql")}
    return Compiled(json.loads((target / "manifest.json").read_text()), json.loads(done.stdout), sql)


def test_on_a_cluster_all_statements_run_on_all_servers_and_all_tables_replicate_themselves(
    on_a_cluster: Compiled,
) -> None:
    models = {
        node["name"]: node["config"]
        for node in on_a_cluster.manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    assert {config["engine"] for config in models.values()} == {
        "ReplicatedMergeTree()", "ReplicatedReplacingMergeTree(updated_at)",
    }  # fmt: skip
    assert on_a_cluster.clauses == dict.fromkeys(models, 'ON CLUSTER "gcc"')
    assert set(on_a_cluster.sql) >= set(models)
    assert not any("beat_replica" in sql for sql in on_a_cluster.sql.values()), (
        "raw tables are those of raw_7"
    )


@pytest.mark.parametrize(
    ("target", "engine"),
    [
        ({}, "MergeTree()"),
        ({"cluster": "gcc"}, "ReplicatedMergeTree()"),
        (
            {"cluster": "gcc", "database_engine": "Replicated('/db', '{shard}', '{replica}')"},
            "ReplicatedMergeTree()",
        ),
    ],
)
def test_rows_are_replicated_by_the_tables_whatever_replicates_their_definitions(
    target: dict[str, str], engine: str
) -> None:
    macro = jinja2.Template((DBT_PROJECT / "macros" / "engine.sql").read_text()).make_module(
        {"target": target}
    )
    assert macro.replicated("MergeTree()").strip() == engine  # type: ignore[attr-defined]


def test_raw_tables_are_read_from_the_database_of_the_environment(on_a_cluster: Compiled) -> None:
    found = {(s["source_name"], s["schema"]) for s in on_a_cluster.manifest["sources"].values()}
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
