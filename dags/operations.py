"""Operational Airflow DAGs: keep queue, events and published tables healthy."""

from dataclasses import dataclass
from datetime import timedelta

from airflow.sdk import BaseOperator, Param

from upbeat.operators.checks import (
    CredentialValidationOperator,
    DataQualityReportOperator,
    FreshnessCheckOperator,
    VerifyPublishedOperator,
)
from upbeat.operators.dag_definition import FIRST_IN_LINE, Tag, define_dag
from upbeat.operators.queue import CheckFailureRateOperator, QueueReaperOperator
from upbeat.operators.retention import (
    BackupOperator,
    CredentialEventRetentionOperator,
    QueueRetentionOperator,
    StagedFileRetentionOperator,
)
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
tasks that were not run before they expired end, calls to a language model that lost workers left open count as spent.

- **Reads and writes** `beat.scrape_request_log`, `beat.task_ready`, `beat.task_lease`, `beat.llm_call`, `beat.llm_spend` in Postgres.
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


FRESHNESS_RUNBOOK = """
Fails when a raw table of ClickHouse is older than its error limit, and names it with its age.

- **Reads** `beat_replica.*` in ClickHouse; the limits stand in `dbt_project/models/staging/beat/_beat__sources.yml`. **Writes** nothing.
- **Normal duration**: seconds.
- **One table is late**: its DAG does not run, or its tasks fail: `upbeat queue --failed`. **All are**: events do not arrive: `upbeat events`.
- A table that never held a row is left out: nobody collects that yet. What is merely late (the warning limit) is in the log.
"""

CREDENTIAL_RUNBOOK = """
Asks the sources about all credentials, and fails with those that they refuse.

- **Reads** `beat.credential` in Postgres, asks Graph and YouTube. **Writes** what they say beside the credential; secrets go nowhere.
- **Normal duration**: a second a credential. Workers do the same before a credential's first use and once a day; this finds out before they need it.
- **One is refused**: `upbeat credentials list` says why; renew it with its owner (`upbeat credentials add`), then `upbeat credentials validate ID`.
- **A source cannot be asked**: nothing changes, and the task does not fail for it.
"""

RETENTION_RUNBOOK = """
Archives finished tasks in S3 and deletes them, and deletes old staged files and old events of credentials.

- **`archive_and_delete`**: tasks that ended more than `UPBEAT_TASK_RETENTION_DAYS` ago, a bounded range of ids at a time. **Reads and deletes from**
  `beat.scrape_request_log` in Postgres. **Writes** `queue-archive/dt=…/<first id>-<digest>.jsonl.gz` in the bucket of operations.
- **`delete_staged_files`**: what the sync staged in S3 more than `UPBEAT_STAGED_FILE_RETENTION_DAYS` ago, but for the files of the two newest
  published runs of each plan, which a rollback may ask for.
- **`delete_credential_events`**: rows of `beat.credential_event` from more than `UPBEAT_CREDENTIAL_EVENT_RETENTION_DAYS` ago.
- **Normal duration**: seconds; minutes for millions. A run that is stopped goes on where it was: a range is gone once its archive is written.
- **Look first**: trigger with `{"dry_run": true}`, or `upbeat queue prune`, `upbeat sync prune`, `upbeat credentials prune`: counts only.
- **A task is wanted back**: its line in the archive has all of its columns; `upbeat enqueue --file` takes the params.
"""

QUALITY_RUNBOOK = """
Writes the day's report on dirty events, and fails when more than `UPBEAT_DATA_QUALITY_MOST_DIRTY_SHARE` of a raw table's events are dirty for one reason.

- **Reads** `mart.mart_ops_data_quality` and `beat_replica.*` in ClickHouse, since yesterday. **Writes** `data-quality/<day>/report.md` and `report.json` in the bucket of operations.
- **Normal duration**: seconds.
- **It failed**: the error names table, reason and numbers. Mostly a source changed its answers: mend the parser, `upbeat replay --dry-run`, then without it.
"""

VERIFY_RUNBOOK = """
Holds every published table against its mart: row counts, and checksums by key.

- **Reads** `app.*` in Postgres and the marts in ClickHouse. **Writes** nothing.
- **Normal duration**: seconds for a million rows.
- **A table differs** though its mart is what was exported: somebody wrote to it, or a load went wrong. The error names keys. Publish it
  anew: `upbeat sync PLAN`; who may write to schema `app` is the question then.
- **"mart moved on"** is normal: the next publish brings it.
"""

BACKUP_RUNBOOK = """
Dumps Postgres to S3 and keeps the newest `UPBEAT_BACKUPS_KEPT` backups.

- **Reads** the whole database but for the published tables' former versions. **Writes** `backups/<time>/` in the bucket of operations: `dump`
  (of `pg_dump`, custom format) and `manifest.json`, written last. Credentials are in it as encrypted as in the database: keep `UPBEAT_CREDENTIAL_KEY`
  elsewhere.
- **Normal duration**: a minute a gigabyte.
- **Restore**: `upbeat backup restore --database NEW --yes`, see docs/operations.md; try it now and then.
- **"put a newer one on PATH"**: the server is newer than the machine's `pg_dump`.
"""


@dataclass(frozen=True)
class SmallDag:
    """One row of the table below: a DAG of one task."""

    dag_id: str
    schedule: str
    task_id: str
    operator: type[BaseOperator]
    tier: Tag
    runbook: str
    run_timeout: timedelta = timedelta(minutes=10)


SMALL_DAGS = [
    SmallDag("queue_reaper", "*/5 * * * *", "keep_up", QueueReaperOperator, Tag.TIER_2, QUEUE_REAPER_RUNBOOK),
    SmallDag(
        "failure_rate_alert", "*/15 * * * *", "check_failure_rate", CheckFailureRateOperator, Tag.TIER_1,
        FAILURE_RATE_ALERT_RUNBOOK,
    ),
    SmallDag(
        "freshness_check", "*/30 * * * *", "check_freshness", FreshnessCheckOperator, Tag.TIER_1, FRESHNESS_RUNBOOK
    ),
    SmallDag(
        "credential_validation", "40 */6 * * *", "validate", CredentialValidationOperator, Tag.TIER_2,
        CREDENTIAL_RUNBOOK,
        run_timeout=timedelta(minutes=60),
    ),
    # After `dbt_daily`, which builds the mart that it reads.
    SmallDag(
        "data_quality_report", "0 21 * * *", "write_report", DataQualityReportOperator, Tag.TIER_3, QUALITY_RUNBOOK
    ),
    # After the daily publishes.
    SmallDag(
        "published_tables_verify", "0 22 * * *", "verify", VerifyPublishedOperator, Tag.TIER_2, VERIFY_RUNBOOK,
        run_timeout=timedelta(minutes=60),
    ),
    SmallDag(
        "backup_beat", "30 3 * * *", "dump_to_s3", BackupOperator, Tag.TIER_2, BACKUP_RUNBOOK,
        run_timeout=timedelta(hours=3),
    ),
]  # fmt: skip

with define_dag(
    dag_id="events_drain",
    schedule="* * * * *",
    owner="platform",
    tags=[Tag.OPERATIONS, Tag.TIER_1],
    runbook=EVENTS_DRAIN_RUNBOOK,
    run_timeout=timedelta(minutes=10),
):
    if get_settings().rabbitmq_dsn() is None:
        EventsToClickHouseOperator(task_id="drain_outbox", time_budget_seconds=240, **FIRST_IN_LINE)
    else:
        relayed = OutboxToRabbitMQOperator(task_id="relay_outbox", time_budget_seconds=120, **FIRST_IN_LINE)
        relayed >> EventsToClickHouseOperator(
            task_id="drain_events", time_budget_seconds=240, **FIRST_IN_LINE
        )
        ListenOperator(task_id="listen", time_budget_seconds=240)

with define_dag(
    dag_id="queue_retention",
    schedule="15 2 * * *",
    owner="platform",
    tags=[Tag.OPERATIONS, Tag.TIER_3],
    runbook=RETENTION_RUNBOOK,
    run_timeout=timedelta(hours=3),
    params={"dry_run": Param(False, type="boolean", description="Only count.")},
):
    QueueRetentionOperator(task_id="archive_and_delete", dry_run="{{ params.dry_run }}")
    StagedFileRetentionOperator(task_id="delete_staged_files", dry_run="{{ params.dry_run }}")
    CredentialEventRetentionOperator(task_id="delete_credential_events", dry_run="{{ params.dry_run }}")


def build_small_dag(entry: SmallDag) -> None:
    """Wire one row of the table."""
    with define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="platform",
        tags=[Tag.OPERATIONS, entry.tier],
        runbook=entry.runbook,
        run_timeout=entry.run_timeout,
    ):
        entry.operator(task_id=entry.task_id)


for small_dag in SMALL_DAGS:
    build_small_dag(small_dag)
