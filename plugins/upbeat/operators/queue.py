"""Looks after the queue from Airflow: the alert over failed tasks, and the upkeep that workers do too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from upbeat.operators.connections import POSTGRES_CONN_ID, settings_from_connections


class CheckFailureRateOperator(BaseOperator):
    """Fails when too many of the tasks that ended within the last hour failed, and says the numbers either way.

    The figures are the settings `task_failure_alert_share` and `task_failure_alert_least`.
    """

    def __init__(self, *, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        from upbeat.queue.status import failure_rate

        rate = failure_rate(settings_from_connections(postgres_conn_id=self.postgres_conn_id))
        if rate.alerts:
            # A second try five minutes later would only tell the same later.
            raise AirflowFailException(f"{rate}: `upbeat queue --failed` lists them with their reasons")
        self.log.info("%s", rate)
        return asdict(rate)


class QueueReaperOperator(BaseOperator):
    """Returns the tasks of lost workers, makes waiting tasks claimable whose time has come, ends expired ones, and counts what lost
    workers may have paid a language model; returns the counts.
    """

    def __init__(self, *, postgres_conn_id: str = POSTGRES_CONN_ID, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.postgres_conn_id = postgres_conn_id

    def execute(self, context: Any) -> dict[str, Any]:
        import asyncio

        from upbeat.enrichment.ledger import mark_lost_calls
        from upbeat.flows import FLOWS
        from upbeat.queue.upkeep import keep_up

        flows = [(flow.platform, flow.name) for flow in FLOWS.values()]
        settings = settings_from_connections(postgres_conn_id=self.postgres_conn_id)
        upkept = asyncio.run(keep_up(settings, flows))
        self.log.info("%s rescued, %s promoted, %s expired", upkept.rescued, upkept.promoted, upkept.expired)
        if lost := asyncio.run(mark_lost_calls(settings)):
            self.log.warning("%s calls of lost workers to a language model count as spent", lost)
        return {**asdict(upkept), "lost_calls": lost}
