"""The way of one batch to the broker: messages out, and which of its events the broker answers for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from upbeat.events.batch import Batch, Rejected, StoredEvent
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


@dataclass(slots=True)
class Published:
    """What became of a batch.

    Attributes:
        events: those that the broker answers for now, in `messages` messages.
        refusals: why others were not taken this time.
        rejected: those that no message can ever hold, with the reason.
    """

    events: list[StoredEvent]
    messages: int
    refusals: list[str]
    rejected: list[Rejected]

    def add(self, other: Published) -> None:
        """Another part of the same batch."""
        self.events += other.events
        self.messages += other.messages
        self.refusals += other.refusals
        self.rejected += other.rejected


def publish_batch(batch: Batch, consumer: Consumer, exchange: Exchange, timeout: float) -> Published:
    """Send a batch. A message that is refused keeps all events that are packed in it; one that is too large is sent
    again, one event to a message.

    Raises:
        StoreUnavailableError: see `Exchange.publish`; every event is still in the batch.
    """

    def send(events: Sequence[StoredEvent], pack: int) -> Published:
        messages = to_messages(batch.kind, events, pack)
        refusals = exchange.publish(consumer, messages, timeout)
        taken = confirmed(events, pack, {one.index for one in refusals})
        passing = [one.reason for one in refusals if not one.lasting]
        sent = Published(taken, len(messages) - len(refusals), passing, [])
        for one in refusals:
            members = events[one.index * pack : (one.index + 1) * pack]
            if one.lasting and len(members) == 1:
                sent.rejected.append(Rejected(members[0], one.reason))
            elif one.lasting:
                sent.add(send(members, 1))
        return sent

    return send(batch.events, consumer.pack)


def confirmed(events: Sequence[StoredEvent], pack: int, refused: Collection[int]) -> list[StoredEvent]:
    """The events whose message is not among the refused indexes; `pack` of them stand in each message."""
    if not refused:
        return list(events)
    return [event for place, event in enumerate(events) if place // pack not in refused]
