"""Moves events: from the outbox to RabbitMQ, from there or from the outbox to ClickHouse; does what other services ask for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator

from upbeat.operators.connections import (
    CLICKHOUSE_CONN_ID,
    POSTGRES_CONN_ID,
    RABBITMQ_CONN_ID,
    settings_from_connections,
)
from upbeat.settings import Settings


class _EventsOperator(BaseOperator):
    """What the movements below share.

    Args:
        time_budget_seconds: longest run; what is left waits for the next one.
    """

    def __init__(
        self,
        *,
        time_budget_seconds: float = 240,
        postgres_conn_id: str = POSTGRES_CONN_ID,
        clickhouse_conn_id: str = CLICKHOUSE_CONN_ID,
        rabbitmq_conn_id: str = RABBITMQ_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.time_budget_seconds = time_budget_seconds
        self.postgres_conn_id = postgres_conn_id
        self.clickhouse_conn_id = clickhouse_conn_id
        self.rabbitmq_conn_id = rabbitmq_conn_id

    def _settings(self) -> Settings:
        return settings_from_connections(
            postgres_conn_id=self.postgres_conn_id,
            clickhouse_conn_id=self.clickhouse_conn_id,
            rabbitmq_conn_id=self.rabbitmq_conn_id,
        )


class OutboxToRabbitMQOperator(_EventsOperator):
    """Publishes what the outbox holds until it is empty or the time budget ends; returns how much of what."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.events.relay import relay
        from upbeat.events.stage_observer import observed

        settings = self._settings()
        with observed(settings, "relay") as observer:
            summary = relay(
                settings, time_budget=self.time_budget_seconds, until_empty=True, observer=observer
            )
        self.log.info("%s events published in %s messages", summary.events, summary.messages)
        return asdict(summary)


class EventsToClickHouseOperator(_EventsOperator):
    """Stores what waits in RabbitMQ's queues, or without a broker in the outbox, until nothing is left or the time budget
    ends; returns how much of what."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.events.drain import drain
        from upbeat.events.stage_observer import observed

        settings = self._settings()
        with observed(settings, "sink"):
            summary = drain(settings, time_budget=self.time_budget_seconds, until_empty=True)
        self.log.info("%s events in %s inserts, %s parked", summary.events, summary.batches, summary.parked)
        return asdict(summary)


class ListenOperator(_EventsOperator):
    """Does what waits in the queues of the listeners until nothing is left or the time budget ends; returns how much."""

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.listeners.run import run_listeners

        summary = run_listeners(self._settings(), time_budget=self.time_budget_seconds, until_empty=True)
        self.log.info("messages: %s", summary.by_listener)
        return asdict(summary)
