"""Asset upload Airflow DAGs: pictures and films to S3 before their addresses expire. The table stands in `upbeat.flows.later_requests`."""

from datetime import timedelta

from upbeat.flows.later_requests import ASSET_DAGS, RETENTION_FLOWS
from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.later_parts import RequirePartOperator, build_later_dag

RETENTION_RUNBOOK = """
Deletes assets that nothing refers to any more. The part that keeps assets brings the deletion; until then every run is skipped, and says so.

- **Normal duration**: seconds.
- **Reads and writes** nothing until the part is there: `upbeat flows` shows whether it is.
"""

for entry in ASSET_DAGS:
    build_later_dag(entry, Tag.ASSETS)

with define_dag(
    dag_id="assets_retention",
    schedule="0 7 * * 0",
    owner="collection",
    tags=[Tag.ASSETS, Tag.TIER_3],
    runbook=RETENTION_RUNBOOK,
    run_timeout=timedelta(minutes=60),
):
    RequirePartOperator(task_id="require_part", flows=RETENTION_FLOWS)
