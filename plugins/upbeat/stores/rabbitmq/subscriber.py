"""Reads queues in a thread of its own, through restarts of the broker, and acknowledges for any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from upbeat.errors import InputError, StoreUnavailableError, UpbeatError
from upbeat.logs import get_logger
from upbeat.stores.rabbitmq.messages import Delivery
from upbeat.stores.rabbitmq.parameters import connection_parameters, reason, unavailable
from upbeat.stores.rabbitmq.session import Session

log = get_logger(__name__)

# Connections and channels that were lost are opened again after so long.
RECONNECT_SECONDS = 1.0
# A broker that cannot recover a queue leaves a consumer without any answer. After so long that is said, and after the
# second time another channel is tried; the connection and the other queues go on.
CONSUME_SECONDS = 20.0
UNANSWERED_SECONDS = 60.0
# A queue that could not be counted is asked again after so long.
COUNT_AGAIN_SECONDS = 0.1
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Subscription:
    """One channel with one consumer on a queue; `prefetch` is the most messages it holds unacknowledged."""

    queue: str
    prefetch: int


@dataclass(slots=True)
class _Answer:
    """An ack or nack on its way to the connection's thread; `then` is told whether it went out."""

    delivery: Delivery
    multiple: bool
    requeue: bool | None  # None: ack
    then: Callable[[bool], None] | None


class Subscriber:
    """Consumes from queues, one channel per `Subscription`.

    `on_delivery` and `on_lost` are called in the reader's thread and must be quick. `on_lost` gets the index of a channel
    whose unacknowledged messages are the broker's again: acks of its earlier deliveries are dropped silently.
    """

    def __init__(
        self,
        dsn: str,
        subscriptions: Sequence[Subscription],
        *,
        on_delivery: Callable[[Delivery], None],
        on_lost: Callable[[int], None],
        application: str = "upbeat subscriber",
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """`prepare` is called before each connection, in the reader's thread: it may declare the queues."""
        self._parameters = connection_parameters(dsn, application)
        self._subscriptions = list(subscriptions)
        self._on_delivery = on_delivery
        self._on_lost = on_lost
        self._prepare = prepare
        self._stop = threading.Event()
        self._state = threading.Condition()
        self._session: Session | None = None
        self._channels: list[Any] = [None] * len(self._subscriptions)
        self._generations = [0] * len(self._subscriptions)
        self._consumers: set[int] = set()
        self._not_yet = StoreUnavailableError("RabbitMQ is not connected yet")
        self._problem: UpbeatError | None = self._not_yet
        self._answers: list[_Answer] = []
        self._answers_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="rabbitmq subscriber", daemon=True)

    # --- for any thread --------------------------------------------------------------------------
    def start(self) -> None:
        """Begin to connect and to consume; returns at once."""
        self._thread.start()

    @property
    def problem(self) -> UpbeatError | None:
        """Why not all channels consume at this moment; None when they do."""
        return self._problem

    def wait_connected(self, timeout: float) -> bool:
        """Wait until all channels consume, or so many seconds, or the end."""
        with self._state:
            self._state.wait_for(lambda: self._problem is None or self._stop.is_set(), timeout)
            return self._problem is None

    def wait_attempted(self, timeout: float) -> None:
        """Wait until the first connection stands or failed: from then on `problem` says something."""
        with self._state:
            self._state.wait_for(lambda: self._problem is not self._not_yet or self._stop.is_set(), timeout)

    def ack(
        self, delivery: Delivery, *, multiple: bool = False, then: Callable[[bool], None] | None = None
    ) -> None:
        """Acknowledge a message, or it and all before it on its channel.

        `then` is called in the reader's thread: True when the ack was written, False when the channel was lost before.
        """
        self._answer(_Answer(delivery, multiple, None, then))

    def nack(self, delivery: Delivery, *, requeue: bool = True) -> None:
        """Give a message back to its queue, or (`requeue` False) have it dead-lettered."""
        self._answer(_Answer(delivery, False, requeue, None))

    def is_current(self, delivery: Delivery) -> bool:
        """False when the delivery's channel was lost: the broker delivers the message again."""
        return self._generations[delivery.channel] == delivery.generation

    def ready(self, timeout: float) -> dict[str, int]:
        """Messages that wait in each queue, after every message delivered before has been handed to `on_delivery`.

        Raises:
            StoreUnavailableError: no connection, or no answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            count = self._count(left)
            if not count.silent:
                return count.ready
            self._stop.wait(COUNT_AGAIN_SECONDS)
        raise unavailable(self._parameters, TimeoutError("no sure answer about the queues"))

    def _count(self, timeout: float) -> _Count:
        count = _Count(len(self._subscriptions))
        with self._state:
            session = self._session
        if self._problem is not None:
            raise self._problem
        if session is None or not session.call(partial(self._count_ready, count)):
            raise unavailable(self._parameters, None)
        if not count.done.wait(timeout) or count.lost:
            raise self._problem or unavailable(self._parameters, TimeoutError("no answer about the queues"))
        return count

    def close(self) -> None:
        """Stop consuming; what is not acknowledged goes back to its queue. Harmless when closed."""
        self._stop.set()
        with self._state:
            session = self._session
            self._state.notify_all()
        if session is not None:
            session.end()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _answer(self, answer: _Answer) -> None:
        with self._answers_lock:
            self._answers.append(answer)
            first = len(self._answers) == 1
        if first:
            session = self._session
            if session is None or not session.call(self._send_answers):
                self._drop_answers()

    # --- in the reader's thread ------------------------------------------------------------------
    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self._prepare is not None:
                    self._prepare()
            except (StoreUnavailableError, InputError) as error:
                self._set_problem(error)
            else:
                self._serve()
            self._stop.wait(RECONNECT_SECONDS)
        self._drop_answers()

    def _serve(self) -> None:
        session = Session(self._parameters, self._opened)
        with self._state:
            self._session = session
        if self._stop.is_set():
            session.end()
        error = session.run()
        with self._state:
            self._session = None
        for index in range(len(self._subscriptions)):
            self._lost(index)
        self._drop_answers()
        if not self._stop.is_set():
            self._set_problem(unavailable(self._parameters, error))

    def _opened(self, connection: Any) -> None:
        for index in range(len(self._subscriptions)):
            self._open_channel(connection, index)

    def _open_channel(self, connection: Any, index: int) -> None:
        if connection.is_open and not self._stop.is_set():
            connection.channel(on_open_callback=partial(self._channel_opened, index))

    def _channel_opened(self, index: int, channel: Any) -> None:
        subscription = self._subscriptions[index]
        channel.add_on_close_callback(partial(self._channel_closed, index))
        channel.add_on_cancel_callback(lambda _: channel.close(404, "the queue is gone"))
        self._channels[index] = channel
        channel.basic_qos(prefetch_count=subscription.prefetch)
        channel.basic_consume(
            subscription.queue,
            self._receiver(index, channel),
            callback=lambda _: self._consuming(index, channel),
        )
        channel.connection.ioloop.call_later(CONSUME_SECONDS, partial(self._check, index, channel))

    def _check(self, index: int, channel: Any) -> None:
        """Give the channel up if it got no answer: whatever it gets later is not ours any more."""
        if self._channels[index] is not channel or index in self._consumers:
            return
        self._lost(index)
        queue, where = self._subscriptions[index].queue, f"{self._parameters.host}:{self._parameters.port}"
        self._set_problem(
            StoreUnavailableError(
                f"RabbitMQ at {where} gives no answer about {queue}: see the broker's log; a queue that it cannot recover has"
                f" to be deleted (`rabbitmqctl delete_queue {queue}`) and is made again"
            )
        )
        connection = channel.connection
        connection.ioloop.call_later(UNANSWERED_SECONDS, partial(self._open_channel, connection, index))

    def _receiver(self, index: int, own: Any) -> Callable[[Any, Any, Any, bytes], None]:
        """The callback of one channel, with little in it: it runs for every message."""
        on_delivery, channels, generation = self._on_delivery, self._channels, self._generations[index]

        def receive(_: Any, method: Any, properties: Any, body: bytes) -> None:
            if channels[index] is not own:
                return  # given up; closing it gives the message back
            on_delivery(
                Delivery(
                    index,
                    generation,
                    method.delivery_tag,
                    method.exchange,
                    method.routing_key,
                    method.redelivered,
                    properties,
                    body,
                )
            )

        return receive

    def _consuming(self, index: int, channel: Any) -> None:
        if self._channels[index] is not channel:
            channel.close()
            return
        self._consumers.add(index)
        if len(self._consumers) == len(self._subscriptions):
            self._set_problem(None)

    def _channel_closed(self, index: int, channel: Any, error: BaseException) -> None:
        """The other channels go on; this one is opened again, with its queue declared anew where that is missing."""
        if self._channels[index] is not channel:
            return
        self._lost(index)
        connection = channel.connection
        if self._stop.is_set() or not connection.is_open:
            return
        queue = self._subscriptions[index].queue
        self._set_problem(
            StoreUnavailableError(f"RabbitMQ does not serve {queue}: {reason(error, self._parameters)}")
        )
        if getattr(error, "reply_code", None) == NOT_FOUND and self._prepare is not None:
            connection.close()
        else:
            connection.ioloop.call_later(RECONNECT_SECONDS, partial(self._open_channel, connection, index))

    def _lost(self, index: int) -> None:
        if self._channels[index] is None:
            return
        self._channels[index] = None
        self._consumers.discard(index)
        self._generations[index] += 1
        self._on_lost(index)

    def _set_problem(self, problem: UpbeatError | None) -> None:
        """One line when the trouble begins and one when it ends."""
        with self._state:
            before, self._problem = self._problem, problem
            self._state.notify_all()
        if problem is None and before is not None:
            log.info("consuming", queues=len({one.queue for one in self._subscriptions}))
        elif problem is not None and str(problem) != str(before):
            log.warning("not consuming", problem=str(problem))

    def _send_answers(self) -> None:
        with self._answers_lock:
            answers, self._answers = self._answers, []
        for answer in answers:
            delivery = answer.delivery
            channel = self._channels[delivery.channel]
            usable = channel is not None and channel.is_open and self.is_current(delivery)
            if usable and answer.requeue is None:
                channel.basic_ack(delivery.tag, answer.multiple)
            elif usable:
                channel.basic_nack(delivery.tag, answer.multiple, answer.requeue)
            if answer.then is not None:
                answer.then(usable)

    def _drop_answers(self) -> None:
        with self._answers_lock:
            answers, self._answers = self._answers, []
        for answer in answers:
            if answer.then is not None:
                answer.then(False)

    def _count_ready(self, count: _Count) -> None:
        for channel, subscription in zip(self._channels, self._subscriptions, strict=True):
            if channel is None or not channel.is_open:
                count.give_up()
                return
            count.ask(channel, subscription.queue)


class _Count:
    """Asks each channel twice how long its queue is: messages that the first answer overtook come before the second.

    Attributes:
        silent: the queues that RabbitMQ did not reach (a busy quorum queue has 250 ms): it then says that there are neither
            messages nor consumers, but this channel is one.
    """

    def __init__(self, channels: int) -> None:
        self._open = channels
        self.ready: dict[str, int] = {}
        self.silent: set[str] = set()
        self.lost = False
        self.done = threading.Event()
        if channels == 0:
            self.done.set()

    def ask(self, channel: Any, queue: str) -> None:
        channel.add_on_close_callback(lambda *_: self.give_up())
        channel.queue_declare(queue, passive=True, callback=partial(self._first, channel, queue))

    def _first(self, channel: Any, queue: str, frame: Any) -> None:
        self.ready[queue] = frame.method.message_count
        if frame.method.consumer_count == 0:
            self.silent.add(queue)
        channel.queue_declare(queue, passive=True, callback=self._second)

    def _second(self, _: Any) -> None:
        self._open -= 1
        if self._open == 0:
            self.done.set()

    def give_up(self) -> None:
        if not self.done.is_set():
            self.lost = True
            self.done.set()
