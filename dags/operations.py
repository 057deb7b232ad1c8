"""Operational Airflow DAGs: keep queue, events and published tables healthy."""

from datetime import timedelta

from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.queue import CheckFailureRateOperator, QueueReaperOperator
from upbeat.operators.sink import OutboxToClickHouseOperator

EVENTS_DRAIN_RUNBOOK = """
Moves what collection wrote to the outbox into ClickHouse, in batches, each event once.

- **Reads** `beat.outbox` in Postgres. **Writes** `beat_replica.*` in ClickHouse.
- **Normal duration**: a second or two; the run ends when the outbox is empty or after four minutes.
- **ClickHouse away**: the batch stays claimed in `beat.outbox_batch` and is sent again as it was; nothing to mend by hand.
- **Parked events** (a value that no column takes) stand in `beat.outbox_error` with their reason: `upbeat events` lists them,
  `upbeat events retry` sends them back after the cause is mended.
"""

QUEUE_REAPER_RUNBOOK = """
Keeps the queue moving when no worker does: tasks of lost workers go back, waiting tasks whose time has come become claimable,
tasks that were not run before they expired end.

- **Reads and writes** `beat.scrape_request_log`, `beat.task_ready`, `beat.task_lease` in Postgres.
- **Normal duration**: a second. Workers do the same for their own flows, so that there is mostly nothing left to do.
- **Many tasks rescued** (the log says how many): workers were killed; `upbeat work` logs their ends, often it is memory.
- **Many tasks expired**: more is enqueued than workers and limits allow: `upbeat queue`, `upbeat limits`.
"""
FAILURE_RATE_ALERT_RUNBOOK = """
Fails, and alerts, when more than 5 % of the tasks that ended within the last hour failed.

- **Reads** `beat.scrape_request_log` in Postgres. **Writes** nothing.
- **Normal duration**: a second.
- **It failed**: `upbeat queue --failed` lists the tasks with their reasons. Mostly one source changed its answers (mend the parser, `upbeat
  replay`) or its credentials are refused (`upbeat credentials list`).
- **Figures**: `UPBEAT_TASK_FAILURE_ALERT_SHARE`, `UPBEAT_TASK_FAILURE_ALERT_LEAST`. It goes on failing until the hour is over.
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

with define_dag(
    dag_id="queue_reaper",
    schedule="*/5 * * * *",
    owner="platform",
    tags=[Tag.OPERATIONS, Tag.TIER_2],
    runbook=QUEUE_REAPER_RUNBOOK,
    run_timeout=timedelta(minutes=10),
):
    QueueReaperOperator(task_id="keep_up")

with define_dag(
    dag_id="failure_rate_alert",
    schedule="*/15 * * * *",
    owner="platform",
    tags=[Tag.OPERATIONS, Tag.TIER_1],
    runbook=FAILURE_RATE_ALERT_RUNBOOK,
    run_timeout=timedelta(minutes=10),
):
    CheckFailureRateOperator(task_id="check_failure_rate")
