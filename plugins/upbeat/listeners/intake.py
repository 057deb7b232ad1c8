"""Messages between the broker's connection, which brings them, and the loop, which takes them in groups."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from upbeat.events.topology import Route, declare
from upbeat.listeners.configuration import Listener
from upbeat.listeners.registry import holds_secrets
from upbeat.logs import get_logger
from upbeat.stores.rabbitmq import Delivery, Subscriber, Subscription

log = get_logger(__name__)
GROUP = 200
"""Most messages of one transaction. More gain little, and are done one by one when one of them is at fault."""
_ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that is not acknowledged, and when it came."""

    delivery: Delivery
    at: datetime


class Intake:
    """Listens to the queues of some listeners; each may hold as many messages as its `prefetch` says.

    Messages of one listener are handed out in the order in which they came; listeners take turns.
    """

    def __init__(self, dsn: str, listeners: Sequence[Listener]) -> None:
        self._listeners = [listener for listener in listeners for _ in range(listener.consumers)]
        self._waiting: dict[str, deque[Arrived]] = {listener.name: deque() for listener in listeners}
        self._turns = deque(self._waiting)
        self._changed = threading.Condition()
        self._acks_under_way = 0
        self._dsn = dsn
        self._told: set[str] = set()
        self._subscriber = Subscriber(
            dsn,
            [Subscription(listener.queue, listener.prefetch) for listener in self._listeners],
            on_delivery=self._arrive,
            on_lost=self._lose,
            application="upbeat listen",
            prepare=self._declare,
        )
        self._subscriber.start()

    @property
    def problem(self) -> Exception | None:
        """Why not all queues are listened to at this moment."""
        return self._subscriber.problem

    def take(self, timeout: float, *, without: Collection[str] = ()) -> tuple[str, list[Arrived]] | None:
        """The next group of one listener, oldest first; None when nothing came within `timeout` seconds.

        Args:
            without: listeners whose messages are left where they are.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: any(waiting for name, waiting in self._waiting.items() if name not in without),
                timeout,
            )
            for _ in range(len(self._turns)):
                name = self._turns[0]
                self._turns.rotate(-1)
                waiting = self._waiting[name]
                if waiting and name not in without:
                    return name, [waiting.popleft() for _ in range(min(GROUP, len(waiting)))]
        return None

    def still_ours(self, group: Sequence[Arrived]) -> list[Arrived]:
        """The messages that the broker has not taken back: it delivers the others again."""
        return [arrived for arrived in group if self._subscriber.is_current(arrived.delivery)]

    def acknowledge(self, group: Sequence[Arrived]) -> None:
        """The messages of a group are done. Of each channel it is the oldest that are out, so that one ack holds for all."""
        last = {arrived.delivery.channel: arrived.delivery for arrived in group}
        with self._changed:
            self._acks_under_way += len(last)
        for delivery in last.values():
            self._subscriber.ack(delivery, multiple=True, then=self._acknowledged)

    def is_empty(self) -> bool:
        """Whether nothing waits in any queue or here. Raises `StoreUnavailableError`."""
        ready = self._subscriber.ready(_ANSWER_SECONDS)
        with self._changed:
            return not any(ready.values()) and not any(self._waiting.values())

    def close(self) -> None:
        """Stop listening; acks under way go out first, and what is not acknowledged goes back to its queue."""
        with self._changed:
            self._changed.wait_for(lambda: self._acks_under_way == 0, _ANSWER_SECONDS)
        self._subscriber.close()

    # --- in the connection's thread --------------------------------------------------------------
    def _declare(self) -> None:
        """What is missing is made; what is there and differs is named once."""
        for line in declare(self._dsn, [route_of(listener) for listener in dict.fromkeys(self._listeners)]):
            if line not in self._told:
                self._told.add(line)
                log.warning("RabbitMQ differs from the configuration", problem=line)

    def _arrive(self, delivery: Delivery) -> None:
        arrived = Arrived(delivery, datetime.now(UTC))
        with self._changed:
            self._waiting[self._listeners[delivery.channel].name].append(arrived)
            self._changed.notify_all()

    def _lose(self, channel: int) -> None:
        """The channel's messages are the broker's again."""
        with self._changed:
            name = self._listeners[channel].name
            kept = [arrived for arrived in self._waiting[name] if arrived.delivery.channel != channel]
            self._waiting[name] = deque(kept)

    def _acknowledged(self, _: bool) -> None:
        with self._changed:
            self._acks_under_way -= 1
            self._changed.notify_all()


def route_of(listener: Listener) -> Route:
    """What RabbitMQ needs for the listener."""
    return Route(
        listener.exchange,
        listener.routing_key,
        listener.queue,
        listener.error_exchange,
        listener.error_routing_key,
        listener.error_queue,
        configured_in="include/events/listeners.yaml",
        holds_secrets=holds_secrets(listener),
    )
