"""The exchanges and queues of the events in RabbitMQ: which there must be, and making those that are missing.

Exchanges are of type topic: with the exact keys that are bound here they route as a direct one would, and a downstream
reader of `beat.dx` may bind `#` for everything. An exchange that exists is used as it is, so a direct one serves, too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbeat.errors import InputError
from upbeat.events.consumers import Consumer

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Administration

EXCHANGE_TYPE = "topic"
OTHER_ARGUMENTS = 406
# How often a message may come back unacknowledged until it counts as one that kills its readers and goes to the error
# queue. Every crash and every ended connection counts for all messages that were held, the good ones too, and so does each
# half hour without an answer (the broker's consumer timeout): the limit lies beyond weeks of ClickHouse being away, and a
# sink that dies within seconds of its start still gets past the culprit within hours. RabbitMQ 4 would take 20.
DELIVERY_LIMIT = 1_000
# Looking at an error queue is a return, too, and nothing may drop out of one by being looked at. (-1 means the same to
# RabbitMQ 4 and is an error to 3.10.)
ERROR_DELIVERY_LIMIT = 1_000_000_000
# RabbitMQ 3.10 confirms a message as soon as it is on disk, but notes that there is a *new* quorum queue up to a second
# after it was declared: killed within that second it comes back with an empty queue, and confirmed messages are lost.
# Whoever makes a queue therefore waits before it publishes. (Another process that finds the queue in that time does not.)
NEW_QUEUE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Route:
    """One queue with the key that leads to it, and the error queue with its own."""

    exchange: str
    routing_key: str
    queue: str
    error_exchange: str
    error_routing_key: str
    error_queue: str
    configured_in: str = "include/events/consumers.yaml"
    holds_secrets: bool = False
    """Bodies are not shown to people. (The broker itself moves messages to the error queue unsealed.)"""


def routes_of(consumers: Iterable[Consumer]) -> list[Route]:
    """The routes that the consumers of events need."""
    return [
        Route(
            one.exchange,
            one.routing_key,
            one.queue,
            one.error_exchange,
            one.error_routing_key,
            one.error_queue,
        )
        for one in consumers
    ]


def queue_arguments(route: Route, delivery_limit: int = DELIVERY_LIMIT) -> dict[str, Any]:
    """A quorum queue that moves a message beyond its limit to the error queue, and drops it only once it is there."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": delivery_limit,
        "x-dead-letter-exchange": route.error_exchange,
        "x-dead-letter-routing-key": route.error_routing_key,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # at-least-once asks for it; without a length limit it rejects nothing
    }


def error_queue_arguments() -> dict[str, Any]:
    """A quorum queue that keeps what it has until a person decides."""
    return {"x-queue-type": "quorum", "x-delivery-limit": ERROR_DELIVERY_LIMIT}


def declare(dsn: str, routes: Iterable[Route], *, delivery_limit: int = DELIVERY_LIMIT) -> list[str]:
    """Make the exchanges, queues and bindings that are missing; what exists stays.

    Where a queue was made it returns `NEW_QUEUE_SECONDS` later: what is published then outlives a crash of the broker.

    Returns:
        One line for each queue that exists with other arguments, with the way out. It is used as it is: events flow, and
        only what the arguments are for is missing. Nobody has to hurry, and nothing restarts in a loop.

    Raises:
        InputError: the user may not declare, or a queue is another connection's own: names it and the way out.
        StoreUnavailableError: RabbitMQ does not answer.
    """
    from upbeat.stores.rabbitmq import administration

    wanted, made = list(routes), list[str]()
    try:
        with administration(dsn, application="upbeat topology") as broker:
            for exchange in sorted({name for one in wanted for name in (one.exchange, one.error_exchange)}):
                _exchange(broker, exchange)
            return [line for route in wanted for line in _route(broker, route, delivery_limit, made)]
    finally:
        if made:  # after a failure too: the queues made before it are used
            time.sleep(NEW_QUEUE_SECONDS)


def _route(broker: Administration, route: Route, delivery_limit: int, made: list[str]) -> list[str]:
    """The error queue first: from its first message on, the queue has somewhere to put what fails."""
    lines = [
        _queue(broker, route, route.error_queue, error_queue_arguments(), made),
        _queue(broker, route, route.queue, queue_arguments(route, delivery_limit), made),
    ]
    _bind(broker, route.error_queue, route.error_exchange, route.error_routing_key)
    _bind(broker, route.queue, route.exchange, route.routing_key)
    return [line for line in lines if line is not None]


def _exchange(broker: Administration, name: str) -> None:
    from upbeat.stores.rabbitmq import RefusedError

    try:
        broker.declare_exchange(name, EXCHANGE_TYPE)
    except RefusedError as error:
        raise InputError(
            f"exchange {name}: {error}: grant the user `configure` on it, or have it declared"
        ) from error


def _queue(
    broker: Administration, route: Route, name: str, arguments: dict[str, Any], made: list[str]
) -> str | None:
    """The line about a queue that differs. One that was not there is added to `made`."""
    from upbeat.stores.rabbitmq import RefusedError

    try:
        is_new = broker.depth(name) is None
        broker.declare_queue(name, arguments)
        if is_new:
            made.append(name)
    except RefusedError as error:
        if error.code == OTHER_ARGUMENTS:
            return (
                f"queue {name} exists with other arguments and is used as it is ({error}): once it is empty delete it"
                f" (`rabbitmqctl delete_queue {name}`), or name another in {route.configured_in}"
            )
        raise InputError(
            f"queue {name}: {error}: grant the user `configure`, `write` and `read` on it"
        ) from error
    return None


def _bind(broker: Administration, queue: str, exchange: str, key: str) -> None:
    from upbeat.stores.rabbitmq import RefusedError

    try:
        broker.bind(queue, exchange, key)
    except RefusedError as error:
        raise InputError(
            f"queue {queue} with key {key} of {exchange}: {error}: grant the user `write` on the queue and `read` on the exchange"
        ) from error
