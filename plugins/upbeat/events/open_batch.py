"""A batch made of messages: who holds which of its events, and what is done when they are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from upbeat.events.batch import Batch, StoredEvent
from upbeat.events.held_message import HeldMessage


@dataclass(slots=True)
class JoinedMessages:
    """Messages whose events make one batch, and those that have to wait for the next.

    Attributes:
        events: by id, in the order of the messages. The same event in two messages is there once.
        owners: by event id the messages that hold it.
    """

    events: dict[int, StoredEvent] = field(default_factory=dict)
    owners: dict[int, list[HeldMessage]] = field(default_factory=dict)
    messages: list[HeldMessage] = field(default_factory=list)
    rest: list[HeldMessage] = field(default_factory=list)


def join(messages: Sequence[HeldMessage], most: int) -> JoinedMessages:
    """Join whole messages up to `most` events, one message at least.

    An event with the id of another one but other content waits for the next batch: within a batch an id has one meaning.
    """
    joined = JoinedMessages()
    for position, held in enumerate(messages):
        own = held.decoded()
        if joined.messages and not _fits(joined.events, own, most):
            joined.rest += messages[position:]
            break
        if any(_is_another(joined.events.get(event.id), event) for event in own):
            joined.rest.append(held)
            continue
        joined.messages.append(held)
        for event in own:
            joined.events.setdefault(event.id, event)
            joined.owners.setdefault(event.id, []).append(held)
    return joined


def _fits(events: dict[int, StoredEvent], more: Sequence[StoredEvent], most: int) -> bool:
    """A second copy of a message takes no room."""
    return len(events) + len(more) <= most or len(events.keys() | {event.id for event in more}) <= most


def _is_another(known: StoredEvent | None, event: StoredEvent) -> bool:
    return known is not None and known.body != event.body


@dataclass(slots=True)
class OpenBatch:
    """A batch that was handed out and is not done. `not_before`: when it may be handed out again once given back."""

    batch: Batch
    owners: dict[int, list[HeldMessage]]
    messages: list[HeldMessage]
    left: dict[int, StoredEvent]
    not_before: float = 0.0

    @classmethod
    def of(cls, identifier: str, kind: str, joined: JoinedMessages, order: Iterable[int]) -> OpenBatch:
        """A batch of the joined events with the ids in `order`."""
        events = {number: joined.events[number] for number in order}
        for held in joined.messages:
            held.batch = identifier
        batch = Batch(identifier, kind, list(events.values()))
        return cls(batch, joined.owners, joined.messages, events)

    @property
    def oldest(self) -> float:
        """When the first of its messages was received."""
        return min(held.received for held in self.messages)

    def done(self, ids: Iterable[int]) -> tuple[int, list[HeldMessage]]:
        """These events are stored or parked: how many were left until now, and the messages of which nothing is left."""
        count, finished = 0, []
        for number in ids:
            if self.left.pop(number, None) is None:
                continue
            count += 1
            for held in self.owners[number]:
                held.left -= 1
                if held.left == 0:
                    finished.append(held)
        return count, finished

    def unfinished(self) -> list[HeldMessage]:
        """The messages of which something is left."""
        return [held for held in self.messages if held.left > 0]

    def apart(self) -> list[HeldMessage]:
        """The messages that still stand, each with the events that are left: the batch cannot be handed out again."""
        messages = [held for held in self.unfinished() if not held.void]
        for held in messages:
            held.events = [event for event in held.decoded() if event.id in self.left]
        return messages

    def again(self, not_before: float) -> OpenBatch:
        """The same batch with what is left of it."""
        batch = Batch(self.batch.id, self.batch.kind, list(self.left.values()))
        return OpenBatch(batch, self.owners, self.unfinished(), self.left, not_before)
