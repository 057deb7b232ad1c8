"""Every DAG keeps the project's rules: the test reads the DAG files as Airflow does."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from croniter import croniter
from tests.unit.dags import catalogue_of_dags as catalogue
from tests.unit.dbt.test_selectors import COMPLETE

from upbeat.operators.assets_of_marts import READY_AFTER, ready_after
from upbeat.operators.dag_definition import DBT_POOL, SCRAPE_POOL, TIERS, Tag
from upbeat.settings import Settings
from upbeat.sync.plan import load_plans
from upbeat.sync.publishing import PUBLISHING

REPOSITORY = Path(__file__).parents[3]
CATEGORY_TAGS = {
    "orchestrate_dbt": {Tag.DBT},
    "instagram_sync": {Tag.INSTAGRAM},
    "youtube_sync": {Tag.YOUTUBE},
    "collection_sync": {Tag.COLLECTION, Tag.PUBLISHING},
    "operations": {Tag.OPERATIONS},
    "asset_upload": {Tag.ASSETS},
    "utilities": {Tag.UTILITIES},
}
PERIODS = {
    catalogue.MINUTE: timedelta(minutes=1),
    catalogue.FIVE: timedelta(minutes=5),
    catalogue.QUARTER: timedelta(minutes=15),
    catalogue.HALF: timedelta(minutes=30),
    catalogue.HOUR: timedelta(hours=1),
    catalogue.THREE_HOURS: timedelta(hours=3),
    catalogue.SIX_HOURS: timedelta(hours=6),
    catalogue.DAY: timedelta(days=1),
    catalogue.WEEK: timedelta(days=7),
}

LONG_RUNS = {"enrich_creators": timedelta(hours=27)}
"""It waits, deferred, for a provider that may take 24 hours."""


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    bag = DagBag(dag_folder=str(REPOSITORY / "dags"))
    assert bag.import_errors == {}
    return dict(bag.dags)


def cron_of(dag: DAG) -> str | None:
    """Its cron expression; None for one that is triggered by hand."""
    timetable: Any = dag.timetable
    if isinstance(timetable, AssetOrTimeSchedule):
        timetable = timetable.timetable
    return timetable.expression if isinstance(timetable, CronTriggerTimetable) else None


def gaps(cron: str) -> set[timedelta]:
    """The times between runs, over some weeks."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    runs = takewhile(lambda run: run < first + timedelta(weeks=5), croniter(cron, first, ret_type=datetime))
    return {after - before for before, after in pairwise(islice(runs, 500))}


def dag_ids(module: str) -> set[str]:
    return {dag_id for dag_id, (of, _) in catalogue.DAGS.items() if of == module}


def test_the_catalogue_has_76_dags_in_seven_categories() -> None:
    sizes = {module: size for module, (size, _) in catalogue.CATEGORIES.items()}
    assert Counter(module for module, _ in catalogue.DAGS.values()) == sizes
    assert (len(catalogue.DAGS), len(sizes)) == (76, 7)
    often = Counter(schedule for _, schedule in catalogue.DAGS.values())
    assert (often[catalogue.HOUR], often[catalogue.THREE_HOURS]) == (12, 8)


@pytest.mark.parametrize("module", catalogue.CATEGORIES)
def test_every_dag_of_a_category_loads_from_its_file_and_says_which_it_is(
    module: str, dags: dict[str, DAG]
) -> None:
    loaded = {dag_id: dag for dag_id, dag in dags.items() if Path(dag.fileloc).stem == module}
    assert set(loaded) == dag_ids(module)
    for dag_id, dag in loaded.items():
        assert set(dag.tags) & set(Tag) - TIERS <= CATEGORY_TAGS[module], dag_id
        assert set(dag.tags) & CATEGORY_TAGS[module], dag_id


def runs_as(schedule: str, cron: str | None) -> bool:
    """Whether a cron expression keeps to a schedule of the catalogue."""
    if schedule == catalogue.BY_HAND or cron is None:
        return schedule == catalogue.BY_HAND and cron is None
    return gaps(cron) == {PERIODS[schedule]} if schedule in PERIODS else cron == schedule


def test_every_dag_runs_when_the_catalogue_says(dags: dict[str, DAG]) -> None:
    crons = {dag_id: cron_of(dag) for dag_id, dag in dags.items()}
    wrong = {
        dag_id: (catalogue.DAGS[dag_id][1], cron)
        for dag_id, cron in crons.items()
        if not runs_as(catalogue.DAGS[dag_id][1], cron)
    }
    assert wrong == {}


def test_the_page_of_all_dags_is_that_of_the_dag_files(dags: dict[str, DAG]) -> None:
    made = runpy.run_path(str(REPOSITORY / "include" / "make" / "dags_page.py"))["page"](dags)
    assert (REPOSITORY / "docs" / "dags.md").read_text(encoding="utf-8") == made, (
        "write it anew: .venv/bin/python include/make/dags_page.py > docs/dags.md"
    )


def test_every_dag_can_be_kept_by_the_scheduler(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        DagSerialization.from_dict(DagSerialization.to_dict(dag))


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


def test_a_run_of_enrichment_outlasts_the_longest_wait_for_its_batches(dags: dict[str, DAG]) -> None:
    (bound,) = (
        limit.le for limit in Settings.model_fields["llm_batch_wait_hours"].metadata if hasattr(limit, "le")
    )
    assert dags["enrich_creators"].dagrun_timeout > timedelta(hours=bound)


def test_every_run_has_a_time_limit_and_every_task_one_retry_after_five_minutes(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        assert dag.dagrun_timeout is not None, dag_id
        assert dag.dagrun_timeout <= LONG_RUNS.get(dag_id, timedelta(hours=3)), dag_id
        for task in dag.tasks:
            assert (task.retries, task.retry_delay) == (1, timedelta(minutes=5)), f"{dag_id}.{task.task_id}"


def test_dbt_dags_run_one_task_at_a_time_in_the_dbt_pool(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        if str(Tag.DBT) in dag.tags:
            assert dag.max_active_tasks == 1, dag_id
            assert {task.pool for task in dag.tasks} == {DBT_POOL}, dag_id
    assert dags["dbt_core"].dagrun_timeout == timedelta(minutes=60)


def test_a_schedule_of_dbt_is_one_task_with_one_selector_of_the_project(dags: dict[str, DAG]) -> None:
    selectors = {
        selector["name"]
        for selector in yaml.safe_load((REPOSITORY / "dbt_project" / "selectors.yml").read_text())[
            "selectors"
        ]
    }
    project = yaml.safe_load((REPOSITORY / "dbt_project" / "dbt_project.yml").read_text())
    built = {}
    for dag_id in dag_ids("orchestrate_dbt") - {"dbt_docs_freshness"}:
        (task,) = dags[dag_id].tasks
        assert task.selector in selectors, dag_id
        assert not task.select, dag_id
        assert not task.exclude, dag_id
        assert task.indirect_selection == project["flags"]["indirect_selection"], dag_id
        built[dag_id] = task.selector
    assert len(set(built.values())) == len(built)


def test_a_dbt_dag_first_builds_what_it_reads_unless_its_selector_is_complete(dags: dict[str, DAG]) -> None:
    tasks = [dags[dag_id].tasks[0] for dag_id in dag_ids("orchestrate_dbt") - {"dbt_docs_freshness"}]
    reads = {task.selector: task.reads for task in tasks}
    assert {selector for selector, read in reads.items() if not read} == set(COMPLETE)
    by_tag = set(reads) - set(COMPLETE) - {"daily", "snapshots"}
    assert {selector: reads[selector] for selector in by_tag} == {name: f"+tag:{name}" for name in by_tag}
    assert (reads["daily"], reads["snapshots"]) == ("+path:models", "+resource_type:snapshot")


def test_dbt_tasks_keep_to_what_the_partial_parse_was_made_with(dags: dict[str, DAG]) -> None:
    for dag_id in dag_ids("orchestrate_dbt"):
        for task in dags[dag_id].tasks:
            assert task.partial_parse is True, dag_id
            assert (task.target, task.profile, task.vars) == (None, None, {}), dag_id


def test_the_products_collections_are_staged_before_their_marts_are_built(dags: dict[str, DAG]) -> None:
    def priority(dag_id: str) -> int:
        (task,) = dags[dag_id].tasks
        return int(task.priority_weight)

    assert priority("dbt_core") > priority("dbt_staging_collections") > priority("dbt_collections")
    assert priority("dbt_collections") > priority("dbt_hourly") > priority("dbt_daily")


def test_what_brings_a_count_to_the_leaderboard_goes_before_all_other_tasks(dags: dict[str, DAG]) -> None:
    first = {"events_drain", "sync_leaderboard_prod"}
    weights = [int(task.priority_weight) for dag_id in first for task in dags[dag_id].tasks]
    others = [
        int(task.priority_weight) for dag_id in dags if dag_id not in first for task in dags[dag_id].tasks
    ]

    assert min(weights) > max(others)
    assert max(others) == int(dags["dbt_core"].tasks[0].priority_weight)


def test_a_mart_that_is_ready_to_be_published_is_told_by_its_dbt_dag(dags: dict[str, DAG]) -> None:
    for dag_id in READY_AFTER:
        (task,) = dags[dag_id].tasks
        assert task.outlets == ready_after(dag_id) != []


def followed(dag: DAG) -> set[str]:
    """Names of the assets that start a run."""
    timetable: Any = dag.timetable
    if not isinstance(timetable, AssetOrTimeSchedule):
        return set()
    return {asset.name for asset in timetable.asset_condition.objects}


def test_an_asset_that_a_dag_follows_is_told_by_another_one_and_what_is_told_of_marts_is_followed(
    dags: dict[str, DAG],
) -> None:
    told = {asset.name for dag in dags.values() for task in dag.tasks for asset in task.outlets}
    heard = {name for dag in dags.values() for name in followed(dag)}
    assert heard == {name for name in told if name.startswith("mart.")} != set()


def test_a_publishing_dag_follows_a_mart_that_it_publishes_beside_its_cron(dags: dict[str, DAG]) -> None:
    marts = {plan.name: plan.mart for plan in load_plans()}
    for entry in PUBLISHING:
        dag = dags[entry.dag_id]
        assert followed(dag) == {marts[entry.follows]}, entry.dag_id
        assert entry.follows in entry.plans, entry.dag_id
        assert cron_of(dag) == entry.schedule, entry.dag_id
        exports = [task for task in dag.tasks if task.task_id.endswith("export_to_s3")]
        assert {task.skip_just_published for task in exports} == {entry.dated_by_build}, entry.dag_id


def test_the_leaderboard_is_published_after_each_build_of_what_the_product_cannot_do_without(
    dags: dict[str, DAG],
) -> None:
    (build,) = dags["dbt_core"].tasks
    assert {asset.name for asset in build.outlets} == followed(dags["sync_leaderboard_prod"])
    assert cron_of(dags["dbt_core"]) == "*/15 * * * *"


def test_every_plan_is_published_by_one_dag_whose_last_task_tells_of_the_table(dags: dict[str, DAG]) -> None:
    loads = [
        task for dag in dags.values() for task in dag.tasks if task.task_type == "StagingToPostgresOperator"
    ]
    assert sorted(task.plan for task in loads) == sorted(plan.name for plan in load_plans())
    tables = {plan.name: plan.table for plan in load_plans()}
    for task in loads:
        assert [asset.name for asset in task.outlets] == [f"app.{tables[task.plan]}"]
        assert not task.downstream_task_ids
        (download,) = task.upstream_list
        (export,) = download.upstream_list
        assert {task.plan, download.plan, export.plan} == {task.plan}
        assert not export.upstream_task_ids, "a plan that is refused holds no other one up"


def test_unpausing_a_dag_does_not_start_a_run(dags: dict[str, DAG]) -> None:
    for dag_id, dag in dags.items():
        assert dag.start_date is None, dag_id
        timetable: Any = dag.timetable
        if isinstance(timetable, AssetOrTimeSchedule):
            timetable = timetable.timetable
        if isinstance(timetable, CronTriggerTimetable):
            assert timetable.run_immediately == timedelta(0), dag_id
        else:
            assert catalogue.DAGS[dag_id][1] == catalogue.BY_HAND
            continue
        kept: Any = DagSerialization.from_dict(DagSerialization.to_dict(dag))
        asked = datetime.now(UTC)
        first = kept.timetable.next_dagrun_info(
            last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
        )
        assert first.run_after > asked, dag_id


@pytest.mark.parametrize("module", ["instagram_sync", "youtube_sync", "collection_sync"])
def test_sync_dags_enqueue_then_scrape_then_check(module: str, dags: dict[str, DAG]) -> None:
    scraping = [name for name in dag_ids(module) & set(dags) if not name.startswith("sync_")]
    assert scraping
    for dag_id in scraping:
        tasks = dags[dag_id].tasks
        begin = [task.task_id for task in tasks if not task.upstream_task_ids]
        end = [task.task_id for task in tasks if not task.downstream_task_ids]
        assert all(name.startswith("enqueue") for name in begin), (dag_id, begin)
        assert all(name.startswith("check") for name in end), (dag_id, end)
        scrapes = [task for task in tasks if task.task_id.startswith("scrape")]
        assert scrapes, dag_id
        for task in scrapes:
            assert task.is_mapped, dag_id
            assert task.pool == SCRAPE_POOL, dag_id
            assert task.partial_kwargs["map_index_template"], dag_id


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
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=240, check=True,
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
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr[-2000:]


def test_no_module_of_ours_has_a_name_that_dbt_imports_by_itself() -> None:
    for folder in ("dags", "plugins"):
        assert [path.name for path in (REPOSITORY / folder).glob("dbt_*")] == []
    assert not (REPOSITORY / "dbt_project" / "__init__.py").exists()
