"""DAGs of parts that are still to come: the same shape as a sync DAG's, skipped with one line until a flow of theirs is live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upbeat.flows.catalogue import flow_named
from upbeat.flows.later_requests import LaterDag
from upbeat.operators.dag_definition import SCRAPE_POOL, TIER_TAGS, Tag, define_dag
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.operators.scrape import CheckScrapeOperator, ScrapeOperator

RUNBOOK = """
{purpose}

- **Flows** {flows}. `upbeat flows` shows which are live: until one is, every run is skipped, and says so.
- **Reads** what collection wrote to `beat` in Postgres. **Writes** what the flows say, and outbox events.
- **Normal duration**: seconds while skipped; else as the flows' limits allow, within the time budget of half an hour.
- **`check` fails above 5 % failed tasks** and says the numbers; `upbeat queue --failed` lists the reasons.
- **Safe to rerun** at any time: a task is enqueued once per window, claimed under a lease, and finished once.
"""


def live_of(flows: Sequence[str]) -> list[str]:
    """Those of the flows that can be run."""
    return [flow for flow in flows if flow_named(flow).live]


def skip_unless_live(flows: Sequence[str]) -> None:
    """Raises `AirflowSkipException` that names the part when none of the flows can be run."""
    if not live_of(flows):
        parts = ", ".join(sorted({flow_named(flow).part for flow in flows}))
        raise AirflowSkipException(
            f"the part is not installed yet: {parts} (`upbeat flows` shows what is live)"
        )


class EnqueueOfPartOperator(EnqueueStaleOperator):
    """As `EnqueueStaleOperator`, for the flows that are live; skipped when none is."""

    def execute(self, context: Any) -> list[int]:
        skip_unless_live([request.flow for request in self.requests])
        self.requests = tuple(request for request in self.requests if flow_named(request.flow).live)
        return super().execute(context)


class RequirePartOperator(BaseOperator):
    """Lets the tasks after it run once one of the flows is live; until then they are skipped with it."""

    def __init__(self, *, flows: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.flows = tuple(flows)

    def execute(self, context: Any) -> list[str]:
        skip_unless_live(self.flows)
        return live_of(self.flows)


def build_later_dag(entry: LaterDag, category: Tag) -> DAG:
    """Wire one row of a table of `upbeat.flows.later_requests`."""
    dag = define_dag(
        dag_id=entry.dag_id,
        schedule=entry.schedule,
        owner="collection",
        tags=[category, TIER_TAGS[entry.tier]],
        runbook=RUNBOOK.format(purpose=entry.purpose, flows=", ".join(f"`{flow}`" for flow in entry.flows)),
        run_timeout=timedelta(minutes=60),
    )
    with dag:
        enqueue = EnqueueOfPartOperator(task_id="enqueue", requests=entry.requests)
        scrape = ScrapeOperator.partial(
            task_id="scrape",
            flows=entry.flows,
            pool=SCRAPE_POOL,
            map_index_template="worker {{ task.shard }}",
        ).expand(shard=enqueue.output)
        CheckScrapeOperator(task_id="check", summaries=scrape.output)
    return dag
