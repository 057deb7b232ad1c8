"""Publishing with confirms and consuming through restarts, on a real broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from tests.waiting import wait_until

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.rabbitmq import (
    Delivery,
    Outgoing,
    Properties,
    Publisher,
    QueueDepth,
    RefusedError,
    Subscriber,
    Subscription,
    administration,
)

if TYPE_CHECKING:
    from tests.rabbitmq_broker import Broker

PATIENCE = 240.0
QUEUE = "work"
MEMORY_ALARM = "{resource_limit, memory, node()}"


@pytest.fixture
def dsn(rabbitmq: Settings) -> str:
    """With a quorum queue that takes what exchange `shop.dx` gets with key `sold`."""
    dsn = rabbitmq.rabbitmq_dsn()
    assert dsn is not None
    with administration(dsn) as broker:
        broker.declare_exchange("shop.dx", "topic")
        broker.declare_queue(QUEUE, {"x-queue-type": "quorum"})
        broker.bind(QUEUE, "shop.dx", "sold")
    return dsn


@pytest.fixture
def publisher(dsn: str) -> Iterator[Publisher]:
    publisher = Publisher(dsn)
    yield publisher
    publisher.close()


def sold(number: int, key: str = "sold", **properties: object) -> Outgoing:
    return Outgoing("shop.dx", key, b"%d" % number, Properties(**properties))  # type: ignore[arg-type]


def bodies(dsn: str) -> list[bytes]:
    """What is in the queue; it stays there."""
    found = []
    with administration(dsn) as broker:
        while (message := broker.get(QUEUE)) is not None:
            found.append(message.body)
    return found


class Reader:
    """A subscriber that remembers what it is told."""

    def __init__(self, dsn: str, *prefetches: int, prepare: Callable[[], None] | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self.lost: list[int] = []
        self.subscriber = Subscriber(
            dsn,
            [Subscription(QUEUE, prefetch) for prefetch in prefetches],
            on_delivery=self.deliveries.append,
            on_lost=self.lost.append,
            prepare=prepare,
        )
        self.subscriber.start()
        assert self.subscriber.wait_connected(PATIENCE)

    def ack(self, delivery: Delivery, *, multiple: bool = False) -> bool:
        """Whether the ack went out."""
        told: list[bool] = []
        done = threading.Event()

        def then(sent: bool) -> None:
            told.append(sent)
            done.set()

        self.subscriber.ack(delivery, multiple=multiple, then=then)
        assert done.wait(PATIENCE)
        return told[0]


@pytest.fixture
def read(dsn: str) -> Iterator[Callable[..., Reader]]:
    readers: list[Reader] = []

    def make(*prefetches: int, **options: Callable[[], None]) -> Reader:
        readers.append(Reader(dsn, *prefetches, **options))
        return readers[-1]

    yield make
    for reader in readers:
        reader.subscriber.close()


def test_what_is_published_is_there_in_its_order_and_persistent(dsn: str, publisher: Publisher) -> None:
    assert publisher.publish([sold(number) for number in range(5000)], PATIENCE) == []
    assert publisher.publish([], 0.0) == []
    assert bodies(dsn)[:3] == [b"0", b"1", b"2"]
    with administration(dsn) as broker:
        message = broker.get(QUEUE)
        assert message is not None
        assert message.waiting == 4999
        assert message.properties.delivery_mode == 2  # type: ignore[attr-defined]


def test_what_no_queue_takes_is_named_and_the_rest_is_sent(dsn: str, publisher: Publisher) -> None:
    items = [sold(number, ("sold", "lost")[number % 3 == 1]) for number in range(3000)]
    refusals = publisher.publish(items, PATIENCE)
    assert [one.index for one in refusals] == list(range(1, 3000, 3))
    assert refusals[0].reason == "no queue takes it (NO_ROUTE): shop.dx with key lost"
    assert len(bodies(dsn)) == 2000


def test_a_full_queue_refuses_and_says_so(dsn: str, publisher: Publisher) -> None:
    with administration(dsn) as broker:
        broker.declare_queue("small", {"x-max-length": 5, "x-overflow": "reject-publish"})
    items = [Outgoing("", "small", b"%d" % number, Properties()) for number in range(8)]
    refusals = publisher.publish(items, PATIENCE)
    assert {one.reason for one in refusals} == {"refused by the broker (nack)"}
    assert len(refusals) == 3


def test_what_has_no_form_in_amqp_is_refused_alone(dsn: str, publisher: Publisher) -> None:
    items = [sold(1), sold(2, headers={"x": object()}), sold(3, message_id="m" * 300), sold(4)]
    refusals = publisher.publish(items, PATIENCE)
    assert [one.index for one in refusals] == [1, 2]
    assert bodies(dsn) == [b"1", b"4"]


def test_a_message_that_is_too_large_is_refused_alone(
    dsn: str, publisher: Publisher, rabbitmq_broker: Broker
) -> None:
    before = rabbitmq_broker.evaluate("application:get_env(rabbit, max_message_size, 134217728)")
    rabbitmq_broker.evaluate("application:set_env(rabbit, max_message_size, 1000)")
    rabbitmq_broker.evaluate("persistent_term:put(max_message_size, 1000)")
    try:
        large = Outgoing("shop.dx", "sold", b"x" * 5000, Properties())
        refusals = publisher.publish([sold(1), large, sold(2)], PATIENCE)
    finally:
        rabbitmq_broker.evaluate(f"application:set_env(rabbit, max_message_size, {before})")
        rabbitmq_broker.evaluate(f"persistent_term:put(max_message_size, {before})")
    assert [one.index for one in refusals] == [1]
    assert "5000" in refusals[0].reason
    assert set(bodies(dsn)) == {b"1", b"2"}


def test_a_missing_exchange_is_named_and_later_calls_pass(publisher: Publisher) -> None:
    with pytest.raises(StoreUnavailableError, match=r"no exchange 'nowhere\.dx'"):
        publisher.publish([Outgoing("nowhere.dx", "k", b"x", Properties())], PATIENCE)
    assert publisher.publish([sold(1)], PATIENCE) == []


def test_after_a_lost_connection_the_next_call_connects_again(
    dsn: str, publisher: Publisher, rabbitmq_broker: Broker
) -> None:
    publisher.publish([sold(1)], PATIENCE)
    rabbitmq_broker.evaluate(
        '[rabbit_networking:close_connection(P, "by a test") || P <- rabbit_networking:connections()]'
    )
    with suppress(StoreUnavailableError):  # unless the loss was noticed before
        publisher.publish([sold(2)], PATIENCE)
    assert publisher.publish([sold(2)], PATIENCE) == []
    assert set(bodies(dsn)) == {b"1", b"2"}


def test_a_broker_with_an_alarm_is_waited_for_and_then_named(
    dsn: str, publisher: Publisher, rabbitmq_broker: Broker
) -> None:
    publisher.publish([sold(1)], PATIENCE)
    rabbitmq_broker.evaluate(f"rabbit_alarm:set_alarm({{{MEMORY_ALARM}, []}})")

    def publish_until_the_alarm_comes() -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # until it has come to this connection, messages pass
            publisher.publish([sold(2)], 3.0)

    try:
        with pytest.raises(
            StoreUnavailableError, match=r"takes no messages: alarm, .*memory|did not confirm"
        ):
            publish_until_the_alarm_comes()
        with pytest.raises(StoreUnavailableError, match=r"takes no messages: alarm, .*memory"):
            publisher.publish([sold(3)], 15.0)  # it has to connect anew before the alarm can come to it
    finally:
        rabbitmq_broker.evaluate(f"rabbit_alarm:clear_alarm({MEMORY_ALARM})")
    assert publisher.publish([sold(4)], PATIENCE) == []


def test_a_publisher_that_is_closed_ends_a_call_that_waits(
    dsn: str, publisher: Publisher, rabbitmq_broker: Broker
) -> None:
    publisher.publish([sold(1)], PATIENCE)
    rabbitmq_broker.evaluate(f"rabbit_alarm:set_alarm({{{MEMORY_ALARM}, []}})")
    try:
        closed = threading.Event()
        threading.Timer(1.0, lambda: (closed.set(), publisher.close())).start()

        def publish_on() -> None:
            while not closed.is_set():  # until the alarm has come to this connection, messages pass
                publisher.publish([sold(2)], PATIENCE)

        with pytest.raises(StoreUnavailableError):
            publish_on()
    finally:
        rabbitmq_broker.evaluate(f"rabbit_alarm:clear_alarm({MEMORY_ALARM})")
    with pytest.raises(StoreUnavailableError, match="closed"):
        publisher.publish([sold(3)], PATIENCE)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1])
def test_a_broker_killed_while_publishing_loses_nothing_that_was_confirmed(
    dsn: str, publisher: Publisher, rabbitmq_broker: Broker, pause: float
) -> None:
    rabbitmq_broker.settle()
    confirmed: list[int] = []
    gone = threading.Event()

    def publish() -> None:
        number = 0
        while not gone.is_set():
            try:
                assert publisher.publish([sold(number)], PATIENCE) == []
                confirmed.append(number)
            except StoreUnavailableError:
                return
            number += 1

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: len(confirmed) > 20)
    time.sleep(pause)
    rabbitmq_broker.kill()
    thread.join(PATIENCE)
    rabbitmq_broker.start()
    assert {int(body) for body in bodies(dsn)} >= set(confirmed)


def test_acks_may_come_from_any_thread_and_cover_what_was_before(
    dsn: str, publisher: Publisher, read: Callable[..., Reader]
) -> None:
    publisher.publish([sold(number) for number in range(10)], PATIENCE)
    reader = read(100)
    wait_until(lambda: len(reader.deliveries) == 10)
    assert reader.ack(reader.deliveries[6], multiple=True)
    reader.subscriber.nack(reader.deliveries[7])
    wait_until(lambda: len(reader.deliveries) == 11)
    again = reader.deliveries[10]
    assert (again.body, again.redelivered) == (b"7", True)
    reader.subscriber.close()
    assert sorted(bodies(dsn)) == [b"7", b"8", b"9"]


def test_prefetch_bounds_what_each_channel_holds(
    dsn: str, publisher: Publisher, read: Callable[..., Reader]
) -> None:
    publisher.publish([sold(number) for number in range(30)], PATIENCE)
    reader = read(5, 7)
    wait_until(lambda: reader.subscriber.ready(PATIENCE) == {QUEUE: 18})
    assert len(reader.deliveries) == 12


def test_a_count_of_the_queue_comes_after_what_was_delivered_before(
    publisher: Publisher, read: Callable[..., Reader]
) -> None:
    publisher.publish([sold(number) for number in range(2000)], PATIENCE)
    reader = read(5000)
    while reader.subscriber.ready(PATIENCE)[QUEUE] > 0:
        pass
    assert len(reader.deliveries) == 2000


def test_a_lost_connection_is_opened_again_and_old_tags_are_dropped(
    publisher: Publisher, read: Callable[..., Reader], rabbitmq_broker: Broker
) -> None:
    publisher.publish([sold(1), sold(2)], PATIENCE)
    reader = read(10)
    wait_until(lambda: len(reader.deliveries) == 2)
    rabbitmq_broker.settle()
    rabbitmq_broker.kill()
    wait_until(lambda: reader.lost == [0])
    assert not reader.subscriber.is_current(reader.deliveries[0])
    assert not reader.ack(reader.deliveries[0])
    assert isinstance(reader.subscriber.problem, StoreUnavailableError)
    with pytest.raises(StoreUnavailableError):
        reader.subscriber.ready(1.0)
    rabbitmq_broker.start()
    assert reader.subscriber.wait_connected(PATIENCE)
    assert not reader.ack(reader.deliveries[1])  # the new channel has a message with the same tag


def test_one_channel_is_lost_alone(dsn: str, publisher: Publisher, read: Callable[..., Reader]) -> None:
    """An ack of an unknown tag makes the broker close the channel."""
    publisher.publish([sold(1), sold(2)], PATIENCE)
    reader = read(1, 1)
    wait_until(lambda: len(reader.deliveries) == 2)
    first, second = reader.deliveries
    unknown = Delivery(first.channel, first.generation, 99, "", "", False, first.properties, b"")
    reader.ack(unknown)
    wait_until(lambda: reader.lost == [first.channel])
    wait_until(lambda: len(reader.deliveries) == 3)
    assert (reader.deliveries[2].body, reader.deliveries[2].redelivered) == (first.body, True)
    assert reader.ack(second)
    assert reader.ack(reader.deliveries[2])
    wait_until(lambda: reader.subscriber.ready(PATIENCE) == {QUEUE: 0})


def test_a_queue_that_gives_no_answer_is_named_and_tried_again(
    dsn: str,
    publisher: Publisher,
    read: Callable[..., Reader],
    rabbitmq_broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its process on the broker is suspended, which leaves a consumer as a queue does that could not be recovered."""
    monkeypatch.setattr("upbeat.stores.rabbitmq.subscriber.CONSUME_SECONDS", 0.5)
    monkeypatch.setattr("upbeat.stores.rabbitmq.subscriber.UNANSWERED_SECONDS", 1.0)
    publisher.publish([sold(1)], PATIENCE)
    process = f"'{dsn.rpartition('/')[2]}_{QUEUE}'"
    deliveries: list[Delivery] = []
    subscriber = Subscriber(
        dsn, [Subscription(QUEUE, 10)], on_delivery=deliveries.append, on_lost=lambda _: None
    )
    rabbitmq_broker.evaluate(f"sys:suspend({process})")
    try:
        subscriber.start()
        wait_until(lambda: "gives no answer about work" in str(subscriber.problem))
    finally:
        rabbitmq_broker.evaluate(f"sys:resume({process})")
    try:
        assert subscriber.wait_connected(PATIENCE)
        wait_until(lambda: len(deliveries) == 1)
        assert subscriber.is_current(deliveries[0])
    finally:
        subscriber.close()


def test_a_queue_that_is_too_busy_to_be_counted_does_not_count_as_empty(
    dsn: str, publisher: Publisher, read: Callable[..., Reader], rabbitmq_broker: Broker
) -> None:
    """Its process on the broker is suspended: RabbitMQ then says 0."""
    publisher.publish([sold(number) for number in range(10)], PATIENCE)
    reader = read(3)
    wait_until(lambda: len(reader.deliveries) == 3)
    process = f"'{dsn.rpartition('/')[2]}_{QUEUE}'"
    rabbitmq_broker.evaluate(f"sys:suspend({process})")
    try:
        with pytest.raises(StoreUnavailableError, match=r"no sure answer|no answer about the queues"):
            reader.subscriber.ready(2.0)
        with (
            pytest.raises(StoreUnavailableError, match="no sure answer about work"),
            administration(dsn) as broker,
        ):
            broker.depth(QUEUE)
    finally:
        rabbitmq_broker.evaluate(f"sys:resume({process})")
    assert reader.subscriber.ready(PATIENCE) == {QUEUE: 7}
    with administration(dsn) as broker:
        assert broker.depth(QUEUE) == QueueDepth(7, 1)


def test_a_queue_that_is_deleted_is_prepared_again(dsn: str, read: Callable[..., Reader]) -> None:
    prepared: list[float] = []

    def prepare() -> None:
        prepared.append(time.monotonic())
        with administration(dsn) as broker:
            broker.declare_queue(QUEUE, {"x-queue-type": "quorum"})

    reader = read(10, prepare=prepare)
    with administration(dsn) as broker:
        broker.delete_queue(QUEUE)
    wait_until(lambda: len(prepared) >= 2)
    assert reader.subscriber.wait_connected(PATIENCE)


def test_what_is_wrong_with_a_connection_is_said_in_one_line_without_the_password(
    rabbitmq: Settings, dsn: str
) -> None:
    port = rabbitmq.rabbitmq_port
    wrong = {
        f"amqp://upbeat:hunter2@127.0.0.1:{port}/": "refuses the login of user upbeat",
        "amqp://upbeat:hunter2@127.0.0.1:1/": "Connection refused",
        dsn.rpartition("/")[0] + "/no-such-host": "vhost no-such-host not found",
    }
    for url, problem in wrong.items():
        with pytest.raises(StoreUnavailableError, match=problem) as caught, administration(url):
            pass
        with pytest.raises(StoreUnavailableError, match=problem) as published:
            Publisher(url).publish([sold(1)], PATIENCE)
        password = url.split("@")[0].rpartition(":")[2]
        for line in (str(caught.value), str(published.value)):
            assert line.startswith("RabbitMQ does not answer at 127.0.0.1:")
            assert password not in line
            assert "\n" not in line


def test_an_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(InputError) as caught:
        Publisher(SecretStr("amqp://upbeat:hunter2@127.0.0.1:port/").get_secret_value())
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.__cause__)


def test_administration_says_what_is_not_there(dsn: str) -> None:
    with administration(dsn) as broker:
        assert broker.depth("nowhere") is None
        with pytest.raises(RefusedError) as caught:
            broker.get("nowhere")
        assert caught.value.code == 404
        assert broker.get(QUEUE) is None
        broker.declare_exchange("shop.dx", "direct")  # it is a topic exchange and stays one
        with pytest.raises(RefusedError) as caught:
            broker.declare_queue(QUEUE, {"x-queue-type": "classic"})
        assert caught.value.code == 406
        broker.delete_queue("nowhere")
