"""The examples of the two how-tos are true: the mart of the one builds and passes its tests, the plan of the other publishes it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.dbt import manifest_policy

from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.plan import load_plan
from upbeat.sync.verify_published import verify_published

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

MART = "mart_shop_revenue"


def files_of(page: str) -> dict[str, str]:
    """The blocks of a how-to that say in their first line which file they are, by that file's path."""
    text = (REPOSITORY / "docs" / "how-to" / page).read_text(encoding="utf-8")
    return {found[1]: found[2] for found in re.finditer(r"```\w+\n(?:#|--) (\S+/\S+)\n(.*?)```", text, re.S)}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the dbt project to which the how-to's files were added."""
    folder = tmp_path_factory.mktemp("how_to")
    made = shutil.ignore_patterns("target", "logs")
    shutil.copytree(REPOSITORY / "dbt_project", folder / "dbt_project", ignore=made)
    shutil.copy(REPOSITORY / ".sqlfluff", folder)
    for name, text in files_of("add-a-mart.md").items():
        if name.startswith("dbt_project/"):
            (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built_example(
    built_warehouse: BuiltWarehouse,
    session_settings: Settings,
    dbt_target: Path,
    copied: Path,
) -> Iterator[BuiltWarehouse]:
    """The built warehouse with the example's mart."""
    target = shutil.copytree(dbt_target, copied / "target")  # with a parse of all that was there before
    environment = {**os.environ, **process_environment(session_settings)}
    environment |= {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)}
    built_warehouse.rename("built_", "")
    try:
        done = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "build", "--select", MART],
            cwd=copied / "dbt_project", env=environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    finally:
        built_warehouse.rename("", "built_")
    assert done.returncode == 0, done.stdout[-4000:]
    yield built_warehouse
    built_warehouse.drop_mart(MART)


def test_the_mart_of_the_how_to_builds_and_its_recomputation_agrees(built_example: BuiltWarehouse) -> None:
    assert len(built_example.rows(f"SELECT 1 FROM mart.{MART}")) > 1
    names: dict[str, Any] = {"BuiltWarehouse": type(built_example)}
    exec(files_of("add-a-mart.md")["tests/integration/dbt/test_commerce_marts.py"], names)
    (test,) = (value for name, value in names.items() if name.startswith("test_"))
    test(built_example)


def test_the_mart_of_the_how_to_keeps_to_the_policy_and_its_sql_is_clean(
    built_example: BuiltWarehouse, copied: Path
) -> None:
    manifest = json.loads((copied / "target" / "manifest.json").read_text())
    assert f"model.upbeat.{MART}" in manifest["nodes"]
    assert [breach for rule in manifest_policy.RULES for breach in rule(manifest)] == []
    lint = [Path(sys.executable).with_name("sqlfluff"), "lint", f"models/marts/commerce/{MART}.sql"]
    done = subprocess.run(lint, cwd=copied / "dbt_project", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_plan_of_the_how_to_publishes_it(
    built_example: BuiltWarehouse, settings: Settings, tmp_path: Path
) -> None:
    (text,) = files_of("add-a-sync.md").values()
    (tmp_path / "shop_revenue.yaml").write_text(text, encoding="utf-8")
    plan = load_plan("shop_revenue", tmp_path)
    plan = plan.model_copy(update={"mart": f"built_{plan.mart}"})
    ObjectStore(settings, settings.s3_sync_bucket).create_bucket()
    report = load_to_postgres(settings, plan, export_to_s3(settings, plan, "first"))
    assert (report["format"], report["status"]) == ("binary", "published")
    assert verify_published(settings, plan)["status"] == "same"
    with postgres.transaction(settings) as connection:
        wrong = connection.execute(
            "SELECT * FROM app.shop_revenue WHERE net_cents IS DISTINCT FROM trunc(net * 100)"
        )
        assert wrong.fetchall() == []
    assert report["rows"] == len(built_example.rows(f"SELECT 1 FROM mart.{MART}"))
