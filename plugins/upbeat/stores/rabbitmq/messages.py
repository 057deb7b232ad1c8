"""Messages on their way to RabbitMQ and from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class MessageProperties(Protocol):
    """The properties of AMQP that are read here. Another system's client may have put anything into them."""

    @property
    def content_type(self) -> str | None: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def type(self) -> str | None: ...
    @property
    def app_id(self) -> str | None: ...
    @property
    def timestamp(self) -> int | None: ...
    @property
    def headers(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Properties:
    """What is published beside a body. `timestamp` is in Unix seconds; every message is persistent."""

    content_type: str | None = None
    message_id: str | None = None
    type: str | None = None
    app_id: str | None = None
    timestamp: int | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish. An empty `exchange` is AMQP's default one: the routing key is then the queue's name."""

    exchange: str
    routing_key: str
    body: bytes
    properties: MessageProperties


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that a `Subscriber` received.

    Attributes:
        channel: index of the subscription's channel; `tag` counts up in each of them.
        generation: of the channel; the tags of an earlier one mean nothing any more.
        redelivered: somebody received it before and did not acknowledge it.
    """

    channel: int
    generation: int
    tag: int
    exchange: str
    routing_key: str
    redelivered: bool
    properties: MessageProperties
    body: bytes
