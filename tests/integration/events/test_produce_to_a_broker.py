"""`upbeat events produce --to broker`: other systems' messages, told twice one event, in the queue of their kind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.consumers import load_consumers
from upbeat.events.encode import encode
from upbeat.events.wire import events_of, message_of
from upbeat.stores.rabbitmq import Received, administration

if TYPE_CHECKING:
    from upbeat.settings import Settings

TRACE = load_consumers()["trace_log"]


def waiting(settings: Settings) -> Iterator[Received]:
    """All messages of the kind's queue."""
    with administration(str(settings.rabbitmq_dsn())) as broker:
        while (message := broker.get(TRACE.queue)) is not None:
            broker.ack(message)
            yield message


def test_a_trace_from_outside_is_an_event_that_the_sink_takes_and_repeated_it_is_the_same_one(
    rabbitmq: Settings,
) -> None:
    arguments = ["events", "produce", "trace_log", "--to", "broker", "--count", "40"]
    for _ in range(2):
        made = subprocess.run(
            [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments],
            env={**os.environ, **settings_environment(rabbitmq)},
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
    events = []
    for received in waiting(rabbitmq):
        assert received.properties.app_id == "example"
        assert received.properties.type == "trace_log"
        good, bad = events_of(message_of(received.properties, received.body), 0.0)
        assert bad == []
        events += good
    assert sorted(Counter(event.id for event in events).values()) == [2] * 40
    assert encode(TRACE, events).rejected == []
