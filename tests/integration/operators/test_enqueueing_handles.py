"""Handles of a run's parameters reach the queue; unusable ones end the task at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upbeat.flows.stale import StaleRequest
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

REQUEST = StaleRequest(
    platform=Platform.INSTAGRAM,
    flow="profile_by_handle",
    kind="profiles",
    tiers=("tracked",),
    freshness=timedelta(hours=1),
)


@pytest.fixture
def enqueue(connections: None) -> Any:
    """Runs the operator on this test's database, as a task of Airflow would."""

    def run(handles: list[str], run_id: str = "manual__1") -> list[int]:
        operator = EnqueueStaleOperator(
            task_id="enqueue", request=REQUEST, handles=handles, tasks_per_shard=2
        )
        return operator.execute({"run_id": run_id})

    return run


def _queued(settings: Settings) -> list[str]:
    with transaction(settings, application="test") as connection:
        rows = connection.execute(
            "SELECT params ->> 'handle' AS handle FROM beat.scrape_request_log ORDER BY 1"
        )
        return [row["handle"] for row in rows.fetchall()]


def test_handles_are_queued_once_per_run_and_shared_out(settings: Settings, enqueue: Any) -> None:
    assert enqueue(["@NatGeo", "nike", "natgeo", "nasa"]) == [0, 1]
    assert enqueue(["nike"]) == [0]
    assert _queued(settings) == ["nasa", "natgeo", "nike"]


def test_an_unusable_handle_ends_the_task_without_another_try(settings: Settings, enqueue: Any) -> None:
    with pytest.raises(AirflowFailException, match="handle"):
        enqueue(["natgeo", "@ "])
    assert _queued(settings) == []
