"""Events in the queues of a test's own virtual host, sinks over them, and what both sides hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.batch import StoredEvent
from upbeat.events.broker_source import BrokerSource
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.drain import DrainSummary, Sink
from upbeat.events.raw_insert import RawTables
from upbeat.events.topology import DELIVERY_LIMIT, Route, declare, routes_of
from upbeat.events.wire import Message, to_messages
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.rabbitmq import Outgoing, Publisher, QueueDepth, administration

if TYPE_CHECKING:
    from tests.rabbitmq_broker import Broker

OBSERVED = "2026-11-22T10:00:00.123456+00:00"
PATIENCE = 240.0
SINK = """
import sys, threading
from upbeat.events.broker_source import BrokerSource
from upbeat.events.consumers import load_consumers
from upbeat.events.drain import Sink
from upbeat.events.raw_insert import RawTables
from upbeat.settings import get_settings
settings = get_settings()
consumers = {kind: load_consumers()[kind] for kind in sys.argv[1:]}
source, tables = BrokerSource(settings, consumers), RawTables(settings)
try:
    Sink(consumers, [source], [tables], stop=threading.Event(), poll_seconds=0.05).run(time_budget=240, until_empty=True)
finally:
    source.close()
"""


def profile_event(number: int, **fields: Any) -> StoredEvent:
    """An event that the table profile_log (and post_log, comment, … by its fields) takes."""
    payload = {
        "platform": "INSTAGRAM",
        "profile_id": str(number),
        "post_id": str(number),
        "handle": "someone",
        "source": "test",
        "dimensions": {"handle": "someone"},
        "metrics": {"followers": 5},
        "timestamp": OBSERVED,
        "observed_at": OBSERVED,
    }
    return StoredEvent(number, str(number), json.dumps(payload | fields).encode(), OBSERVED, time.time())


@dataclass
class BrokerBench:
    """`settings` have small batches and no least interval, so that a test meets many batches."""

    settings: Settings
    broker: Broker

    @property
    def dsn(self) -> str:
        dsn = self.settings.rabbitmq_dsn()
        assert dsn is not None
        return dsn

    def consumers(self, *kinds: str, **update: Any) -> dict[str, Consumer]:
        return {kind: load_consumers()[kind].model_copy(update=update) for kind in kinds or ("profile_log",)}

    def route(self, kind: str = "profile_log") -> Route:
        return routes_of([load_consumers()[kind]])[0]

    def declare(self, *kinds: str, delivery_limit: int = DELIVERY_LIMIT) -> None:
        declare(
            self.dsn, [self.route(kind) for kind in kinds or ("profile_log",)], delivery_limit=delivery_limit
        )

    def publish_events(
        self, events: Sequence[StoredEvent], kind: str = "profile_log", pack: int | None = None
    ) -> None:
        self.publish(to_messages(kind, events, pack or load_consumers()[kind].pack), kind)

    def publish(self, messages: Sequence[Message], kind: str = "profile_log") -> None:
        route = self.route(kind)
        publisher = Publisher(self.dsn)
        try:
            items = [Outgoing(route.exchange, route.routing_key, one.body, one) for one in messages]
            assert publisher.publish(items, PATIENCE) == []
        finally:
            publisher.close()

    def source(self, consumers: dict[str, Consumer] | None = None) -> BrokerSource:
        return BrokerSource(self.settings, consumers or self.consumers())

    def drain(
        self,
        consumers: dict[str, Consumer] | None = None,
        source: BrokerSource | None = None,
        *,
        budget: float = PATIENCE,
    ) -> DrainSummary:
        """Store until the queues are empty."""
        consumers = consumers or self.consumers()
        source = source or self.source(consumers)
        tables = RawTables(self.settings)
        sink = Sink(consumers, [source], [tables], stop=threading.Event(), poll_seconds=0.05)
        try:
            return sink.run(time_budget=budget, until_empty=True)
        finally:
            source.close()
            tables.close()

    def sink_process(self, *kinds: str, failpoint: str = "") -> subprocess.Popen[str]:
        """The same in a process of its own, which a failpoint may kill."""
        environment = {**os.environ, **settings_environment(self.settings)}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        return subprocess.Popen(
            [sys.executable, "-c", SINK, *(kinds or ("profile_log",))],
            env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def depth(self, queue: str = "beat.profile_log") -> QueueDepth:
        with administration(self.dsn) as broker:
            depth = broker.depth(queue)
        assert depth is not None
        return depth

    def close_connections(self) -> None:
        """As an administrator would from the broker's side."""
        self.broker.evaluate(
            '[rabbit_networking:close_connection(P, "by a test") || P <- rabbit_networking:connections()]'
        )

    def stored(self, table: str = "profile_log", key: str = "profile_id") -> tuple[int, int, int]:
        """Rows before FINAL, rows under FINAL, different keys."""
        client = clickhouse.client(self.settings, database=self.settings.clickhouse_raw_database)
        try:
            physical = client.query(f"SELECT count() FROM {table}").result_rows[0][0]
            final = client.query(f"SELECT count(), uniqExact({key}) FROM {table} FINAL").result_rows[0]
        finally:
            client.close()
        return physical, final[0], final[1]

    def flushing_soon(self) -> BrokerBench:
        """A batch that is not full goes after a second, and one of before a crash that stays incomplete is given up."""
        return replace(self, settings=self.settings.model_copy(update={"sink_flush_seconds": 1.0}))

    def without_postgres(self) -> BrokerBench:
        from pydantic import SecretStr

        nowhere = {"postgres_url": SecretStr("postgresql://nobody:nothing@127.0.0.1:1/nowhere")}
        return replace(self, settings=self.settings.model_copy(update=nowhere))
