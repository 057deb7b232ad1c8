"""Relay, sink, broker and ClickHouse are killed under load: what was published is what the staging models return, each once.

The long version (200 processes, 20 stores) takes minutes: it has the marker `chaos` and runs with `make chaos`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.events_storm import KINDS, Parked, Storm, Writer, Written, parked_messages
from tests.integration.dbt.conftest import Warehouse, dbt_target, warehouse  # noqa: F401
from tests.process_family import kill_with_family

from upbeat.embedded import stack as embedded_stack
from upbeat.events.consumers import load_consumers
from upbeat.events.topology import declare, routes_of
from upbeat.stores import clickhouse, postgres

if TYPE_CHECKING:
    from tests.rabbitmq_broker import Broker

    from upbeat.settings import Settings

STAGING = {
    "profile_log": ("stg_beat_profile_log", "profile_id"),
    "instagram_account": ("stg_beat_instagram_account", "profile_id"),
    "instagram_post": ("stg_beat_instagram_post", "post_id"),
}


AWAY_SECONDS = 0.5
"""How long the services meet a store that is away."""


@pytest.fixture
def killers(stack: Settings, rabbitmq_broker: Broker) -> dict[str, Callable[[], None]]:
    """Kill -9 and a new start, by store."""

    def clickhouse_dies() -> None:
        status = embedded_stack.status(stack, ["clickhouse"])[0]
        assert status.pid is not None
        kill_with_family(status.pid)
        time.sleep(AWAY_SECONDS)
        embedded_stack.start(stack, ["clickhouse"])

    def rabbitmq_dies() -> None:
        rabbitmq_broker.kill()
        time.sleep(AWAY_SECONDS)
        rabbitmq_broker.start()

    return {"rabbitmq": rabbitmq_dies, "clickhouse": clickhouse_dies}


@pytest.fixture
def stormy(rabbitmq: Settings, rabbitmq_broker: Broker) -> Settings:
    """Small batches and short leases: a short run meets many of them. The queues are there, and written down."""
    declare(str(rabbitmq.rabbitmq_dsn()), routes_of(load_consumers().values()))
    rabbitmq_broker.settle()
    return rabbitmq.model_copy(
        update={
            "sink_batch_rows": 100,
            "sink_flush_seconds": 0.5,
            "sink_least_interval_seconds": 0.05,
            "sink_lease_seconds": 2.0,
        }
    )


@pytest.mark.timeout(1500)
def test_what_was_published_is_stored_once_though_twelve_processes_and_two_stores_are_killed(
    stormy: Settings,
    killers: dict[str, Callable[[], None]],
    warehouse: Warehouse,  # noqa: F811
) -> None:
    weather(stormy, killers, warehouse, kills=12, store_kills=2, rate=400, seconds=600)


@pytest.mark.chaos
@pytest.mark.timeout(2400)
def test_what_was_published_is_stored_once_though_200_processes_and_20_stores_are_killed(
    stormy: Settings,
    killers: dict[str, Callable[[], None]],
    warehouse: Warehouse,  # noqa: F811
) -> None:
    weather(stormy, killers, warehouse, kills=200, store_kills=20, rate=600, seconds=1800)


def weather(
    settings: Settings,
    killers: dict[str, Callable[[], None]],
    warehouse: Warehouse,  # noqa: F811
    *,
    kills: int,
    store_kills: int,
    rate: int,
    seconds: float,
) -> None:
    """The storm, the calm after it, and the count."""
    storm = Storm(settings, killers)
    writer = Writer(settings, rate)
    writer.start()
    try:
        storm.rage(kills, store_kills, seconds=seconds)
    finally:
        writer.stop.set()
        writer.join()
    storm.drain()
    with postgres.transaction(settings) as connection:
        left = connection.execute("SELECT count(*) AS events FROM beat.outbox").fetchone()
    assert left == {"events": 0}
    report = count_up(settings, warehouse, writer.written)
    print(
        f"\n{storm.deaths.total()} processes died at failpoints ({dict(storm.deaths)}), {storm.elsewhere} elsewhere; "
        f"stores killed: {dict(storm.stores)}; {report}"
    )


def count_up(settings: Settings, warehouse: Warehouse, written: Written) -> str:  # noqa: F811
    """Fails unless published and stored are the same; how often something was there twice, before FINAL."""
    warehouse.dbt("run", "--select", *(model for model, _ in STAGING.values()))
    physical = 0
    client = clickhouse.client(settings, database=settings.clickhouse_raw_database)
    try:
        for kind in KINDS:
            table, column = STAGING.get(kind, ("", ""))
            source = f"staging.{table}" if table else "post_log FINAL"
            rows = client.query(f"SELECT {column or 'post_id'} FROM {source}").result_rows
            shown = Counter(int(row[0]) for row in rows)
            assert set(shown) == written.good[kind], kind
            assert set(shown.values()) == {1}, kind
            physical += client.query(f"SELECT count() FROM {kind}").result_rows[0][0]
    finally:
        client.close()
    published = sum(len(ids) for ids in written.good.values())
    parked = parked_messages(settings)
    assert_every_malformed_message_is_parked(parked, written)
    return (
        f"{published} events published, {physical - published} physical duplicates before FINAL; "
        f"{len(written.malformed) + len(written.foreign)} malformed, {len(parked)} messages in the error queues"
    )


def assert_every_malformed_message_is_parked(parked: list[Parked], written: Written) -> None:
    """With its reason; a crash between parking and acknowledging parks a message twice, and none is lost."""
    assert all(message.reason for message in parked)
    ids = {message.message_id for message in parked}
    assert {str(number) for number in written.malformed} | written.foreign == ids - written.unsure
