"""The way of one batch to the broker: messages out, and which of its events the broker answers for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from upbeat.events.batch import Batch, StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.wire import Message, to_messages

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Refusal


class Exchange(Protocol):
    """Where messages go: `BrokerExchange`."""

    def open(self) -> None:
        """Connect, and see that exchanges and queues are there; nothing when that was done before.

        Raises:
            StoreUnavailableError: the broker does not answer.
        """

    def publish(self, consumer: Consumer, messages: Sequence[Message], timeout: float) -> Sequence[Refusal]:
        """Send the messages in their order and wait until the broker has answered for each; those that it refused.

        Raises:
            StoreUnavailableError: not all were answered for within `timeout` seconds: any may have arrived, or none.
        """

    def mend(self) -> None:
        """Something was refused: see again that exchanges and queues are there.

        Raises:
            StoreUnavailableError: the broker does not answer.
        """

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch: the events that the broker answers for, the messages they went in, and why others did not."""

    events: list[StoredEvent]
    messages: int
    refusals: Sequence[Refusal]


def publish_batch(batch: Batch, consumer: Consumer, exchange: Exchange, timeout: float) -> Published:
    """Send a batch; a message that is refused keeps all events that are packed in it.

    Raises:
        StoreUnavailableError: see `Exchange.publish`; every event is still in the batch.
    """
    messages = to_messages(batch.kind, batch.events, consumer.pack)
    refusals = exchange.publish(consumer, messages, timeout)
    events = confirmed(batch.events, consumer.pack, {one.index for one in refusals})
    return Published(events, len(messages) - len(refusals), refusals)


def confirmed(events: Sequence[StoredEvent], pack: int, refused: Collection[int]) -> list[StoredEvent]:
    """The events whose message is not among the refused indexes; `pack` of them stand in each message."""
    if not refused:
        return list(events)
    return [event for place, event in enumerate(events) if place // pack not in refused]
