"""The relay on a real Postgres and RabbitMQ: what was in the outbox is published, once confirmed it leaves, nothing is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.waiting import wait_until

from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import StoreUnavailableError
from upbeat.events.broker_exchange import BrokerExchange
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.outbox import Outbox
from upbeat.events.relay import Relay, RelaySummary, relay
from upbeat.events.stage_observer import observed
from upbeat.events.throughput import stage_rates
from upbeat.events.topology import declare, routes_of
from upbeat.stores.rabbitmq import Received, administration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.events.conftest import OutboxBench
    from tests.rabbitmq_broker import Broker

POINTS = ("relay_after_claim", "relay_after_publish", "relay_after_confirm", "relay_before_commit")


@pytest.fixture
def bench(broker_bench: OutboxBench) -> OutboxBench:
    """An outbox and a broker whose queues are empty."""
    return broker_bench


def relay_all(bench: OutboxBench, budget: float = 240) -> RelaySummary:
    return relay(bench.settings, time_budget=budget, until_empty=True)


def received(bench: OutboxBench, queue: str) -> Iterator[Received]:
    """All messages of a queue, taken out of it, in their order."""
    with administration(str(bench.settings.rabbitmq_dsn())) as broker:
        while (message := broker.get(queue)) is not None:
            broker.ack(message)
            yield message


def ids(bench: OutboxBench) -> list[int]:
    return [row["id"] for row in bench.rows("SELECT id FROM beat.outbox ORDER BY id")]


def test_what_was_in_the_outbox_is_published_in_the_order_of_ids(bench: OutboxBench) -> None:
    bench.fill(250)
    bench.fill(40, kind="instagram_account", full_name="Zoë 🦓")
    written = bench.rows("SELECT id, kind, key, payload::text AS body FROM beat.outbox ORDER BY id")
    summary = relay_all(bench)
    assert (summary.events, summary.messages) == (290, 290)
    assert summary.by_kind == {"profile_log": 250, "instagram_account": 40}
    assert bench.left() == (0, 0)
    for kind in ("profile_log", "instagram_account"):
        messages = list(received(bench, f"beat.{kind}"))
        expected = [row for row in written if row["kind"] == kind]
        assert [message.properties.message_id for message in messages] == [str(row["id"]) for row in expected]
        assert [message.body.decode() for message in messages] == [row["body"] for row in expected]
        assert {message.properties.type for message in messages} == {kind}


def test_events_without_a_consumer_stay_in_the_outbox(bench: OutboxBench) -> None:
    bench.fill(3, kind="unheard_of")
    bench.fill(2)
    assert relay_all(bench).events == 2
    assert bench.left() == (3, 0)


def test_only_the_kinds_that_were_asked_for_are_published(bench: OutboxBench) -> None:
    bench.fill(5)
    bench.fill(5, kind="instagram_account")
    summary = relay(bench.settings, time_budget=240, until_empty=True, kinds=["instagram_account"])
    assert summary.by_kind == {"instagram_account": 5}
    assert bench.rows("SELECT DISTINCT kind FROM beat.outbox") == [{"kind": "profile_log"}]


@pytest.mark.parametrize("point", POINTS)
def test_a_relay_that_dies_loses_nothing(bench: OutboxBench, point: str) -> None:
    bench.fill(350)
    written = ids(bench)
    died = relay_process(bench, failpoint=f"{point}:2")
    assert died.wait(timeout=240) == -signal.SIGKILL
    died.communicate()
    assert ids(bench), "the batch in whose middle it died is still in the outbox"
    relay_all(bench)
    assert bench.left() == (0, 0)
    seen = Counter(int(message.properties.message_id or 0) for message in received(bench, "beat.profile_log"))
    assert sorted(seen) == written
    again = [number for number, times in seen.items() if times > 1]
    if point == "relay_after_claim":
        assert again == []
    assert len(again) <= 100, "at most the batch under way is published twice"


def test_relays_at_once_publish_every_event_once(bench: OutboxBench) -> None:
    bench.fill(1200)
    written = ids(bench)
    with ThreadPoolExecutor(3) as pool:
        summaries = list(pool.map(lambda _: relay_all(bench), range(3)))
    assert sum(one.events for one in summaries) == 1200
    assert (
        sorted(int(one.properties.message_id or 0) for one in received(bench, "beat.profile_log")) == written
    )


def test_packed_events_leave_the_outbox_with_their_message(bench: OutboxBench) -> None:
    packed = {"profile_log": load_consumers()["profile_log"].model_copy(update={"pack": 30})}
    bench.fill(100)
    written = ids(bench)
    summary = run_relay(bench, packed, until_empty=True)
    assert (summary.events, summary.messages) == (100, 4)
    bodies = [message.body for message in received(bench, "beat.profile_log")]
    assert [json.loads(line)["id"] for body in bodies for line in body.splitlines()] == written


def test_a_deleted_queue_is_declared_again_and_its_events_arrive(bench: OutboxBench) -> None:
    bench.fill(10)
    consumers = {"profile_log": load_consumers()["profile_log"]}
    exchange = BrokerExchange(str(bench.settings.rabbitmq_dsn()), consumers)
    exchange.open()
    with administration(str(bench.settings.rabbitmq_dsn())) as broker:
        broker.delete_queue("beat.profile_log")
    summary = run_relay(bench, consumers, exchange=exchange, until_empty=True)
    assert summary.events == 10
    assert len(list(received(bench, "beat.profile_log"))) == 10


def test_a_kind_that_no_queue_takes_waits_and_holds_up_no_other(bench: OutboxBench) -> None:
    class NeverDeclares(BrokerExchange):
        """As with a user who may not declare, and an administrator who forgot a queue."""

        def mend(self) -> None:
            self._declared = True

    consumers = load_consumers()
    lost = consumers["profile_log"].model_copy(update={"routing_key": "nobody_listens"})
    bench.fill(10)
    bench.fill(10, kind="instagram_account")
    chosen = {"profile_log": lost, "instagram_account": consumers["instagram_account"]}
    dsn = str(bench.settings.rabbitmq_dsn())
    declare(dsn, routes_of([consumers["instagram_account"]]))

    def publish(seconds: float) -> None:
        exchange = NeverDeclares(dsn, chosen)
        run_relay(bench, chosen, exchange=exchange, until_empty=True, time_budget=seconds)

    told = bench.left_over(publish, "no queue takes it")
    assert re.search(r"no queue takes it.*nobody_listens.*rest stays in the outbox", told)
    assert bench.left() == (10, 1)
    assert len(list(received(bench, "beat.instagram_account"))) == 10
    bench.end_leases()
    assert relay_all(bench).events == 10


def test_a_broker_that_is_away_is_waited_for_and_nothing_is_lost(bench: OutboxBench) -> None:
    bench.fill(10)
    away = bench.settings.model_copy(
        update={"rabbitmq_url": type(bench.settings.postgres_password)("amqp://u:secret@127.0.0.1:1/%2F")}
    )
    with pytest.raises(
        StoreUnavailableError, match=r"RabbitMQ.*127\.0\.0\.1:1.*rest stays in the outbox"
    ) as caught:
        relay(away, time_budget=1, until_empty=True)
    assert "secret" not in str(caught.value)
    assert bench.left() == (10, 0), "nothing was claimed for a broker that is away"
    assert relay_all(bench).events == 10


def test_an_alarm_of_the_broker_is_waited_for_with_one_line(
    bench: OutboxBench, rabbitmq_broker: Broker, capfd: pytest.CaptureFixture[str]
) -> None:
    relay_all(bench)
    bench.fill(10)
    rabbitmq_broker.evaluate("ok = vm_memory_monitor:set_vm_memory_high_watermark(0.00001)")
    try:
        short = bench.settings.model_copy(update={"sink_lease_seconds": 2.0})
        with pytest.raises(
            StoreUnavailableError, match=r"takes no messages: alarm.*rest stays in the outbox"
        ):
            relay(short, time_budget=15, until_empty=True)
        assert bench.left()[0] == 10
        assert capfd.readouterr().out.count("the relay waits") == 1
    finally:
        rabbitmq_broker.evaluate("ok = vm_memory_monitor:set_vm_memory_high_watermark(0.4)")
    assert relay_all(bench).events == 10
    # While it was blocked it may have taken some of them into its buffers: they come twice then, under the same ids.
    assert len({one.properties.message_id for one in received(bench, "beat.profile_log")}) == 10


def test_a_service_outlives_a_broker_that_is_killed_under_it(
    bench: OutboxBench, rabbitmq_broker: Broker
) -> None:
    relay_all(bench)  # declares
    rabbitmq_broker.settle()
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(relay, bench.settings, time_budget=None, until_empty=False, stop=stop)
        try:
            bench.fill(150)
            wait_until(lambda: bench.left() == (0, 0))
            rabbitmq_broker.kill()
            bench.fill(150, first=151)
            rabbitmq_broker.start()
            wait_until(lambda: bench.left() == (0, 0))
        finally:
            stop.set()
        assert service.result(timeout=240).events == 300
    seen = {int(one.properties.message_id or 0) for one in received(bench, "beat.profile_log")}
    assert len(seen) == 300


def test_an_event_is_published_while_the_relay_idles_and_it_ends_when_asked(
    bench: OutboxBench,
) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool, observed(bench.settings, "relay") as observer:
        service = pool.submit(
            relay, bench.settings, time_budget=None, until_empty=False, stop=stop, observer=observer
        )
        try:
            for count in range(1, 4):
                bench.fill(1, first=count)
                wait_until(lambda: bench.left() == (0, 0))
        finally:
            stop.set()
        assert service.result(timeout=240).events == 3
    rates = stage_rates(bench.settings)["relay", "profile_log"]
    assert (rates["events"], rates["batches"], rates["parked"]) == (3, 3, 0)
    assert rates["lag_p50"] is not None
    assert rates["lag_max"] is not None
    assert 0 < rates["lag_p50"] <= rates["lag_max"]


def test_sigterm_ends_the_service_after_the_batch_under_way(bench: OutboxBench) -> None:
    process = relay_process(bench, until_empty=False)
    bench.fill(10)
    wait_until(lambda: bench.left() == (0, 0))
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=240)
    assert process.returncode == 0
    assert json.loads(out)["events"] == 10


def run_relay(
    bench: OutboxBench,
    consumers: dict[str, Consumer],
    *,
    exchange: BrokerExchange | None = None,
    until_empty: bool,
    time_budget: float = 240,
) -> RelaySummary:
    """The relay with consumers of the test's own."""
    source = Outbox(bench.settings, "relay")
    exchange = exchange or BrokerExchange(str(bench.settings.rabbitmq_dsn()), consumers)
    try:
        one = Relay(consumers, source, exchange, stop=threading.Event())
        return one.run(time_budget=time_budget, until_empty=until_empty)
    finally:
        source.close()
        exchange.close()


def relay_process(
    bench: OutboxBench, *, failpoint: str = "", until_empty: bool = True
) -> subprocess.Popen[str]:
    """`upbeat relay --json` in a process of its own, which a failpoint may kill."""
    environment = {**os.environ, **settings_environment(bench.settings)}
    if failpoint:
        environment["UPBEAT_FAILPOINT"] = failpoint
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", "relay", "--json"]
    return subprocess.Popen(
        command + ["--until-empty"] * until_empty,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
