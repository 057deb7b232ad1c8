"""Listeners with queues of the test's own, messages for them, and what Postgres and the error queues hold afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.topology import declare
from upbeat.listeners.configuration import Listener, load_listeners
from upbeat.listeners.intake import route_of
from upbeat.listeners.registry import example_of
from upbeat.listeners.run import ListenSummary, run_listeners
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.rabbitmq import Outgoing, Properties, Publisher, Received, administration

PROGRAM = """
import json, sys
from upbeat.listeners.configuration import Listener
from upbeat.listeners.run import run_listeners
from upbeat.logs import configure_logging
from upbeat.settings import get_settings
configure_logging()
listeners = [Listener.model_validate(one) for one in json.load(sys.stdin)]
run_listeners(get_settings(), listeners={one.name: one for one in listeners}, time_budget=60, until_empty=True)
"""


@dataclass
class ListenBench:
    """The listeners of the file under names of the test's own."""

    settings: Settings
    dsn: str
    prefix: str = field(default_factory=lambda: f"t{uuid4().hex[:8]}")
    listeners: dict[str, Listener] = field(init=False)

    def __post_init__(self) -> None:
        names = ("exchange", "queue", "error_exchange")
        self.listeners = {
            name: one.model_copy(update={each: f"{self.prefix}.{getattr(one, each)}" for each in names})
            for name, one in load_listeners().items()
        }
        declare(self.dsn, [route_of(listener) for listener in self.listeners.values()])

    def example(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """The example body of a listener, with other fields."""
        return {**example_of(self.listeners[name]), **fields}

    def send(
        self,
        name: str,
        *bodies: Any,
        ids: list[str | None] | None = None,
        content_type: str = "application/json",
        headers: dict[str, Any] | None = None,
    ) -> None:
        """Publish bodies (bytes as they are, else as JSON) with these message ids, or with new ones."""
        listener = self.listeners[name]
        given = ids or [uuid4().hex for _ in bodies]
        items = [
            Outgoing(
                listener.exchange,
                listener.routing_key,
                body if isinstance(body, bytes) else json.dumps(body).encode(),
                Properties(content_type=content_type, message_id=message_id, headers=headers or {}),
            )
            for body, message_id in zip(bodies, given, strict=True)
        ]
        publisher = Publisher(self.dsn)
        try:
            assert publisher.publish(items, 30) == []
        finally:
            publisher.close()

    def listen(
        self, *names: str, budget: float = 60, until_empty: bool = True, **options: Any
    ) -> ListenSummary:
        """`run_listeners` until the queues are empty."""
        chosen = {name: self.listeners[name] for name in names or self.listeners}
        return run_listeners(
            self.settings, listeners=chosen, time_budget=budget, until_empty=until_empty, **options
        )

    def process(self, *names: str, failpoint: str = "") -> subprocess.Popen[str]:
        """The same in a process of its own, which a failpoint may kill."""
        environment = {**os.environ, **settings_environment(self.settings)}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        chosen = [self.listeners[name].model_dump() for name in names or self.listeners]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(json.dumps(chosen))
        process.stdin.close()
        return process

    def waiting(self, name: str) -> int:
        """Messages in a listener's queue that nobody holds."""
        with administration(self.dsn) as broker:
            depth = broker.depth(self.listeners[name].queue)
        assert depth is not None
        return depth.ready

    def parked(self, name: str) -> list[Received]:
        """What is in a listener's error queue; it is gone afterwards."""
        found = []
        with administration(self.dsn) as broker:
            while (message := broker.get(self.listeners[name].error_queue)) is not None:
                broker.ack(message)
                found.append(message)
        return found

    def reasons(self, name: str) -> list[str]:
        """Why the messages of a listener's error queue are there; they are gone afterwards."""
        return [str((message.properties.headers or {})["x-upbeat-reason"]) for message in self.parked(name)]

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a statement on Postgres."""
        with postgres.transaction(self.settings) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def execute(self, statements: str) -> None:
        """Run statements on Postgres."""
        with postgres.transaction(self.settings) as connection:
            connection.execute(statements.encode())

    def close(self) -> None:
        """Delete the queues and exchanges."""
        with administration(self.dsn) as broker:
            for listener in self.listeners.values():
                for queue in (listener.queue, listener.error_queue):
                    broker.delete_queue(queue)
                for exchange in (listener.exchange, listener.error_exchange):
                    broker.delete_exchange(exchange)


@pytest.fixture
def bench(settings: Settings, rabbitmq: str) -> Iterator[ListenBench]:
    own = settings.model_copy(update={"rabbitmq_url": SecretStr(rabbitmq)})
    bench = ListenBench(own, rabbitmq)
    yield bench
    bench.close()
