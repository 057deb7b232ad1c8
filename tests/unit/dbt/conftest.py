"""A manifest of the project as `dbt parse` makes it, without a database and without the developer's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DBT_PROJECT = Path(__file__).parents[3] / "dbt_project"


def parse_into(target: Path) -> None:
    """Run `dbt parse` with this target folder and every variable at its default."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UPBEAT_", "DBT_", "AIRFLOW"))}
    command = [str(Path(sys.executable).with_name("dbt")), "parse"]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--target-path", str(target), "--log-path", str(target)]
    done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def parsed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target folder of a parse with every variable at its default: dbt that runs in it parses nothing anew."""
    target = tmp_path_factory.mktemp("dbt")
    parse_into(target)
    return target


@pytest.fixture(scope="session")
def manifest(parsed_folder: Path) -> dict[str, Any]:
    """The manifest with every variable at its default."""
    found: dict[str, Any] = json.loads((parsed_folder / "manifest.json").read_text())
    return found
