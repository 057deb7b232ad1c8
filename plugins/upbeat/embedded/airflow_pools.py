"""Airflow's pools by its own command: for a release, whose step of migrations runs before any API server does."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from upbeat.embedded.airflow_database import POOLS
from upbeat.embedded.part import StackError


def import_pools(environment: Mapping[str, str]) -> None:
    """Create the pools, or set them back to the size in the code.

    Args:
        environment: the whole environment of the command; Airflow's database is in it.

    Raises:
        StackError: Airflow refuses them: its last words.
    """
    pools = {
        name: {"slots": slots, "description": description, "include_deferred": False}
        for name, (slots, description) in POOLS.items()
    }
    with tempfile.TemporaryDirectory(prefix="upbeat-pools-") as folder:
        file = Path(folder) / "pools.json"
        file.write_text(json.dumps(pools), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "pools", "import", str(file)],
            env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise StackError(
            f"`airflow pools import` failed: {' '.join((done.stderr or done.stdout).split())[-400:]}"
        )
