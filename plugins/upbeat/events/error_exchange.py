"""Publishes what cannot be stored to the error exchanges, and says so only when it is safe there."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import StoredEvent
from upbeat.events.error_messages import Origin, with_reason
from upbeat.events.topology import Route, declare
from upbeat.events.wire import APP_ID, NDJSON, BadPart, Message, to_messages
from upbeat.logs import get_logger

if TYPE_CHECKING:
    from upbeat.events.held_message import HeldMessage
    from upbeat.stores.rabbitmq import Outgoing, Publisher

log = get_logger(__name__)
CONFIRM_SECONDS = 30.0


class ErrorExchange:
    """The way into the error queues. Thread-safe; the connection is opened with the first message."""

    def __init__(self, dsn: str, routes: Sequence[Route]) -> None:
        self._dsn = dsn
        self._routes = routes
        self._lock = threading.Lock()
        self._publisher: Publisher | None = None

    def publish(self, items: Sequence[Outgoing]) -> None:
        """Return when the broker has confirmed all of them. A queue that is missing is made.

        Raises:
            StoreUnavailableError: not all of them are safe; they count as not published.
        """
        with self._lock:
            try:
                refused = self._send(items)
            except StoreUnavailableError:
                refused = list(items)  # a lost connection, or an exchange that is gone: once more
            if not refused:
                return
            declare(self._dsn, self._routes)
            if self._send(refused):
                raise StoreUnavailableError(
                    f"RabbitMQ does not take events into {items[0].exchange} with key {items[0].routing_key}"
                )

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            if self._publisher is not None:
                self._publisher.close()
                self._publisher = None

    def _send(self, items: Sequence[Outgoing]) -> list[Outgoing]:
        from upbeat.stores.rabbitmq import Publisher

        if self._publisher is None:
            self._publisher = Publisher(self._dsn, application="upbeat sink errors")
        return [items[one.index] for one in self._publisher.publish(items, CONFIRM_SECONDS)]


def failed_event(route: Route, kind: str, event: StoredEvent, held: HeldMessage, reason: str) -> Outgoing:
    """One event, alone: the message that it came in, or in plain form when that holds others. It keeps its id."""
    message = held.message if held.is_plain else to_messages(kind, [event], 1)[0]
    return _failed(route, message, kind, held.origin, reason)


def failed_part(route: Route, kind: str, part: BadPart, origin: Origin) -> Outgoing:
    """A line of a packed message that is no event, as a packed message of its own."""
    message = Message(part.body, NDJSON, type=kind, app_id=APP_ID, headers={"count": 1})
    return _failed(route, message, kind, origin, part.reason)


def _failed(route: Route, message: Message, kind: str, origin: Origin, reason: str) -> Outgoing:
    from upbeat.stores.rabbitmq import Outgoing

    marked = with_reason(message, kind=kind, origin=origin, reason=reason, failed_at=datetime.now(UTC))
    return Outgoing(route.error_exchange, route.error_routing_key, marked.body, marked)
