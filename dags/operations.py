"""Operational Airflow DAGs: keep queue, events and published tables healthy."""

from datetime import timedelta

from upbeat.operators.dag_definition import Tag, define_dag
from upbeat.operators.queue import CheckFailureRateOperator, QueueReaperOperator
from upbeat.operators.sink import EventsToClickHouseOperator, ListenOperator, OutboxToRabbitMQOperator
from upbeat.settings import get_settings

EVENTS_DRAIN_RUNBOOK = """
Moves what collection wrote to the outbox into ClickHouse, in batches, each event once.

- **Reads** `beat.outbox` in Postgres. **Writes** `beat_replica.*` in ClickHouse. With a RabbitMQ set (`UPBEAT_RABBITMQ_URL`) events go over its
  queues: `relay_outbox` publishes, `drain_events` stores, and `listen` does what other services ask for.
- **Normal duration**: a second or two a task; a run ends when nothing is left or after its time budget, at most six minutes. As services
  (`upbeat relay`, `upbeat sink`, `upbeat listen`) the same programs leave this DAG nothing to do.
- **Look first**: `upbeat events` shows for each kind what waits where, the rates, the ages and the newest reasons; `--watch 2` keeps showing it.
- **ClickHouse away**: batches keep their members and are sent again as they were; nothing to mend by hand.
- **The broker away, or its alarm blocks publishers** (memory or disk): events stay in the outbox, the task fails at the end of its budget and says
  so. Free memory or disk of the broker (`rabbitmqctl status`), nothing else; what waited goes on by itself.
- **The outbox grows**: no relay runs, or a kind waits: `upbeat events` names the reason (no queue takes it: `upbeat events declare`, with a user that
  may). **A queue grows**: no sink reads it (`readers` 0), or inserts are slow: start more sinks, or raise `consumers` and `batch_rows` in
  `include/events/consumers.yaml`.
- **Parked events** (a value that no column takes) stand in `beat.outbox_error`, with a broker in the queue `beat.<kind>.error`, with their reason:
  `upbeat events errors` shows them whole, `upbeat events retry --dry-run` counts, `upbeat events retry` sends them back after the cause is mended.
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
    if get_settings().rabbitmq_dsn() is None:
        EventsToClickHouseOperator(task_id="drain_outbox", time_budget_seconds=240)
    else:
        relayed = OutboxToRabbitMQOperator(task_id="relay_outbox", time_budget_seconds=120)
        relayed >> EventsToClickHouseOperator(task_id="drain_events", time_budget_seconds=240)
        ListenOperator(task_id="listen", time_budget_seconds=240)

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
