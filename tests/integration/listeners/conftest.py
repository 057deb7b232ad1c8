"""Listeners with queues of the test's own, messages for them, and what Postgres and the error queues hold afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from tests.part_logins import acting_as

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.topology import declare
from upbeat.listeners.configuration import Listener, load_listeners
from upbeat.listeners.intake import route_of
from upbeat.listeners.registry import example_of
from upbeat.listeners.run import run_listeners
from upbeat.listeners.summary import ListenSummary
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.rabbitmq import Outgoing, Properties, Publisher, Received, administration

COMMAND = [sys.executable, "-c", "from upbeat.cli import main; main()", "listen"]


@dataclass
class ListenBench:
    """The listeners of the file, in a virtual host and a database of the test's own."""

    settings: Settings
    listeners: dict[str, Listener] = field(default_factory=load_listeners)

    def __post_init__(self) -> None:
        self.declare()

    @property
    def dsn(self) -> str:
        """URL of RabbitMQ."""
        found = self.settings.rabbitmq_dsn()
        assert found is not None
        return found

    def declare(self) -> None:
        """Make the exchanges and queues."""
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
        """`run_listeners` until the queues are empty, under the listeners' own role."""
        acting = acting_as("listener", self.settings)
        return run_listeners(acting, names or None, time_budget=budget, until_empty=until_empty, **options)

    def process(self, *names: str, failpoint: str = "") -> subprocess.Popen[str]:
        """`upbeat listen --until-empty` in a process of its own, which a failpoint may kill."""
        environment = {**os.environ, **settings_environment(self.settings)}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        return subprocess.Popen(
            [*COMMAND, *names, "--until-empty", "--json"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

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


@pytest.fixture
def bench(rabbitmq: Settings) -> ListenBench:
    return ListenBench(rabbitmq)
