"""Moves events from the outbox in Postgres to the raw tables in ClickHouse."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import CLICKHOUSE_CONN_ID, POSTGRES_CONN_ID, settings_from_connections


class OutboxToClickHouseOperator(BaseOperator):
    """Drains the outbox until it is empty or the time budget ends; returns how much of what was stored.

    Args:
        time_budget_seconds: longest run; what is left waits for the next one.
    """

    def __init__(
        self,
        *,
        time_budget_seconds: float = 240,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        clickhouse_conn_id: str = CLICKHOUSE_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.time_budget_seconds = time_budget_seconds
        self.postgres_conn_id = postgres_conn_id
        self.clickhouse_conn_id = clickhouse_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.events.drain import drain

        settings = settings_from_connections(
            postgres_conn_id=self.postgres_conn_id, clickhouse_conn_id=self.clickhouse_conn_id
        )
        summary = drain(settings, time_budget=self.time_budget_seconds, until_empty=True)
        self.log.info("%s events in %s inserts, %s parked", summary.events, summary.batches, summary.parked)
        return asdict(summary)
