"""Puts what is due, or what the run's parameters name, on the queue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from upbeat.errors import InputError
from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections

if TYPE_CHECKING:
    import psycopg

    from upbeat.flows.stale import StaleRequest


class EnqueueStaleOperator(BaseOperator):
    """Adds one task per subject that is due, and returns the shards that scrape tasks are mapped over.

    Args:
        requests: what counts as due, and for which flows.
        named: templated; a list of subjects to collect whether due or not. Empty means those that are due.
        named_requests: which of the requests the named subjects go to; default all.
        tasks_per_shard: queue tasks that one mapped scrape task should get.
        most_shards: upper bound of mapped scrape tasks.
    """

    template_fields: Sequence[str] = ("named",)

    def __init__(
        self,
        *,
        requests: Sequence[StaleRequest],
        named: Any = (),
        named_requests: Sequence[StaleRequest] | None = None,
        tasks_per_shard: int = 500,
        most_shards: int = 4,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.requests = tuple(requests)
        self.named = named
        self.named_requests = self.requests if named_requests is None else tuple(named_requests)
        self.tasks_per_shard = tasks_per_shard
        self.most_shards = most_shards
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> list[int]:
        from upbeat.stores.postgres import transaction

        now = datetime.now(UTC)
        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        with transaction(settings, application=f"airflow:{self.dag_id}.{self.task_id}") as connection:
            if self.named:
                added = self._enqueue_named(connection, str(context["run_id"]), now)
            else:
                added = self._enqueue_due(connection, now)
        # One shard at least: tasks that an earlier run left, or that were enqueued by hand, are worked off too.
        return list(range(min(self.most_shards, max(1, math.ceil(added / self.tasks_per_shard)))))

    def _enqueue_due(self, connection: psycopg.Connection[Any], now: datetime) -> int:
        from upbeat.flows.stale import enqueue_stale

        added = 0
        for request in self.requests:
            due = enqueue_stale(connection, request, now)
            added += len(due.tasks)
            self.log.info("%s tasks added to the queue for flow %s", len(due.tasks), request.flow)
            if due.refused:
                self.log.warning("%s left out that no task can be for: %s", len(due.refused), due.refused[0])
        return added

    def _enqueue_named(self, connection: psycopg.Connection[Any], run_id: str, now: datetime) -> int:
        from upbeat.flows.stale import enqueue_named

        added = 0
        for request in self.named_requests:
            try:
                count = enqueue_named(connection, request, self.named, request_name=run_id, now=now)
            except InputError as error:
                raise AirflowFailException(str(error)) from error  # a second try would read the same
            added += count
            self.log.info("%s named tasks added to the queue for flow %s", count, request.flow)
        return added
