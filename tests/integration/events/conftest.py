"""Events in the outbox of the test's own database, and what ClickHouse holds of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.events.broker_bench import BrokerBench

from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from tests.rabbitmq_broker import Broker

OBSERVED = "2026-11-22T10:00:00.123456+00:00"
FILL = """
INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT %(kind)s, number::text, %(payload)s::jsonb || jsonb_build_object('profile_id', number::text), %(observed)s
FROM generate_series(%(first)s::int, %(last)s::int) AS number
"""


@dataclass
class OutboxBench:
    """Puts events into the outbox and counts them on both sides."""

    settings: Settings

    def fill(
        self,
        count: int,
        *,
        first: int = 1,
        kind: str = "profile_log",
        observed: str = OBSERVED,
        **fields: Any,
    ) -> None:
        """Events of the profiles `first` … `first + count - 1`; `fields` change the payload of all."""
        from psycopg.types.json import Jsonb

        payload = {
            "platform": "INSTAGRAM",
            "handle": "someone",
            "source": "test",
            "dimensions": {"handle": "someone"},
            "metrics": {"followers": 5},
            "timestamp": observed,
            "observed_at": observed,
            "raw_object": None,
        }
        arguments = {
            "kind": kind,
            "payload": Jsonb(payload | fields),
            "observed": observed,
            "first": first,
            "last": first + count - 1,
        }
        with postgres.transaction(self.settings) as connection:
            connection.execute(FILL, arguments)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a statement on Postgres."""
        with postgres.transaction(self.settings) as connection:
            return connection.execute(statement).fetchall()

    def left(self) -> tuple[int, int]:
        """Events and batches still in the outbox."""
        row = self.rows(
            "SELECT (SELECT count(*) FROM beat.outbox) AS e, (SELECT count(*) FROM beat.outbox_batch) AS b"
        )[0]
        return row["e"], row["b"]

    def client(self) -> Client:
        """A client on the test's raw database."""
        return clickhouse.client(self.settings, database=self.settings.clickhouse_raw_database)

    def stored(self, table: str = "profile_log") -> tuple[int, int, int]:
        """Rows before FINAL, rows under FINAL, different profiles."""
        client = self.client()
        try:
            physical = client.query(f"SELECT count() FROM {table}").result_rows[0][0]
            final = client.query(f"SELECT count(), uniqExact(profile_id) FROM {table} FINAL").result_rows[0]
        finally:
            client.close()
        return physical, final[0], final[1]

    def end_leases(self) -> None:
        """As if the time of every lease had passed."""
        self.rows("UPDATE beat.outbox_batch SET lease_until = now() RETURNING id")

    def left_over(self, run: Callable[[int], object], problem: str) -> str:
        """What `run` (its argument: seconds) says at its end, when it has moved all but ten events of one kind for this problem.

        It ends by its time alone, and the first time may be over too soon on a busy machine.
        """
        for budget in (3, 15, 60):
            told = ""
            try:
                run(budget)
            except StoreUnavailableError as error:
                told = str(error)
            if problem in told and self.left() == (10, 1):
                break
            self.end_leases()
        return told

    def sink_process(self, *, failpoint: str = "") -> subprocess.Popen[str]:
        """`drain(until_empty=True)` in a process of its own, which a failpoint may kill."""
        program = (
            "from upbeat.events.drain import drain; from upbeat.settings import get_settings;"
            "drain(get_settings(), time_budget=240, until_empty=True)"
        )
        environment = {**os.environ, **settings_environment(self.settings)}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        return subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def bench(settings: Settings) -> OutboxBench:
    """Small batches and short leases, so that a test meets many of them."""
    return OutboxBench(
        settings.model_copy(
            update={
                "sink_batch_rows": 100,
                "sink_largest_batch_rows": 100,
                "sink_flush_seconds": 1.0,
                "sink_lease_seconds": 2.0,
            }
        )
    )


@pytest.fixture
def queues(rabbitmq: Settings, rabbitmq_broker: Broker) -> BrokerBench:
    """Queues of this test's own; small batches. What waits for its batch has time to: see `BrokerBench.flushing_soon`."""
    small = {
        "sink_batch_rows": 100,
        "sink_largest_batch_rows": 100,
        "sink_flush_seconds": 60.0,
        "sink_least_interval_seconds": 0.0,
    }
    return BrokerBench(rabbitmq.model_copy(update=small), rabbitmq_broker)


@pytest.fixture
def broker_bench(bench: OutboxBench, rabbitmq: Settings) -> OutboxBench:
    """The same with an empty RabbitMQ."""
    chosen = {name: getattr(rabbitmq, name) for name in ("rabbitmq_embedded", "rabbitmq_url")}
    return OutboxBench(bench.settings.model_copy(update=chosen))
