"""A queue that was just made may be published to: the broker has noted it, and a crash loses nothing that was confirmed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tests.integration.events.broker_bench import profile_event
from tests.waiting import wait_until

from upbeat.events import topology
from upbeat.stores.rabbitmq import administration

if TYPE_CHECKING:
    from tests.integration.events.broker_bench import BrokerBench

WAIT_SECONDS = topology.NEW_QUEUE_SECONDS


def test_what_is_confirmed_by_a_queue_just_made_outlives_a_broker_that_is_killed(
    queues: BrokerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "NEW_QUEUE_SECONDS", WAIT_SECONDS)
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 51)])
    queues.broker.kill()
    queues.broker.start()
    with administration(queues.dsn) as broker:
        wait_until(
            lambda: (depth := broker.depth("beat.profile_log")) is not None and depth.ready == 50,
            "50 messages",
        )


def test_queues_that_are_there_are_not_waited_for(
    queues: BrokerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.declare()
    monkeypatch.setattr(topology, "NEW_QUEUE_SECONDS", 300.0)
    started = time.monotonic()
    queues.declare()
    assert time.monotonic() - started < 200
