"""How long does a process take to read all 76 DAGs, on top of importing Airflow?

A process of its own for each figure, as the DAG processor starts them; with and without the DAG files in turn. What is held to the
target is processor time, which other work on the machine does not stretch; on a quiet one it is the time that passes. The first of
each is left out: it reads the packages from disk.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks.rows import Row
from upbeat.settings import REPOSITORY

REPEATS = 5
TARGET_SECONDS = 1.0
_IMPORT = "import time; begun = time.process_time(); from airflow.dag_processing.dagbag import DagBag"
_PARSE = (
    "bag = DagBag(dag_folder='dags'); assert not bag.import_errors, bag.import_errors; dags = len(bag.dags)"
)
_TELL = "print('told', time.process_time() - begun, dags)"


def run(say: Callable[[str], None]) -> list[Row]:
    """Both in turn."""
    whole: list[float] = []
    alone: list[float] = []
    dags = 0
    for repeat in range(REPEATS + 1):
        without, _ = _measure(f"{_IMPORT}; dags = 0; {_TELL}")
        with_dags, dags = _measure(f"{_IMPORT}; {_PARSE}; {_TELL}")
        say(f"repeat {repeat} of {REPEATS}: Airflow {without:.2f} s, with {dags} DAGs {with_dags:.2f} s")
        if repeat:
            whole.append(with_dags)
            alone.append(without)
    on_top = [ours - peer for ours, peer in zip(whole, alone, strict=True)]
    return [
        Row(
            what=f"reading {dags} DAGs, on top of Airflow",
            unit="CPU s",
            ours=on_top,
            peer=[],
            peer_name="",
            target=TARGET_SECONDS,
            lower_is_better=True,
        ),
        Row(
            what=f"importing Airflow and reading {dags} DAGs",
            unit="CPU s",
            ours=whole,
            peer=alone,
            peer_name="importing Airflow",
            lower_is_better=True,
        ),
    ]


def _measure(script: str) -> tuple[float, int]:
    """Seconds of processor time, and the number of DAGs that the process tells, among what Airflow prints."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    told = next(line for line in done.stdout.splitlines() if line.startswith("told "))
    _, seconds, dags = told.split()
    return float(seconds), int(dags)
