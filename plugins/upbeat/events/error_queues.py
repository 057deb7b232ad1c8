"""Looks into error queues without taking anything out, and sends what is in them back to where it came from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbeat.errors import InputError
from upbeat.events.error_messages import ErrorMessage, Origin, as_first_sent, described, origin_of
from upbeat.events.topology import Route
from upbeat.events.wire import Message, message_of

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Administration, Outgoing, Publisher, Received

# The newest are found behind all others only; each costs a round trip.
LONGEST_WALK = 20_000
RETRY_CHUNK = 500
CONFIRM_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Retried:
    """What `retry_errors` did. `found` is how many it looked at, `refused` why those stayed that could not be sent."""

    found: int
    moved: int
    refused: tuple[str, ...] = ()


def error_count(dsn: str, route: Route) -> int:
    """Messages in the error queue; 0 when there is no such queue.

    Raises:
        StoreUnavailableError: RabbitMQ does not answer.
    """
    from upbeat.stores.rabbitmq import administration

    with administration(dsn, application="upbeat error queues") as broker:
        return _count(broker, route)


def list_errors(dsn: str, route: Route, *, limit: int = 10, newest: bool = False) -> list[ErrorMessage]:
    """The first (longest there) messages of the error queue, or the newest, newest first. All stay in it.

    Raises:
        InputError: the newest of more than `LONGEST_WALK` are asked for.
        StoreUnavailableError: RabbitMQ does not answer.
    """
    from upbeat.stores.rabbitmq import administration

    with administration(dsn, application="upbeat error queues") as broker:
        count = _count(broker, route)
        if newest and count > LONGEST_WALK:
            raise InputError(
                f"{route.error_queue} holds {count} messages: the newest of at most {LONGEST_WALK} can be listed;"
                " list the first ones"
            )
        walk = _taken(broker, route.error_queue, count if newest else min(limit, count))
        kept = deque((described(_message(taken), _origin(route)) for taken in walk), maxlen=limit)
        return list(reversed(kept)) if newest else list(kept)


def retry_errors(dsn: str, route: Route, *, limit: int | None = None, dry_run: bool = False) -> Retried:
    """Send messages of the error queue back to the exchange and key they came from, under their own ids.

    Each leaves the error queue when the broker has confirmed its copy: after a crash in between it is in both places.

    Args:
        limit: at most so many, the first ones; None for all that are there at the start.
        dry_run: count only.

    Raises:
        StoreUnavailableError: RabbitMQ does not answer; what was not moved is in the error queue.
    """
    from upbeat.stores.rabbitmq import Publisher, administration

    with administration(dsn, application="upbeat error queues") as broker:
        count = _count(broker, route)
        # No more than there are now: what fails again must not be sent round and round.
        left = count if limit is None else min(limit, count)
        if dry_run or left == 0:
            return Retried(found=left, moved=0)
        publisher = Publisher(dsn, application="upbeat error queues")
        try:
            return _move(broker, publisher, route, left)
        finally:
            publisher.close()


def _move(broker: Administration, publisher: Publisher, route: Route, most: int) -> Retried:
    found = moved = 0
    refused: list[str] = []
    while found < most:
        chunk = list(_taken(broker, route.error_queue, min(RETRY_CHUNK, most - found)))
        if not chunk:
            break
        found += len(chunk)
        items = [_first_sent(_message(taken), _origin(route)) for taken in chunk]
        refusals = {one.index: one.reason for one in publisher.publish(items, CONFIRM_SECONDS)}
        for index, taken in enumerate(chunk):
            if index not in refusals:
                broker.ack(taken)  # the refused go back when the connection ends, not to be met again now
                moved += 1
        refused += refusals.values()
    return Retried(found, moved, tuple(refused))


def _first_sent(message: Message, default: Origin) -> Outgoing:
    from upbeat.stores.rabbitmq import Outgoing

    origin, first = origin_of(message, default), as_first_sent(message)
    return Outgoing(origin.exchange, origin.routing_key, first.body, first)


def _count(broker: Administration, route: Route) -> int:
    depth = broker.depth(route.error_queue)
    return 0 if depth is None else depth.ready


def _taken(broker: Administration, queue: str, most: int) -> Iterator[Received]:
    for _ in range(most):
        taken = broker.get(queue)
        if taken is None:
            return
        yield taken


def _message(taken: Received) -> Message:
    return message_of(taken.properties, taken.body)


def _origin(route: Route) -> Origin:
    return Origin(route.exchange, route.routing_key)
