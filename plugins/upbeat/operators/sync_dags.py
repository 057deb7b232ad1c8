"""Builds the sync DAGs, one shape for all: enqueue what is due → scrape (mapped, own pool) → check."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from upbeat.flows.sync_dag import SyncDag
from upbeat.operators.dag_definition import SCRAPE_POOL, TIER_TAGS, Tag, define_dag
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator

RUNBOOK = """
{purpose}

- **Reads** {reads}. **Writes** {writes}, and outbox events{archive}.
- **Due now**: `upbeat due {dag_id}` says how many, and adds nothing.
- **By hand** for named subjects, due or not: trigger with `{{"{by_hand}": [{example}]}}`; `upbeat flows {flow}` tells what is taken.
- **Normal duration**: {duration}.
- **`check` fails above 5 % failed tasks** and says the numbers; `upbeat queue --failed` lists the reasons.
- **Look at**: {look}
- **Safe to rerun** at any time: a task is enqueued once per window, claimed under a lease, and finished once.
"""
_EXAMPLES = {
    "handles": '"natgeo"',
    "user_ids": '"787132"',
    "post_ids": '"2421224614649404224"',
    "shortcodes": '"CGZ6vV1nBtA"',
    "story_ids": '"2421224614649404225"',
    "hashtags": '"diwali"',
    "queries": '"green tea"',
    "channel_ids": '"UCpVm7bg6pXKo1Pr6k5kxG9A"',
    "video_ids": '"dQw4w9WgXcQ"',
    "regions": '"IN"',
    "shops": '"acme-tea"',
    "tasks": '{"handle": "natgeo", …}',
}


def build_sync_dag(entry: SyncDag, category: Tag) -> DAG:
    """Wire one row of a table of `upbeat.flows.sync_requests`."""
    dag = define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="collection",
        tags=[category, TIER_TAGS[entry.tier]],
        runbook=runbook(entry),
        run_timeout=timedelta(minutes=60),
        params={entry.by_hand: _by_hand_param(entry.by_hand)},
    )
    with dag:
        enqueue = EnqueueStaleOperator(
            task_id="enqueue",
            requests=entry.requests,
            named=f"{{{{ params.{entry.by_hand} }}}}",
            named_requests=entry.named_requests(),
        )
        scrape = ScrapeOperator.partial(
            task_id="scrape",
            flows=entry.flows,
            pool=SCRAPE_POOL,
            map_index_template="worker {{ task.shard }}",
        ).expand(shard=enqueue.output)
        CheckScrapeOperator(task_id="check", summaries=scrape.output)
    return dag


def runbook(entry: SyncDag) -> str:
    """The text that the UI shows: what is the DAG's own, and what holds for all of them."""
    return RUNBOOK.format(
        purpose=entry.purpose,
        reads=entry.reads,
        writes=", ".join(f"`{table}`" for table in entry.writes),
        archive="; raw answers go to the archive in S3" if entry.asks_sources else "",
        dag_id=entry.dag_id,
        by_hand=entry.by_hand,
        example=_EXAMPLES[entry.by_hand],
        flow=entry.requests[0].flow,
        duration=entry.duration,
        look=entry.look,
    )


def _by_hand_param(name: str) -> Param:
    whole = name == "tasks"
    return Param(
        [],
        type="array",
        items={"type": "object" if whole else "string"},
        description=f"Ask for just these {name}, due or not{'; each states all parameters of the flow' if whole else ''}.",
    )
