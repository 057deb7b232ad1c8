"""Operational Airflow DAGs: keep queue, events and published tables healthy."""

from datetime import timedelta

from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.sink import OutboxToClickHouseOperator

EVENTS_DRAIN_RUNBOOK = """
Moves what collection wrote to the outbox into ClickHouse, in batches, each event once.

- **Reads** `beat.outbox` in Postgres. **Writes** `beat_replica.*` in ClickHouse.
- **Normal duration**: a second or two; the run ends when the outbox is empty or after four minutes.
- **ClickHouse away**: the batch stays claimed in `beat.outbox_batch` and is sent again as it was; nothing to mend by hand.
- **Parked events** (a value that no column takes) stand in `beat.outbox_error` with their reason: `upbeat events` lists them,
  `upbeat events retry` sends them back after the cause is mended.
"""

with define_dag(
    dag_id="events_drain",
    schedule="* * * * *",
    owner="platform",
    tags=[Tag.OPERATIONS, Tag.TIER_1],
    runbook=EVENTS_DRAIN_RUNBOOK,
    run_timeout=timedelta(minutes=10),
):
    OutboxToClickHouseOperator(task_id="drain_outbox", time_budget_seconds=240)
