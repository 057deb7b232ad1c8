"""Instagram sync DAGs, one shape for all: enqueue what is stale → scrape (mapped, own pool) → check."""

from dataclasses import dataclass
from datetime import timedelta

from airflow.sdk import Param

from upbeat.flows.stale import StaleRequest
from upbeat.operators.dag_definition import SCRAPE_POOL, Tag, define_dag
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator
from upbeat.records import Platform


@dataclass(frozen=True)
class SyncDag:
    """One row of the table below."""

    dag_id: str
    schedule: str
    request: StaleRequest
    purpose: str
    tier: Tag


SYNC_DAGS = [
    SyncDag(
        dag_id="ig_profiles_tracked",
        schedule="0 * * * *",
        request=StaleRequest(
            platform=Platform.INSTAGRAM,
            flow="profile_by_handle",
            kind="profiles",
            tiers=("tracked", "campaign", "leaderboard"),
            freshness=timedelta(minutes=55),
        ),
        purpose="Collects the profiles of tracked creators: followers, following, media count and what describes them.",
        tier=Tag.TIER_1,
    ),
    SyncDag(
        dag_id="ig_posts_recent",
        schedule="20 * * * *",
        request=StaleRequest(
            platform=Platform.INSTAGRAM,
            flow="posts_by_handle",
            kind="posts",
            tiers=("tracked", "campaign", "leaderboard"),
            freshness=timedelta(minutes=55),
        ),
        purpose="Collects the newest posts of tracked creators with their likes, comments and plays.",
        tier=Tag.TIER_2,
    ),
]

RUNBOOK = """
{purpose}

- **Reads** `beat.tracked_profile` (`upbeat track add HANDLE`). **Writes** accounts, posts, logs and outbox events in schema `beat`;
  raw answers go to the archive in S3.
- **By hand** for named creators, stale or not: trigger with `{{"handles": ["natgeo"]}}`.
- **Normal duration**: seconds for a hundred creators, longer when a source's rate limit makes it wait.
- **`check` fails above 5 % failed tasks** and says the numbers; `upbeat queue --failed` lists the reasons. One source down shows as more
  answers from the next source of the chain, not as failures.
- **Safe to rerun** at any time: a task is enqueued once per window, claimed under a lease, and finished once.
"""


def build_sync_dag(entry: SyncDag) -> None:
    """Wire one row of the table."""
    with define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="collection",
        tags=[Tag.INSTAGRAM, entry.tier],
        runbook=RUNBOOK.format(purpose=entry.purpose),
        run_timeout=timedelta(minutes=60),
        params={
            "handles": Param(
                [],
                type="array",
                items={"type": "string"},
                description="Collect just these handles, stale or not.",
            )
        },
    ):
        enqueue = EnqueueStaleOperator(task_id="enqueue", request=entry.request)
        scrape = ScrapeOperator.partial(
            task_id="scrape",
            flow=f"instagram.{entry.request.flow}",
            pool=SCRAPE_POOL,
            map_index_template="worker {{ task.shard }}",
        ).expand(shard=enqueue.output)
        CheckScrapeOperator(task_id="check", summaries=scrape.output)


for sync_dag in SYNC_DAGS:
    build_sync_dag(sync_dag)
