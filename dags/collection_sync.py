"""Collection sync and publishing Airflow DAGs: marts to the tables in Postgres that the product reads, and what collections follow."""

from datetime import timedelta

from upbeat.flows.sync_requests import COLLECTION_SYNC
from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.sync import ClickHouseToS3Operator, S3ToStagingOperator, StagingToPostgresOperator
from upbeat.operators.sync_dags import build_sync_dag

LEADERBOARD_RUNBOOK = """
Publishes `mart.mart_leaderboard` as `app.leaderboard`, swapped in whole: readers see the old table or the new one.

- **Reads** the mart that `dbt_core` builds. **Writes** a staged file in S3 (kept for inspection) and `app.leaderboard` in Postgres.
- **Normal duration**: seconds for thousands of creators.
- **Refused** when the mart is empty, lost half of its rows against the last good run, or has a repeated key: the task fails, the published
  table stays. Look at the mart, then clear the task from `export_to_s3` on.
- **Swap gives up** when a long reader holds the table: it says which; clear `load_to_postgres` alone, the staged file is still there.
- **Back to the version before**: `upbeat sync rollback leaderboard`.
"""

# 20:00 UTC: an hour after `dbt_daily`.
with define_dag(
    dag_id="sync_leaderboard_prod",
    schedule="0 20 * * *",
    owner="analytics",
    tags=[Tag.PUBLISHING, Tag.TIER_1],
    runbook=LEADERBOARD_RUNBOOK,
    run_timeout=timedelta(minutes=30),
):
    export = ClickHouseToS3Operator(task_id="export_to_s3", plan="leaderboard")
    download = S3ToStagingOperator(task_id="download_from_s3", plan="leaderboard", staged=export.output)
    StagingToPostgresOperator(task_id="load_to_postgres", plan="leaderboard", staged=download.output)


# The table of what is collected stands in `upbeat.flows.sync_requests.collection`.
for entry in COLLECTION_SYNC:
    build_sync_dag(entry, Tag.COLLECTION)
