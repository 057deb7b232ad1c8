"""Parses the dbt project once, so that every dbt task of Airflow finds `partial_parse.msgpack` and need not parse it anew.

dbt hashes the environment of its profile into the parse: it is made with the environment that the tasks will have.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from upbeat.embedded.environment import process_environment
from upbeat.embedded.part import Progress, StackError
from upbeat.embedded.places import Places
from upbeat.embedded.processes import log_tail
from upbeat.settings import REPOSITORY, Settings

DBT_PROJECT = REPOSITORY / "dbt_project"


@contextmanager
def parsing_dbt_project(settings: Settings, where: Places, progress: Progress) -> Iterator[None]:
    """Run `dbt parse` beside what the block does; seconds when little has changed.

    Raises:
        StackError: dbt refuses the project: names the log.
    """
    log = where.log("dbt-parse")
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "UPBEAT_"))}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dbt.cli.main", "parse", "--no-use-colors"],
            cwd=DBT_PROJECT, env={**outside, **process_environment(settings)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield
            if process.wait() != 0:
                raise StackError(f"`dbt parse` failed; its log {log} ends with:\n{log_tail(log)}")
        finally:
            process.kill()
            process.wait()
    progress("dbt", "its project is parsed")
