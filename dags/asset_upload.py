"""Asset upload Airflow DAGs: pictures and films to S3 before their addresses expire. The table stands in `upbeat.flows.sync_requests`."""

from datetime import timedelta

from airflow.sdk import Param

from upbeat.flows.sync_requests import ASSET_DAGS
from upbeat.operators.assets import AssetRetentionOperator
from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.sync_dags import build_sync_dag

RETENTION_RUNBOOK = """
Deletes assets that nobody has used for `UPBEAT_ASSET_RETENTION_DAYS`, and the objects in S3 that no asset names any more.

- **Reads** `beat.asset`, `beat.asset_object`, and when profiles, posts and stories were last observed. **Deletes from** both and from the bucket of
  assets. **Writes** an outbox event for each asset that is gone (`status` `deleted`).
- **Normal duration**: seconds; a minute for ten thousand objects. A run that is stopped goes on where it was.
- **Look first**: trigger with `{"dry_run": true}`, or `upbeat assets prune`: counts only.
- **A picture is wanted back**: it is fetched anew when its profile or post is collected again.
- **S3 away**: the task fails and says so; no row says of an object that it is there when it is not. Run it again.
"""

for entry in ASSET_DAGS:
    build_sync_dag(entry, Tag.ASSETS)

with define_dag(
    dag_id="assets_retention",
    schedule="0 7 * * 0",
    owner="collection",
    tags=[Tag.ASSETS, Tag.TIER_3],
    runbook=RETENTION_RUNBOOK,
    run_timeout=timedelta(minutes=60),
    params={"dry_run": Param(False, type="boolean", description="Only count.")},
):
    AssetRetentionOperator(task_id="delete_unused", dry_run="{{ params.dry_run }}")
