"""The stack with the embedded RabbitMQ: Airflow alone moves events over the broker into ClickHouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.system.conftest import running_stack

from upbeat.demo.airflow_rest import AirflowRest
from upbeat.stores.postgres import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.conftest import Shell

KIND = "profile_log"
EVENTS = 50


@pytest.fixture(scope="module")
def broker_shell(rabbitmq_server: None) -> Iterator[Shell]:
    """A shell whose stack has a RabbitMQ, Airflow included."""
    with running_stack(UPBEAT_RABBITMQ_EMBEDDED="true") as person:
        yield person


@pytest.mark.timeout(900)
def test_a_run_of_events_drain_relays_stores_and_listens(broker_shell: Shell) -> None:
    broker_shell.upbeat("events", "produce", KIND, "--count", str(EVENTS))
    airflow = AirflowRest(broker_shell.settings())
    airflow.wait_for_dags({"events_drain"}, seconds=300)
    airflow.unpause("events_drain")
    run = airflow.follow("events_drain", airflow.trigger("events_drain"), lambda states: None, seconds=600)
    assert run.states == {"relay_outbox": "success", "drain_events": "success", "listen": "success"}
    row = profile_log(broker_shell)
    assert (row["new"], row["claimed"], row["queued"], row["error_queued"]) == (0, 0, 0, 0)
    assert row["relay"]["events"] <= EVENTS
    assert row["sink"]["events"] <= EVENTS
    # All minutes: the figures that the command shows are of the last five, and a run may take longer.
    with connect(broker_shell.settings()) as connection:
        stages = connection.execute(
            "SELECT stage, sum(events)::bigint AS events FROM beat.event_minute WHERE kind = %s GROUP BY 1",
            [KIND],
        ).fetchall()
    assert {stage["stage"]: stage["events"] for stage in stages} == {"relay": EVENTS, "sink": EVENTS}


def profile_log(shell: Shell) -> dict[str, Any]:
    """What `upbeat events` shows of the kind."""
    kinds = json.loads(shell.upbeat("events", "--json"))["kinds"]
    return next(row for row in kinds if row["kind"] == KIND)
