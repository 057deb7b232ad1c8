"""What is due, or what a run's parameters name, reaches the queue; what cannot be used ends the task at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upbeat.flows.stale import StaleRequest
from upbeat.ingestion.tracking import track
from upbeat.operators.enqueue import EnqueueStaleOperator
from upbeat.records import Platform
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

PROFILES = StaleRequest(
    flow="instagram.profile_by_handle", subjects="profiles", every=timedelta(hours=1), tiers=("tracked",)
)
POSTS = StaleRequest(
    flow="instagram.posts_by_handle", subjects="newest_posts", every=timedelta(hours=1), tiers=("tracked",)
)


@pytest.fixture
def enqueue(connections: None) -> Any:
    """Runs the operator on this test's database, as a task of Airflow would."""

    def run(handles: list[str], run_id: str = "manual__1", **arguments: Any) -> list[int]:
        operator = EnqueueStaleOperator(
            task_id="enqueue", requests=[PROFILES, POSTS], named=handles, tasks_per_shard=2, **arguments
        )
        return operator.execute({"run_id": run_id})

    return run


def _queued(settings: Settings, flow: str = "profile_by_handle") -> list[str]:
    with transaction(settings, application="test") as connection:
        rows = connection.execute(
            "SELECT params ->> 'handle' AS handle FROM beat.scrape_request_log WHERE flow = %(flow)s ORDER BY 1",
            {"flow": flow},
        )
        return [row["handle"] for row in rows.fetchall()]


def test_named_handles_are_queued_once_per_run_and_shared_out(settings: Settings, enqueue: Any) -> None:
    only = {"named_requests": [PROFILES]}
    assert enqueue(["@NatGeo", "nike", "natgeo", "nasa"], **only) == [0, 1]
    assert enqueue(["nike"], **only) == [0]
    assert _queued(settings) == ["nasa", "natgeo", "nike"]
    assert _queued(settings, "posts_by_handle") == []


def test_without_names_all_that_is_due_is_queued_for_every_request(settings: Settings, enqueue: Any) -> None:
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["nasa", "natgeo"])
    assert enqueue([]) == [0, 1]
    assert _queued(settings) == _queued(settings, "posts_by_handle") == ["nasa", "natgeo"]
    assert enqueue([]) == [0], "one shard at least works off what is left"


def test_an_unusable_handle_ends_the_task_without_another_try(settings: Settings, enqueue: Any) -> None:
    with pytest.raises(AirflowFailException, match="handle"):
        enqueue(["natgeo", "@ "])
    assert _queued(settings) == []
