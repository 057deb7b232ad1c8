"""The way of one batch to the broker: messages out, and which of its events the broker answers for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch, Rejected, StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.wire import Message, to_messages

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Refusal


PART_EVENTS = 5_000
PART_BYTES = 16 * 1024 * 1024


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
        problem: why the rest was not sent to its end; None when it was.
    """

    events: list[StoredEvent] = field(default_factory=list)
    messages: int = 0
    refusals: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    problem: StoreUnavailableError | None = None


def publish_batch(batch: Batch, consumer: Consumer, exchange: Exchange, timeout: float) -> Published:
    """Send a batch, a part at a time: however slow the broker is, what it took of a large batch has left the batch.

    A message that is refused keeps all events that are packed in it; one that is too large is sent again, one event to a
    message.

    Args:
        timeout: seconds for each part.
    """
    sent = Published()
    try:
        for part in parts(batch.events, consumer.pack):
            _send(part, consumer.pack, batch.kind, consumer, exchange, timeout, sent)
    except StoreUnavailableError as error:
        sent.problem = error
    return sent


def _send(
    events: Sequence[StoredEvent],
    pack: int,
    kind: str,
    consumer: Consumer,
    exchange: Exchange,
    timeout: float,
    sent: Published,
) -> None:
    messages = to_messages(kind, events, pack)
    refusals = exchange.publish(consumer, messages, timeout)
    sent.events += confirmed(events, pack, {one.index for one in refusals})
    sent.messages += len(messages) - len(refusals)
    for one in refusals:
        members = events[one.index * pack : (one.index + 1) * pack]
        if not one.lasting:
            sent.refusals.append(one.reason)
        elif len(members) == 1:
            sent.rejected.append(Rejected(members[0], one.reason))
        else:
            _send(members, 1, kind, consumer, exchange, timeout, sent)


def parts(events: Sequence[StoredEvent], pack: int) -> Iterator[Sequence[StoredEvent]]:
    """The events in runs of whole messages, at most `PART_EVENTS` or (beyond the first message) `PART_BYTES` each."""
    start = size = 0
    for place in range(0, len(events), pack):
        more = sum(len(event.body) for event in events[place : place + pack])
        if place > start and (size + more > PART_BYTES or place + pack - start > PART_EVENTS):
            yield events[start:place]
            start, size = place, 0
        size += more
    if start < len(events):
        yield events[start:]


def confirmed(events: Sequence[StoredEvent], pack: int, refused: Collection[int]) -> list[StoredEvent]:
    """The events whose message is not among the refused indexes; `pack` of them stand in each message."""
    if not refused:
        return list(events)
    return [event for place, event in enumerate(events) if place // pack not in refused]
