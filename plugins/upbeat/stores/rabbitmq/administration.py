"""Short connections for what a person or a start-up asks of RabbitMQ: declare, count, read, requeue."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from upbeat.errors import UpbeatError
from upbeat.stores.rabbitmq.messages import MessageProperties
from upbeat.stores.rabbitmq.parameters import CONNECTION_ERRORS, connection_parameters, unavailable

NOT_FOUND = 404
# RabbitMQ waits so long for a quorum queue's answer, and then says that it has neither messages nor consumers.
SILENT_QUEUE_SECONDS = 0.25
DEPTH_SECONDS = 5.0


class RefusedError(UpbeatError):
    """The broker understood and refused. `code` is AMQP's reply code: 403 no right, 404 not there, 406 other arguments."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Messages that wait (not those that a consumer holds), and consumers, of all clients."""

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message taken from a queue and not acknowledged yet. `waiting` is how many were behind it."""

    tag: int
    exchange: str
    routing_key: str
    redelivered: bool
    waiting: int
    properties: MessageProperties
    body: bytes


class Administration:
    """One blocking connection. Not thread-safe. Every method raises `StoreUnavailableError` and `RefusedError`."""

    def __init__(self, connection: Any, parameters: Any) -> None:
        self._connection = connection
        self._parameters = parameters
        self._channel: Any = None

    def declare_exchange(self, name: str, kind: str) -> None:
        """Make a durable exchange; one that exists stays as it is, of whatever type."""
        if not self._exists(lambda channel: channel.exchange_declare(name, passive=True)):
            with self._open() as channel:
                channel.exchange_declare(name, exchange_type=kind, durable=True)

    def declare_queue(self, name: str, arguments: Mapping[str, Any]) -> QueueDepth:
        """Make a durable queue with these arguments; one that exists must have the same (406 otherwise)."""
        with self._open() as channel:
            ok = channel.queue_declare(name, durable=True, arguments=dict(arguments)).method
        return QueueDepth(ok.message_count, ok.consumer_count)

    def bind(self, queue: str, exchange: str, routing_key: str) -> None:
        """Route messages of the exchange with this key to the queue."""
        with self._open() as channel:
            channel.queue_bind(queue, exchange, routing_key)

    def depth(self, queue: str) -> QueueDepth | None:
        """How full the queue is; None when there is none of this name.

        RabbitMQ says 0 of a busy queue that it did not reach. That is asked again, and after a while it counts as no answer:
        `StoreUnavailableError`.
        """
        deadline = time.monotonic() + DEPTH_SECONDS
        try:
            while (depth := self._depth(queue)) is None:
                if time.monotonic() >= deadline:
                    raise unavailable(self._parameters, TimeoutError(f"no sure answer about {queue}"))
        except RefusedError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        return depth

    def _depth(self, queue: str) -> QueueDepth | None:
        """None when the queue seems empty and took so long for it that RabbitMQ may not have reached it."""
        asked = time.monotonic()
        with self._open() as channel:
            ok = channel.queue_declare(queue, passive=True).method
        silent = time.monotonic() - asked >= SILENT_QUEUE_SECONDS
        if silent and ok.message_count == ok.consumer_count == 0:
            return None
        return QueueDepth(ok.message_count, ok.consumer_count)

    def get(self, queue: str) -> Received | None:
        """The message at the head, held until it is acknowledged, given back, or the connection ends; None when empty."""
        with self._open() as channel:
            method, properties, body = channel.basic_get(queue)
        if method is None:
            return None
        return Received(
            method.delivery_tag,
            method.exchange,
            method.routing_key,
            method.redelivered,
            method.message_count,
            properties,
            body,
        )

    def ack(self, message: Received) -> None:
        """The message is dealt with: the queue forgets it."""
        with self._open() as channel:
            channel.basic_ack(message.tag)

    def give_back(self, last: Received) -> None:
        """Put back all messages that were taken up to this one, and it, in their order. (A lost connection gives them back
        in any order.)"""
        with self._open() as channel:
            channel.basic_nack(last.tag, multiple=True, requeue=True)

    def delete_queue(self, name: str) -> None:
        """Delete the queue with what is in it; nothing when there is none."""
        with self._open() as channel:
            channel.queue_delete(name)

    def delete_exchange(self, name: str) -> None:
        """Delete the exchange; nothing when there is none."""
        with self._open() as channel:
            channel.exchange_delete(name)

    def _exists(self, ask: Any) -> bool:
        try:
            with self._open() as channel:
                ask(channel)
        except RefusedError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """The channel: a refusal closes it, and the next call opens another."""
        try:
            if self._channel is None or not self._channel.is_open:
                self._channel = self._connection.channel()
            yield self._channel
        except ChannelClosedByBroker as error:
            text = " ".join(error.reply_text.split())
            raise RefusedError(f"RabbitMQ refuses: {text}", error.reply_code) from error
        except CONNECTION_ERRORS as error:
            raise unavailable(self._parameters, error) from error


@contextmanager
def administration(dsn: str, *, application: str = "upbeat") -> Iterator[Administration]:
    """A connection for a block; messages that were taken and not acknowledged go back at its end.

    Raises:
        StoreUnavailableError: RabbitMQ does not answer, or was lost within the block.
    """
    parameters = connection_parameters(dsn, application)
    try:
        connection = pika.BlockingConnection(parameters)
    except CONNECTION_ERRORS as error:
        raise unavailable(parameters, error) from error
    try:
        yield Administration(connection, parameters)
    finally:
        try:
            if connection.is_open:
                connection.close()
        except CONNECTION_ERRORS:
            pass  # it is over either way
