"""DAGs that run dbt: one task per selector, one at a time over all DAGs (pool `dbt`)."""

from datetime import timedelta

from airflow_dbt_python.operators.dbt import DbtBuildOperator

from upbeat.operators.dag_definition import DBT_POOL, DBT_PROJECT, Tag, define_dag

CORE_RUNBOOK = """
Builds and tests the models tagged `core`: accounts, time series, leaderboard.

- **Reads** `beat_replica.*` in ClickHouse, filled by `events_drain`. **Writes** the databases `staging` and `mart`.
- **Normal duration**: under half a minute for a few hundred creators.
- **A failed test** names the model in the task's log; the marts before it are already built, those after it are not.
  Look at the rows with the query that dbt prints, mend the source, clear the task: a rerun is always safe.
- **"Unable to do partial parsing"** in the log means a slow start, not a failure: run `dbt parse` in `dbt_project/`.
"""

with define_dag(
    dag_id="dbt_core",
    schedule="*/15 * * * *",
    owner="analytics",
    tags=[Tag.DBT, Tag.TIER_1],
    runbook=CORE_RUNBOOK,
    run_timeout=timedelta(minutes=60),
    max_active_tasks=1,
):
    # `target`, `profile` and `vars` are left out on purpose: they are hashed into the partial parse and would defeat it.
    DbtBuildOperator(
        task_id="dbt_build_core",
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        select=["tag:core"],
        # Unit tests hold the SQL to its inputs, not the data: they run in CI.
        exclude=["test_type:unit"],
        partial_parse=True,
        send_anonymous_usage_stats=False,
        do_xcom_push=False,
        pool=DBT_POOL,
    )
