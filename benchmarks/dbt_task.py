"""How much longer does one dbt task take in Airflow than the same dbt command in a shell?

The whole stack with Airflow, on this machine. `dbt_core` is triggered and its task's time taken as Airflow tells it (the
task's process from its start to its end); in turn `dbt build --selector core` runs in a shell with the environment of `upbeat env`, as a
whole process. The raw tables are empty: all is start, parse and statements. The first of each is left out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.demo.airflow_rest import AirflowRest
from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings

REPEATS = 3
DAG, TASK, SELECTOR = "dbt_core", "dbt_build_core", "core"
MOST_RATIO = 1.3


def run(say: Callable[[str], None]) -> list[Row]:
    """Both in turn."""
    in_airflow: list[float] = []
    in_shell: list[float] = []
    with private_stack([]) as settings:
        airflow = AirflowRest(settings)
        airflow.wait_for_dags({DAG})
        airflow.unpause(DAG)
        for repeat in range(REPEATS + 1):
            task, shell = _in_airflow(airflow), _in_shell(settings)
            say(f"repeat {repeat} of {REPEATS}: Airflow {task:.2f} s, shell {shell:.2f} s")
            if repeat:
                in_airflow.append(task)
                in_shell.append(shell)
    ratios = [task / median(in_shell) for task in in_airflow]
    return [
        Row(
            what="dbt task in Airflow, times the shell",
            unit="×",
            ours=ratios,
            peer=[],
            peer_name="",
            target=MOST_RATIO,
            lower_is_better=True,
        ),
        Row(
            what=f"dbt build --selector {SELECTOR}",
            unit="s",
            ours=in_airflow,
            peer=in_shell,
            peer_name="in a shell",
            lower_is_better=True,
        ),
    ]


def _in_airflow(airflow: AirflowRest) -> float:
    run_id = airflow.trigger(DAG)
    airflow.follow(DAG, run_id, lambda states: None)
    return airflow.task_seconds(DAG, run_id)[TASK]


def _in_shell(settings: Settings) -> float:
    begun = time.monotonic()
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--selector", SELECTOR],
        cwd=REPOSITORY / "dbt_project",
        env={**os.environ, **process_environment(settings)},
        capture_output=True,
        check=True,
    )
    return time.monotonic() - begun
