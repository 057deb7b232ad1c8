"""Publishes with confirms: a message counts as sent when the broker has written it to a majority of its replicas."""

from __future__ import annotations

import re
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.exceptions import ShortStringTooLong, UnsupportedAMQPFieldException

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.stores.rabbitmq.messages import MessageProperties, Outgoing
from upbeat.stores.rabbitmq.parameters import connection_parameters, reason, unavailable
from upbeat.stores.rabbitmq.session import Session

# Messages and bytes under way. More gains nothing, and is what a lost connection sends twice.
WINDOW_MESSAGES = 2_000
WINDOW_BYTES = 32 * 1024 * 1024
PERSISTENT = 2
# What pika raises for a value that has no form in AMQP, before it has written anything of the message.
_NO_AMQP = (
    AssertionError,
    OverflowError,
    ShortStringTooLong,
    TypeError,
    UnicodeError,
    UnsupportedAMQPFieldException,
    ValueError,
    struct.error,
)
_TOO_LARGE = re.compile(r"message size (\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """An item (its index) that the broker did not take, and why. It may be sent again; it was not lost.

    `lasting`: the same item will always be refused, because it is too large or has no form in AMQP.
    """

    index: int
    reason: str
    lasting: bool = False


@dataclass(slots=True)
class _Call:
    """The state of one `publish`, owned by the connection's thread until `done`."""

    items: Sequence[Outgoing]
    next: int = 0
    bytes_under_way: int = 0
    under_way: dict[int, int] = field(default_factory=dict)  # delivery tag → index, in the order of sending
    returned: dict[int, str] = field(default_factory=dict)  # index → why, until its confirm comes
    refusals: list[Refusal] = field(default_factory=list)
    again: list[int] = field(default_factory=list)  # indexes that a closed channel left open
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def take(self) -> int | None:
        """The index to send next."""
        if self.again:
            return self.again.pop(0)
        if self.next == len(self.items):
            return None
        self.next += 1
        return self.next - 1

    def has_room(self) -> bool:
        return len(self.under_way) < WINDOW_MESSAGES and self.bytes_under_way < WINDOW_BYTES

    def answer(self, tag: int, multiple: bool, refused: str | None) -> None:
        """A confirm (`refused` None) or a nack of one message, or of all up to it."""
        tags = [tag] if not multiple else _up_to(self.under_way, tag)
        for each in tags:
            index = self.under_way.pop(each, None)
            if index is None:
                continue
            self.bytes_under_way -= len(self.items[index].body)
            why = self.returned.pop(index, refused)
            if why is not None:
                self.refusals.append(Refusal(index, why))

    def hand_back(self, message: Outgoing, why: str) -> None:
        """A returned message. It carries no tag: the first open one that is equal to it is meant, or is as good."""
        for index in self.under_way.values():
            item = self.items[index]
            if index not in self.returned and _equal(item, message):
                self.returned[index] = why
                return

    def open_again(self) -> None:
        """The channel is gone and its tags with it: what was under way is to be sent anew, in its order."""
        self.again = sorted([*self.under_way.values(), *self.again])
        self.under_way.clear()
        self.returned.clear()
        self.bytes_under_way = 0

    def is_complete(self) -> bool:
        return not self.under_way and not self.again and self.next == len(self.items)


def _up_to(under_way: dict[int, int], tag: int) -> list[int]:
    tags = []
    for each in under_way:
        if each > tag:
            break
        tags.append(each)
    return tags


def _equal(item: Outgoing, other: Outgoing) -> bool:
    return (
        item.exchange == other.exchange
        and item.routing_key == other.routing_key
        and item.properties.message_id == other.properties.message_id
        and item.body == other.body
    )


class Publisher:
    """Publishes messages, persistent and mandatory. One connection in a thread of its own, opened when needed.

    `publish` may be called by several threads, one after the other; `close` by any.
    """

    def __init__(self, dsn: str, *, application: str = "upbeat publisher") -> None:
        self._parameters = connection_parameters(dsn, application)
        self._callers = threading.Lock()
        self._state = threading.Condition()
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._channel: Any = None
        self._closed = False
        self._blocked: str | None = None
        self._problem: BaseException | None = None
        self._sent = 0
        self._call: _Call | None = None

    def publish(self, items: Sequence[Outgoing], timeout: float) -> list[Refusal]:
        """Send all items and wait until each is confirmed, refused or returned.

        Returns:
            The items that the broker did not take: no queue is bound for them, it refused them, or they are too large.

        Raises:
            StoreUnavailableError: the connection was lost, or `timeout` (seconds) ended first. Whatever was sent may or
                may not have arrived and counts as not sent. The next call connects again.
        """
        if not items:
            return []
        deadline = time.monotonic() + timeout
        with self._callers:
            session = self._open(deadline)
            call = _Call(items)
            if not session.call(lambda: self._begin(call)):
                self._drop()
                raise unavailable(self._parameters, self._problem)
            if not call.done.wait(max(0.0, deadline - time.monotonic())):
                blocked = self._blocked
                self._drop()
                raise self._late(blocked, timeout, call)
            if call.error is not None:
                self._drop()
                raise unavailable(self._parameters, call.error) from call.error
            return sorted(call.refusals)

    def close(self) -> None:
        """End the connection; a `publish` that waits raises `StoreUnavailableError`. Harmless when closed."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        self._drop()

    def _late(self, blocked: str | None, timeout: float, call: _Call) -> StoreUnavailableError:
        where = f"{self._parameters.host}:{self._parameters.port}"
        if blocked is not None:
            return StoreUnavailableError(f"RabbitMQ at {where} takes no messages: alarm, {blocked}")
        missing = len(call.items) - call.next + len(call.again) + len(call.under_way)
        return StoreUnavailableError(
            f"RabbitMQ at {where} did not confirm {missing} of {len(call.items)} messages within {timeout:g} s"
        )

    # --- in the caller's thread ------------------------------------------------------------------
    def _open(self, deadline: float) -> Session:
        """The session with an open channel; begun when there is none."""
        with self._state:
            if self._closed:
                raise StoreUnavailableError("the publisher is closed")
            if self._session is None:
                self._begin_session()
            opened = self._state.wait_for(
                lambda: self._channel is not None or self._session is None or self._closed,
                max(0.0, deadline - time.monotonic()),
            )
            session = self._session
            problem = self._problem
        if not opened or session is None or self._channel is None:
            self._drop()
            raise unavailable(self._parameters, problem or TimeoutError("no connection in time"))
        return session

    def _begin_session(self) -> None:
        session = Session(self._parameters, self._opened)
        self._session, self._channel, self._blocked, self._problem = session, None, None, None
        self._thread = threading.Thread(
            target=self._run, args=(session,), name="rabbitmq publisher", daemon=True
        )
        self._thread.start()

    def _drop(self) -> None:
        """End the session, if any, and wait for its thread: nothing of it reaches the next one."""
        with self._state:
            session, thread = self._session, self._thread
            self._session = self._thread = None
        if session is not None:
            session.end()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    # --- in the connection's thread --------------------------------------------------------------
    def _run(self, session: Session) -> None:
        error = session.run()
        with self._state:
            self._channel = None
            # Why we closed it, if we did, says more than that we did.
            error = self._problem = self._problem or error
            if self._session is session:
                self._session = None
            call, self._call = self._call, None
            self._state.notify_all()
        if call is not None:
            call.error = error or ConnectionError("the connection was closed")
            call.done.set()

    def _opened(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda _, frame: self._on_blocked(frame.method.reason))
        connection.add_on_connection_unblocked_callback(lambda *_: self._on_blocked(None))
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._on_return)
        self._sent = 0
        channel.confirm_delivery(self._on_answer, callback=lambda _: self._usable(channel))

    def _usable(self, channel: Any) -> None:
        with self._state:
            self._channel = channel
            self._state.notify_all()
        self._pump()

    def _begin(self, call: _Call) -> None:
        self._call = call
        self._pump()

    def _pump(self) -> None:
        """Send as much as the window holds."""
        call, channel = self._call, self._channel
        if call is None or channel is None or not channel.is_open or self._blocked is not None:
            return
        while call.has_room() and (index := call.take()) is not None:
            item = call.items[index]
            properties = _amqp_properties(item.properties)
            try:
                channel.basic_publish(item.exchange, item.routing_key, item.body, properties, mandatory=True)
            except _NO_AMQP as error:
                call.refusals.append(Refusal(index, f"cannot be written as AMQP: {error!r}"[:300], True))
                continue
            self._sent += 1
            call.under_way[self._sent] = index
            call.bytes_under_way += len(item.body)
        if call.is_complete():
            self._call = None
            call.done.set()

    def _on_answer(self, frame: Any) -> None:
        if self._call is None:
            return
        failpoint("relay_after_publish")  # the broker has it, and nobody here knows
        method = frame.method
        refused = "refused by the broker (nack)" if isinstance(method, pika.spec.Basic.Nack) else None
        self._call.answer(method.delivery_tag, method.multiple, refused)
        self._pump()

    def _on_return(self, _: Any, method: Any, properties: Any, body: bytes) -> None:
        """Comes before the confirm of the same message."""
        if self._call is not None:
            message = Outgoing(method.exchange, method.routing_key, body, properties)
            why = f"no queue takes it ({method.reply_text}): {method.exchange} with key {method.routing_key}"
            self._call.hand_back(message, why)

    def _on_blocked(self, why: str | None) -> None:
        self._blocked = None if why is None else (why or "no reason given")
        self._pump()

    def _channel_closed(self, channel: Any, error: BaseException) -> None:
        """A message that is too large closes the channel: it is refused, the others are sent by a new one."""
        self._channel = None
        connection, call = channel.connection, self._call
        too_large = _TOO_LARGE.search(str(error))
        if call is None or too_large is None or not connection.is_open:
            self._problem = error
            if connection.is_open:
                connection.close()
            return
        call.open_again()
        size = int(too_large[1])
        for index in [index for index in call.again if len(call.items[index].body) == size]:
            call.again.remove(index)
            call.refusals.append(Refusal(index, reason(error, self._parameters), True))
        connection.channel(on_open_callback=self._channel_opened)


def _amqp_properties(properties: MessageProperties) -> Any:
    return pika.BasicProperties(
        content_type=properties.content_type,
        message_id=properties.message_id,
        type=properties.type,
        app_id=properties.app_id,
        timestamp=properties.timestamp,
        headers=properties.headers or None,
        delivery_mode=PERSISTENT,
    )
