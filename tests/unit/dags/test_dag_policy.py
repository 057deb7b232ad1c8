"""Every DAG keeps the project's rules: the test reads the DAG files as Airflow does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, CronTriggerTimetable

from upbeat.operators.dag_definition import DBT_POOL, TIERS, Tag

REPOSITORY = Path(__file__).parents[3]
EXPECTED = {
    "dbt_core", "events_drain", "failure_rate_alert", "ig_posts_recent", "ig_profiles_tracked", "queue_reaper",
    "sync_leaderboard_prod",
}  # fmt: skip


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    bag = DagBag(dag_folder=str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_every_dag_of_the_catalogue_that_is_live_loads(dags: dict[str, DAG]) -> None:
    assert set(dags) == EXPECTED


def test_every_dag_has_an_owner_a_runbook_and_one_tier(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        assert {task.owner for task in dag.tasks} <= {"airflow", "analytics", "collection", "platform"}, (
            dag_id
        )
        assert "**Normal duration**" in (dag.doc_md or ""), dag_id
        assert len(set(dag.tags) & {str(tier) for tier in TIERS}) == 1, dag_id
        assert set(dag.tags) <= {str(tag) for tag in Tag}, dag_id


def test_no_dag_backfills_or_overlaps_itself(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        assert dag.catchup is False, dag_id
        assert dag.max_active_runs == 1, dag_id
        assert dag.is_paused_upon_creation is True, dag_id


def test_every_run_has_a_time_limit_and_every_task_one_retry_after_five_minutes(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        assert dag.dagrun_timeout is not None, dag_id
        assert dag.dagrun_timeout <= timedelta(hours=3), dag_id
        for task in dag.tasks:
            assert (task.retries, task.retry_delay) == (1, timedelta(minutes=5)), f"{dag_id}.{task.task_id}"


def test_dbt_dags_run_one_task_at_a_time_in_the_dbt_pool(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        if str(Tag.DBT) in dag.tags:
            assert dag.max_active_tasks == 1, dag_id
            assert {task.pool for task in dag.tasks} == {DBT_POOL}, dag_id
    assert dags["dbt_core"].dagrun_timeout == timedelta(minutes=60)


def test_dbt_tasks_keep_to_what_the_partial_parse_was_made_with(dags: dict[str, DAG]) -> None:
    for task in dags["dbt_core"].tasks:
        assert task.partial_parse is True
        assert (task.target, task.profile, task.vars) == (None, None, {})


def test_unpausing_a_dag_does_not_start_a_run(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        timetable = dag.timetable
        assert isinstance(timetable, CronTriggerTimetable), dag_id
        assert timetable.run_immediately == timedelta(0), dag_id
        assert dag.start_date is None, dag_id


def test_a_failed_run_is_told_to_slack_where_a_webhook_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from upbeat.operators import dag_definition
    from upbeat.settings import Settings

    monkeypatch.setattr(
        dag_definition, "get_settings", lambda: Settings(slack_webhook_url="https://hooks.invalid/x")
    )
    (callback,) = dag_definition.failure_callbacks()
    assert callback.slack_webhook_conn_id == "upbeat_slack"
    monkeypatch.setattr(dag_definition, "get_settings", lambda: Settings(slack_webhook_url=None))
    assert dag_definition.failure_callbacks() == []


def test_schedules_are_those_of_the_catalogue(dags: dict[str, DAG]) -> None:
    assert {dag_id: dag.timetable.expression for dag_id, dag in dags.items()} == {
        "dbt_core": "*/15 * * * *",
        "events_drain": "* * * * *",
        "failure_rate_alert": "*/15 * * * *",
        "ig_posts_recent": "20 * * * *",
        "ig_profiles_tracked": "0 * * * *",
        "queue_reaper": "*/5 * * * *",
        "sync_leaderboard_prod": "0 20 * * *",
    }


def test_the_leaderboard_sync_has_the_three_steps_of_the_specification(dags: dict[str, DAG]) -> None:
    dag = dags["sync_leaderboard_prod"]
    assert dag.get_task("export_to_s3").downstream_task_ids == {"download_from_s3"}
    assert dag.get_task("download_from_s3").downstream_task_ids == {"load_to_postgres"}


def test_without_a_broker_one_task_drains_the_outbox(dags: dict[str, DAG]) -> None:
    assert [task.task_id for task in dags["events_drain"].tasks] == ["drain_outbox"]


def test_with_a_broker_events_are_relayed_and_then_drained_and_listeners_run_beside() -> None:
    script = """
import json
from airflow.dag_processing.dagbag import DagBag
dag = DagBag(dag_folder="dags/operations.py").dags["events_drain"]
print(json.dumps({task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks}))
"""
    environment = {**os.environ, "UPBEAT_RABBITMQ_URL": "amqp://user:password@127.0.0.1:1/%2F"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "relay_outbox": [],
        "drain_events": ["relay_outbox"],
        "listen": [],
    }


def test_reading_the_dag_files_loads_no_heavy_client_and_opens_no_connection() -> None:
    script = """
import socket, sys
def refuse(*_):
    raise AssertionError("a DAG file opened a connection")
import airflow.sdk
socket.socket.connect = refuse
import importlib.util, pathlib
for path in sorted(pathlib.Path("dags").glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
heavy = {"dbt", "dbt.cli.main", "clickhouse_connect", "boto3", "openai", "pika", "chdb", "pandas", "uvloop"} & set(sys.modules)
assert not heavy, heavy
"""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_no_module_of_ours_has_a_name_that_dbt_imports_by_itself() -> None:
    for folder in ("dags", "plugins"):
        assert [path.name for path in (REPOSITORY / folder).glob("dbt_*")] == []
    assert not (REPOSITORY / "dbt_project" / "__init__.py").exists()
