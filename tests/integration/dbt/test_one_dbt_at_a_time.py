"""Two dbt processes over one warehouse: the second waits, says for whom, and goes on when the first one is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse
from upbeat.stores.postgres import connect

PROJECT = """
name: lock_test
version: "1.0"
config-version: 2
profile: upbeat
models: {lock_test: {+schema: lock_test}}
"""
SLOW = "{{ config(materialized='table') }}\nselect sleepEachRow(1) as slept from numbers(600) settings max_block_size = 1"
QUICK = "{{ config(materialized='table') }}\nselect 1 as one"
LOCKS = "SELECT count(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
LOCKS += "(SELECT oid FROM pg_database WHERE datname = current_database())"
PATIENCE = 150


class Shell:
    """Starts dbt commands on a small project of this test's own; ends all of them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        profiles = {"DBT_PROFILES_DIR": str(REPOSITORY / "dbt_project")}
        self._environment = process_environment(settings) | profiles
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []

    def dbt(self, *arguments: str, **environment: str) -> tuple[subprocess.Popen[bytes], Callable[[], str]]:
        """The process, and a function that reads what it has printed."""
        number = len(self._processes)
        output = self._folder / f"{number}.txt"
        own = {"DBT_TARGET_PATH": f"target{number}", "DBT_LOG_PATH": f"log{number}"}
        with output.open("wb") as file:
            process = subprocess.Popen(
                [Path(sys.executable).with_name("dbt"), "--no-use-colors", *arguments],
                cwd=self._folder,
                env={**self._environment, **own, "PYTHONUNBUFFERED": "1", **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process, lambda: output.read_text(errors="replace")

    def close(self) -> None:
        """Kill what is left."""
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def shell(settings: Settings, tmp_path: Path) -> Iterator[Shell]:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "models" / "slow.sql").write_text(SLOW)
    (tmp_path / "models" / "quick.sql").write_text(QUICK)
    opened = Shell(settings, tmp_path)
    yield opened
    opened.close()
    client = clickhouse.client(settings)
    client.command("DROP DATABASE IF EXISTS mart_lock_test SYNC")
    client.close()


def locks(settings: Settings) -> int:
    with connect(settings, autocommit=True) as connection:
        row = connection.execute(LOCKS.encode()).fetchone()
    return int(row["held"]) if row else 0


def until(true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.mark.timeout(400)
def test_a_second_dbt_waits_for_the_first_and_goes_on_when_that_is_killed(
    shell: Shell, settings: Settings
) -> None:
    first, printed_by_first = shell.dbt("run", "--select", "slow", AIRFLOW_CTX_DAG_ID="dbt_core")

    def held() -> int:
        assert first.poll() is None, printed_by_first()
        return locks(settings)

    until(held, "the first dbt takes the lock")
    second, printed = shell.dbt("run", "--select", "quick")
    refused, refusal = shell.dbt("test", "--select", "quick", UPBEAT_DBT_LOCK_WAIT_SECONDS="0")
    listed, _ = shell.dbt("ls", "--resource-type", "model")
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/none"
    alone, told = shell.dbt("run", "--select", "quick", UPBEAT_POSTGRES_URL=nowhere)

    who = f"[dbt run, process {first.pid}, DAG dbt_core]"
    assert refused.wait(PATIENCE) != 0, refusal()
    assert f"after 0 s still locked by {who}" in refusal()
    assert listed.wait(PATIENCE) == 0, "a command that only reads does not wait"
    assert alone.wait(PATIENCE) == 0, told()
    assert "dbt runs without its lock, and must be the only one: Postgres does not answer" in told()
    assert "secret" not in told()
    until(lambda: f"waiting up to 900 s for {who}" in printed(), "the second dbt says for whom it waits")
    assert second.poll() is None

    first.kill()
    assert second.wait(PATIENCE) == 0, printed()
    until(lambda: not locks(settings), "the lock is free when the second dbt is gone")
