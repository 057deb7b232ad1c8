"""The dbt tasks of the DAGs build what their selectors say on a fresh database, without parsing the project anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from upbeat.embedded.environment import process_environment
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectStore

# None waits for another on a fresh database: one that reads what others build goes first, one that the others read last.
# What the rest reads and builds is seen in tests/unit/dbt/test_selectors.py.
SCHEDULES = ("hourly", "collections", "core")
DATABASES = ("staging", "mart", "snapshot")


def fresh(client: Client) -> None:
    """Forget what dbt made."""
    for database in DATABASES:
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")


@pytest.mark.timeout(1800)
def test_dbt_tasks_build_and_document_a_fresh_warehouse_with_the_parse_that_is_there(
    settings: Settings,
) -> None:
    environment = {**os.environ, **process_environment(settings)}
    client = clickhouse.client(settings)
    client.command(
        f"INSERT INTO {settings.clickhouse_raw_database}.instagram_account "
        "(platform, profile_id, handle, source, observed_at, _event_id) VALUES ('INSTAGRAM', '1', 'natgeo', 'lama', now64(6), 1)"
    )

    def run(*command: str | Path, folder: Path = REPOSITORY) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=1500
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout + done.stderr

    try:
        fresh(client)
        run(Path(sys.executable).with_name("dbt"), "parse", folder=REPOSITORY / "dbt_project")
        script = Path(__file__).with_name("dbt_tasks.py")
        tasks = [f"dbt_build_{schedule}" for schedule in SCHEDULES]
        tasks += ["source_freshness", "publish_documentation"]
        told = run(sys.executable, script, *tasks)
        assert "Unable to do partial parsing" not in told
        assert [line for line in told.splitlines() if line.startswith("done ")] == [
            f"done {task}" for task in tasks
        ]
        # `hourly` finds nothing and is built once, with what it reads; `collections` finds some of it; `core` reads nothing else.
        assert told.count("this schedule is built together with all that it reads") == 1
        assert told.count("those that this schedule reads are built first") == 1
        handles = client.query("SELECT handle FROM mart.mart_instagram_account").result_rows
        assert handles == [("natgeo",)]
    finally:
        fresh(client)
        client.close()
    store = ObjectStore(settings, settings.s3_operations_bucket)
    pages = {key.rpartition("/")[2]: store.get(key) for key in store.keys("dbt-docs/")}
    assert set(pages) == {"catalog.json", "manifest.json", "index.html"}
    assert b"mart_instagram_account" in pages["manifest.json"]
