"""Puts stale creators, or those named in the run's parameters, on the queue."""

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
    from upbeat.flows.stale import StaleRequest


class EnqueueStaleOperator(BaseOperator):
    """Adds one task per creator that is due, and returns the shards that scrape tasks are mapped over.

    Args:
        request: what counts as due, and for which flow.
        handles: templated; a list of handles to collect whether stale or not. Empty means the stale ones.
        tasks_per_shard: queue tasks that one mapped scrape task should get.
        most_shards: upper bound of mapped scrape tasks.
    """

    template_fields: Sequence[str] = ("handles",)

    def __init__(
        self,
        *,
        request: StaleRequest,
        handles: Any = "{{ params.handles }}",
        tasks_per_shard: int = 500,
        most_shards: int = 4,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.request = request
        self.handles = handles
        self.tasks_per_shard = tasks_per_shard
        self.most_shards = most_shards
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> list[int]:
        from upbeat.flows.stale import enqueue_handles, enqueue_stale
        from upbeat.stores.postgres import transaction

        now = datetime.now(UTC)
        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        with transaction(settings, application=f"airflow:{self.dag_id}.{self.task_id}") as connection:
            if self.handles:
                run = str(context["run_id"])
                try:
                    added = enqueue_handles(connection, self.request, self.handles, request_name=run, now=now)
                except InputError as error:
                    raise AirflowFailException(str(error)) from error  # a second try would read the same
            else:
                added = enqueue_stale(connection, self.request, now)
        self.log.info("%s tasks added to the queue for flow %s", added, self.request.flow)
        # One shard at least: tasks that an earlier run left, or that were enqueued by hand, are worked off too.
        return list(range(min(self.most_shards, max(1, math.ceil(added / self.tasks_per_shard)))))
