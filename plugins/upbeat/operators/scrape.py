"""Works the queue from Airflow with the same loop as `upbeat work`, and judges the outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections


class ScrapeOperator(BaseOperator):
    """Claims and runs the tasks of some flows until none is left or the time budget ends; returns the counts.

    Args:
        flows: catalogue keys, `instagram.profile_by_handle`.
        shard: which of the mapped tasks this is; the queue itself shares the work out.
        time_budget_seconds: longest run; what is left stays on the queue for the next one.
    """

    template_fields: Sequence[str] = ("shard",)

    def __init__(
        self,
        *,
        flows: Sequence[str],
        shard: int = 0,
        concurrency: int = 16,
        time_budget_seconds: float = 1500,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flows = tuple(flows)
        self.shard = shard
        self.concurrency = concurrency
        self.time_budget_seconds = time_budget_seconds
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.workers.pool import run_workers

        summary = run_workers(
            settings_from_connections(postgres_conn_id=self.postgres_conn_id),
            flows=self.flows,
            processes=1,
            concurrency=self.concurrency,
            until_idle=True,
            time_budget=self.time_budget_seconds,
            on_progress=lambda text: self.log.info("%s", text),
        )
        self.log.info("%s", summary)
        return asdict(summary)


class CheckScrapeOperator(BaseOperator):
    """Fails when more than `most_failed_share` of the tasks failed, and says the numbers either way.

    Args:
        summaries: templated; what the mapped scrape tasks returned.
        most_failed_share: 0.05 is the project's figure: above it somebody should look.
    """

    template_fields: Sequence[str] = ("summaries",)

    def __init__(self, *, summaries: Any, most_failed_share: float = 0.05, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.summaries = summaries
        self.most_failed_share = most_failed_share

    def execute(self, context: Any) -> dict[str, Any]:
        counts = add_counts(self.summaries)
        ended = counts["complete"] + counts["failed"] + counts["timeout"]
        bad = counts["failed"] + counts["timeout"]
        sentence = f"{bad} of {ended} tasks failed ({counts['failed']} failed, {counts['timeout']} timed out)"
        if bad > self.most_failed_share * ended:
            raise AirflowFailException(
                f"{sentence}: above {self.most_failed_share:.0%}. `upbeat queue --failed` lists them with their reasons."
            )
        delayed = counts["throttled"] + counts["retried"]
        self.log.info("%s; runs that a limit or a passing error put off: %s", sentence, delayed)
        return counts


def add_counts(summaries: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Sum the counts of several work summaries."""
    names = ("complete", "failed", "timeout", "retried", "throttled")
    rows = list(summaries)
    return {name: sum(int(row.get(name, 0)) for row in rows) for name in names}
