"""`dbt` as a person types it: a process of its own, timed from outside; the project is parsed before."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings

PROJECT = REPOSITORY / "dbt_project"


class DbtShell:
    """Runs dbt with a target folder of its own.

    Args:
        target: where manifest and partial parse go.
    """

    def __init__(self, settings: Settings, target: Path) -> None:
        self.target = target
        self._environment = {
            **os.environ,
            **process_environment(settings),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
        }

    def run(self, *arguments: str) -> float:
        """Seconds that `dbt ARGUMENTS` took. Raises `RuntimeError` with the end of its output when it fails."""
        command = [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *arguments]
        started = time.perf_counter()
        done = subprocess.run(
            command, cwd=PROJECT, env=self._environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - started
        if done.returncode:
            raise RuntimeError(
                f"dbt {' '.join(arguments)} failed:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
            )
        return seconds
