"""Builds the publishing DAGs, one shape for all: the three steps for each plan, side by side."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, TaskGroup

from upbeat.operators.assets_of_marts import mart_asset, published_asset
from upbeat.operators.dag_definition import FIRST_IN_LINE, TIER_TAGS, Tag, define_dag
from upbeat.operators.sync import ClickHouseToS3Operator, S3ToStagingOperator, StagingToPostgresOperator
from upbeat.sync.publishing import PublishingDag

RUNBOOK = """
{purpose}

Each plan (`include/sync/<plan>.yaml`) is exported, loaded, verified and published by itself: one that is refused leaves its table as
it was and holds no other one up.

- **Reads** the marts of {plans}. **Writes** a staged file each in S3 (kept for inspection) and tables in schema `app` of Postgres.
- **Runs** by its cron, and when `{follows}` is ready. By its cron it skips a plan whose mart was published as it is within the last half hour;
  a run by hand skips none.
- **Normal duration**: seconds a table; a minute for millions of rows.
- **Refused** (an empty mart, many rows gone, a repeated key, something that hangs on the table): the task names it, the published table
  stays. `upbeat sync {plan} --dry-run` says the same without writing. Mend the mart, then clear the plan's tasks from `export_to_s3` on.
- **Swap gives up** when a long reader holds the table: it says which; clear `load_to_postgres` of the plan, its staged file is still there.
- **Back to the version before**: `upbeat sync rollback {plan}`.
"""


def build_publishing_dag(entry: PublishingDag) -> DAG:
    """Wire one row of `upbeat.sync.publishing`."""
    followed = mart_asset(f"mart_{entry.follows}")
    dag = define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="analytics",
        tags=[Tag.PUBLISHING, TIER_TAGS[entry.tier]],
        runbook=RUNBOOK.format(
            purpose=entry.purpose,
            plans=", ".join(f"`{plan}`" for plan in entry.plans),
            plan=entry.plans[0] if len(entry.plans) == 1 else "PLAN",
            follows=followed.name,
        ),
        run_timeout=timedelta(minutes=60),
        max_active_tasks=2,
        follows=[followed],
        defaults=FIRST_IN_LINE if entry.first_in_line else None,
    )
    with dag:
        for plan in entry.plans:
            if len(entry.plans) == 1:
                publish(plan, skip_just_published=entry.dated_by_build)
            else:
                with TaskGroup(group_id=plan):
                    publish(plan, skip_just_published=entry.dated_by_build)
    return dag


def publish(plan: str, *, skip_just_published: bool) -> None:
    """The three steps of one plan; the last one tells that its table is published."""
    export = ClickHouseToS3Operator(
        task_id="export_to_s3", plan=plan, skip_just_published=skip_just_published
    )
    download = S3ToStagingOperator(task_id="download_from_s3", plan=plan, staged=export.output)
    StagingToPostgresOperator(
        task_id="load_to_postgres", plan=plan, staged=download.output, outlets=[published_asset(plan)]
    )
