"""Utility Airflow DAGs: enrichment and authenticity of creators, and what a person starts by hand with parameters."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from upbeat.flows.on_demand import on_demand_flows
from upbeat.flows.sync_requests import SCORE_FOLLOWERS
from upbeat.operators.dag_definition import SCRAPE_POOL, Tag, define_dag
from upbeat.operators.enrichment_dag import build_enrichment_dag
from upbeat.operators.on_demand import EnqueueOnDemandOperator, ImportHistoryOperator, ReplayRawOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator
from upbeat.operators.sync_dags import build_sync_dag

BACKFILL_RUNBOOK = """
Imports follower figures from before the first collection, out of an old export; see docs/how-to/import-history.md.

- **By hand**: `airflow dags trigger backfill_history --conf '{"file": "s3://exports/old_export_dec_2022.csv"}'`; `handles` takes some
  creators only, `track` collects them from now on, `dry_run` only says what would be imported.
- **Reads** the file: in S3, or in `UPBEAT_AIRFLOW_IMPORT_FOLDER` of the machine that runs the task. **Writes** `beat.imported_observation`, `beat.profile_log` and outbox events.
- **Normal duration**: a minute for a hundred thousand lines. The same file again changes nothing.
- **Lines that cannot be used** are in the log with their reasons; the others are imported.
"""

REPLAY_RUNBOOK = """
Parses archived raw answers anew with today's parsers; no request goes out; see docs/how-to/replay-raw-payloads.md.

- **By hand**: `airflow dags trigger replay_raw --conf '{"flows": ["instagram.profile_by_handle"], "since": "7d"}'`. It only says what would
  change, until `"dry_run": false` stands there, too.
- **Reads** the archive in S3. **Writes** `beat.*` and outbox events.
- **Normal duration**: minutes for a day of answers. Safe to repeat, and to stop: what was done stays.
"""

REFRESH_RUNBOOK = """
Collects named creators and posts at once, stale or not.

- **By hand**: `airflow dags trigger refresh_on_demand --conf '{"platform": "instagram", "handles": ["natgeo"]}'`; `shortcodes` takes posts, of YouTube
  their video ids.
- **Reads** nothing but its parameters. **Writes** what the flows write to `beat`, and outbox events.
- **Normal duration**: seconds, longer when a source's rate limit makes it wait.
- **`check` fails above 5 % failed tasks**; `upbeat queue --failed` lists the reasons: mostly a handle that nobody bears.
"""

HANDLES = {"type": "string"}


def by_hand(dag_id: str, runbook: str, owner: str, params: dict[str, Param]) -> DAG:
    """A DAG that only a person starts."""
    return define_dag(
        dag_id=dag_id,
        schedule=None,
        owner=owner,
        tags=[Tag.UTILITIES, Tag.TIER_3],
        runbook=runbook,
        run_timeout=timedelta(hours=3),
        params=params,
    )


build_enrichment_dag()
build_sync_dag(SCORE_FOLLOWERS, Tag.UTILITIES)

with by_hand(
    "backfill_history",
    BACKFILL_RUNBOOK,
    "collection",
    {
        "file": Param(
            "", type="string", description="s3://bucket/key, or a file in UPBEAT_AIRFLOW_IMPORT_FOLDER."
        ),
        "handles": Param([], type="array", items=HANDLES, description="Only these creators."),
        "platform": Param("", type="string", description="Whose accounts, where the file does not tell."),
        "observed_on": Param(
            "", type="string", description="Day of the figures, where the file does not tell."
        ),
        "track": Param(False, type="boolean", description="Collect the creators from now on."),
        "dry_run": Param(False, type="boolean", description="Only say what would be imported."),
    },
):
    ImportHistoryOperator(task_id="import_history")

with by_hand(
    "replay_raw",
    REPLAY_RUNBOOK,
    "collection",
    {
        "flows": Param(
            [], type="array", items=HANDLES, description="Patterns, `instagram.*`; empty: all flows."
        ),
        "since": Param("", type="string", description="From this time on: 2026-11-22, 36h, 7d."),
        "task": Param(None, type=["null", "integer"], description="Only what this task heard."),
        "dry_run": Param(True, type="boolean", description="Only say what would change."),
    },
):
    ReplayRawOperator(task_id="replay")

with by_hand(
    "refresh_on_demand",
    REFRESH_RUNBOOK,
    "collection",
    {
        "platform": Param("instagram", type="string", enum=["instagram", "youtube"]),
        "handles": Param([], type="array", items=HANDLES, description="Creators."),
        "shortcodes": Param([], type="array", items=HANDLES, description="Posts; of YouTube video ids."),
    },
):
    enqueue = EnqueueOnDemandOperator(task_id="enqueue")
    scrape = ScrapeOperator.partial(
        task_id="scrape",
        flows=on_demand_flows(),
        pool=SCRAPE_POOL,
        map_index_template="worker {{ task.shard }}",
    ).expand(shard=enqueue.output)
    CheckScrapeOperator(task_id="check", summaries=scrape.output)
