"""Deliveries as the tests of the broker's side need them."""

from __future__ import annotations

from upbeat.events.batch import StoredEvent
from upbeat.events.held_message import HeldMessage, announced_events
from upbeat.events.wire import to_messages
from upbeat.stores.rabbitmq import Delivery


def event(number: int, body: bytes = b"{}") -> StoredEvent:
    return StoredEvent(number, f"key {number}", body, "", 1.0)


def held(
    tag: int, *events: StoredEvent, channel: int = 0, redelivered: bool = False, received: float = 0.0
) -> HeldMessage:
    """One message with these events, packed when there are several."""
    (message,) = to_messages("story", list(events), max(1, len(events)))
    delivery = Delivery(channel, 0, tag, "beat.dx", "story_events", redelivered, message, message.body)
    return HeldMessage(delivery, received, announced_events(message))
