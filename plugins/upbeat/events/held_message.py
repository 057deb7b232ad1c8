"""A message that a source of batches holds without an acknowledgement, and the messages of a kind that wait."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upbeat.events.batch import StoredEvent
from upbeat.events.error_messages import Origin
from upbeat.events.wire import APP_ID, NDJSON, BadPart, Message, events_of, is_packed, message_of

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Delivery, MessageProperties

LARGEST_COUNT = 10_000


@dataclass(slots=True, eq=False)
class HeldMessage:
    """A message, decoded when it is first looked at.

    Attributes:
        received: by the monotonic clock, in seconds. The wait for a batch is counted from it: the events may be old, and
            a backlog would make every one of them due on arrival.
        announced: how many events it says it holds.
        left: events and bad parts that are neither stored nor parked yet; known once decoded.
        batch: the id of the batch that it is in, or was in last.
        void: its channel was lost; the broker delivers it again, and this copy is acknowledged by nobody.
    """

    delivery: Delivery
    received: float
    announced: int = 1
    events: list[StoredEvent] | None = None
    bad: list[BadPart] = field(default_factory=list)
    left: int = 0
    batch: str | None = None
    void: bool = False

    def decoded(self) -> list[StoredEvent]:
        """Its events; none is there twice."""
        if self.events is None:
            self.events, self.bad = events_of(self.message, time.time())
            self.left = len(self.events) + len(self.bad)
        return self.events

    @property
    def message(self) -> Message:
        """As it was published."""
        return message_of(self.delivery.properties, self.delivery.body)

    @property
    def is_plain(self) -> bool:
        """One event to the message, and its body is the payload."""
        return not is_packed(self.message)

    @property
    def size(self) -> int:
        """Events, as far as it is known. One at least: a message without any has to be dealt with, too."""
        return self.announced if self.events is None else max(1, len(self.events))

    @property
    def origin(self) -> Origin:
        """Where it was published."""
        return Origin(self.delivery.exchange, self.delivery.routing_key)


def announced_events(properties: MessageProperties) -> int:
    """How many events a message says it holds: only a hint for when to look."""
    if properties.content_type != NDJSON or properties.app_id != APP_ID:
        return 1
    count = (properties.headers or {}).get("count")
    return min(count, LARGEST_COUNT) if type(count) is int and count > 0 else 1


class WaitingMessages:
    """The messages of one kind that are in no batch. Not thread-safe."""

    def __init__(self) -> None:
        self._waiting: deque[HeldMessage] = deque()
        self._again: list[HeldMessage] = []  # redelivered: they may belong to a batch that exists
        self.events = 0
        self.bytes = 0
        self.newest = 0.0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._again)

    @property
    def oldest(self) -> float | None:
        """When the first of them was received; None when there is none."""
        return self._waiting[0].received if self._waiting else None

    def add(self, held: HeldMessage) -> None:
        """A message came."""
        if held.delivery.redelivered:
            self._again.append(held)
        else:
            self._waiting.append(held)
        self._count(held)
        self.newest = held.received

    def put_back(self, messages: Iterable[HeldMessage]) -> None:
        """To the front, in their order."""
        back = list(messages)
        self._waiting.extendleft(reversed(back))
        for held in back:
            self._count(held)

    def take(self, events: int, size: int) -> list[HeldMessage]:
        """From the front, messages of so many events and `size` bytes; one message at least."""
        taken: list[HeldMessage] = []
        count = total = 0
        while self._waiting:
            held = self._waiting[0]
            if taken and (count + held.size > events or total + len(held.delivery.body) > size):
                break
            count += held.size
            total += len(held.delivery.body)
            taken.append(self._waiting.popleft())
        self.events -= count
        self.bytes -= total
        return taken

    def take_redelivered(self) -> list[HeldMessage]:
        """All that came again and were not looked at yet."""
        taken, self._again = self._again, []
        if taken:
            self._count_anew()
        return taken

    def look_again(self, messages: Iterable[HeldMessage]) -> None:
        """Messages of a batch that fell apart: its other messages come again."""
        back = list(messages)
        self._again += back
        for held in back:
            self._count(held)

    def lost(self, channel: int) -> None:
        """Forget the messages of a channel: they come again."""
        self._waiting = deque(held for held in self._waiting if held.delivery.channel != channel)
        self._again = [held for held in self._again if held.delivery.channel != channel]
        self._count_anew()

    def _count(self, held: HeldMessage) -> None:
        self.events += held.size
        self.bytes += len(held.delivery.body)

    def _count_anew(self) -> None:
        self.events = self.bytes = 0
        for held in (*self._waiting, *self._again):
            self._count(held)
