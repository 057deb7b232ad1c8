"""Airflow DAGs that run dbt: one task per selector of `dbt_project/selectors.yml`, one at a time over all DAGs (pool `dbt`)."""

from dataclasses import dataclass
from datetime import timedelta

from upbeat.operators.assets_of_marts import ready_after
from upbeat.operators.build_models import ScheduleBuildOperator
from upbeat.operators.dag_definition import DBT_POOL, DBT_PROJECT, Tag, define_dag
from upbeat.operators.documentation import WarehouseDocumentationOperator
from upbeat.operators.source_freshness import FilledSourcesFreshnessOperator


@dataclass(frozen=True)
class DbtDag:
    """One row of the table below: a selector and when it is built.

    `priority`: who gets the one slot of the pool first when several wait. What others read goes before them; what runs
    often goes before what runs long.

    `reads`: dbt's selection of the models and all that they read, where more frequent schedules build some of it; what of
    it is not there yet is built first. Empty: the selector is complete by itself.
    """

    dag_id: str
    schedule: str
    selector: str
    priority: int
    purpose: str
    duration: str
    tier: Tag
    reads: str = ""
    run_timeout: timedelta = timedelta(minutes=60)


DBT_DAGS = [
    DbtDag(
        dag_id="dbt_recent_scl",
        schedule="*/5 * * * *",
        selector="recent_scl",
        priority=60,
        purpose="Builds the marts of queue and logs: what waits, what failed, how each source answers.",
        duration="seconds",
        tier=Tag.TIER_2,
        run_timeout=timedelta(minutes=30),
    ),
    DbtDag(
        dag_id="post_ranker_partial",
        schedule="*/5 * * * *",
        selector="post_ranker",
        priority=50,
        purpose="Ranks the posts anew of which something was seen since the last run.",
        duration="seconds",
        tier=Tag.TIER_2,
        run_timeout=timedelta(minutes=30),
    ),
    DbtDag(
        dag_id="dbt_core",
        schedule="*/15 * * * *",
        selector="core",
        priority=90,
        purpose="Builds what the product cannot do without: accounts, time series, leaderboard.",
        duration="under a minute for a few hundred creators",
        tier=Tag.TIER_1,
    ),
    DbtDag(
        dag_id="dbt_staging_collections",
        schedule="*/30 * * * *",
        selector="staging_collections",
        priority=80,  # before `dbt_collections`, which reads it
        purpose="Reads the product's campaigns, collections and lists out of Postgres.",
        duration="seconds",
        tier=Tag.TIER_1,
        run_timeout=timedelta(minutes=30),
    ),
    DbtDag(
        dag_id="dbt_collections",
        schedule="*/30 * * * *",
        selector="collections",
        priority=70,
        purpose="Builds the marts of campaigns and collections: posts, creators, reach, cost per result.",
        duration="under a minute",
        tier=Tag.TIER_1,
        reads="+tag:collections",
    ),
    DbtDag(
        dag_id="dbt_hourly",
        schedule="10 * * * *",
        selector="hourly",
        priority=40,
        purpose="Builds the marts of every hour.",
        duration="a minute",
        tier=Tag.TIER_2,
        reads="+tag:hourly",
    ),
    DbtDag(
        dag_id="dbt_three_hourly",
        schedule="25 */3 * * *",
        selector="three_hourly",
        priority=30,
        purpose="Builds the marts of every three hours.",
        duration="a minute",
        tier=Tag.TIER_2,
        reads="+tag:three_hourly",
    ),
    DbtDag(
        dag_id="dbt_daily",
        schedule="0 19 * * *",
        selector="daily",
        priority=20,
        purpose="Builds the whole warehouse from scratch, but for what is incremental and not daily itself, and for weekly marts.",
        duration="minutes",
        tier=Tag.TIER_1,
        reads="+path:models",
        run_timeout=timedelta(hours=3),
    ),
    DbtDag(
        dag_id="dbt_weekly",
        schedule="0 6 */7 * *",  # days 1, 8, 15, 22 and 29 of the month
        selector="weekly",
        priority=10,
        purpose="Builds the marts of every week.",
        duration="minutes",
        tier=Tag.TIER_3,
        reads="+tag:weekly",
        run_timeout=timedelta(hours=3),
    ),
    DbtDag(
        dag_id="dbt_snapshots",
        schedule="30 18 * * *",
        selector="snapshots",
        priority=20,
        purpose="Keeps the state of rows that change slowly, before `dbt_daily` builds what reads it.",
        duration="seconds",
        tier=Tag.TIER_2,
        reads="+resource_type:snapshot",
    ),
]

RUNBOOK = """
{purpose}

- **Runs** `dbt build --selector {selector}`: models and their data tests, in the order of their dependencies.
- **Reads** `beat_replica.*` and `coffee.*` in ClickHouse. **Writes** the databases `staging` and `mart` there.
- **Normal duration**: {duration}. It waits for the pool `dbt` while another dbt DAG runs, and for the lock while somebody runs dbt in a
  shell; the log says who holds it (docs/operations.md, "One dbt at a time").
- **A failed test** names the model in the task's log; the marts before it are already built, those after it are not.
  Look at the rows with the query that dbt prints, mend the source, clear the task: a rerun is always safe.
- **On a fresh database** it builds what its models read, too, and where some are there first what none has built yet; in a shell
  `dbt build --exclude-resource-type unit_test` builds everything at once.
- **"Unable to do partial parsing"** in the log means a slow start, not a failure: run `dbt parse` in `dbt_project/`.
"""

DOCS_RUNBOOK = """
Asks how fresh the raw tables are, by the limits that stand beside them in dbt, and publishes the documentation of the models.

- **Reads** `beat_replica.*` and the catalogue of ClickHouse. **Writes** `dbt-docs/` in the bucket `UPBEAT_S3_OPERATIONS_BUCKET`: `index.html`,
  `manifest.json`, `catalog.json`, to be served as they are.
- **Normal duration**: under a minute.
- **`source_freshness` fails** when a raw table that holds rows is older than its error limit; its log has every table with its age. The
  documentation is made all the same.
  Look at `upbeat events` (does the sink run?), then at `upbeat queue --failed`.
"""

# `target`, `profile` and `vars` are left out on purpose: they are hashed into the partial parse and would defeat it.
DBT_TASK = {
    "project_dir": str(DBT_PROJECT),
    "profiles_dir": str(DBT_PROJECT),
    "partial_parse": True,
    "send_anonymous_usage_stats": False,
    "do_xcom_push": False,
    "pool": DBT_POOL,
}
# As in `dbt_project.yml`, whose flag the operator replaces by dbt's own default.
DATA_TESTS = "buildable"


def build_dbt_dag(entry: DbtDag) -> None:
    """Wire one row of the table."""
    with define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="analytics",
        tags=[Tag.DBT, entry.tier],
        runbook=RUNBOOK.format(purpose=entry.purpose, selector=entry.selector, duration=entry.duration),
        run_timeout=entry.run_timeout,
        max_active_tasks=1,
    ):
        ScheduleBuildOperator(
            task_id=f"dbt_build_{entry.selector}",
            selector=entry.selector,
            reads=entry.reads,
            indirect_selection=DATA_TESTS,
            priority_weight=entry.priority,
            outlets=ready_after(entry.dag_id),
            **DBT_TASK,
        )


for dbt_dag in DBT_DAGS:
    build_dbt_dag(dbt_dag)

with define_dag(
    dag_id="dbt_docs_freshness",
    schedule="0 6 * * *",
    owner="analytics",
    tags=[Tag.DBT, Tag.TIER_3],
    runbook=DOCS_RUNBOOK,
    run_timeout=timedelta(minutes=60),
    max_active_tasks=1,
):
    FilledSourcesFreshnessOperator(task_id="source_freshness", **DBT_TASK)
    WarehouseDocumentationOperator(task_id="publish_documentation", **DBT_TASK)
