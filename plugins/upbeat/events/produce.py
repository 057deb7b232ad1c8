"""Sends example events: into the outbox, or to the exchange of their kind as another system would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from upbeat.errors import InputError
from upbeat.events.batch import StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.example_values import SOURCE
from upbeat.events.topology import declare, routes_of
from upbeat.events.wire import JSON
from upbeat.settings import Settings
from upbeat.stores import postgres

_BATCH = 5_000
_BATCHES_A_SECOND = 10
_CONFIRM_SECONDS = 60.0
_COPY = "COPY beat.outbox (kind, key, payload, observed_at) FROM STDIN"

Send = Callable[[Sequence[StoredEvent]], None]


@dataclass(frozen=True, slots=True)
class Produced:
    """How many events were sent and taken, and in how many seconds."""

    events: int
    seconds: float


def refuse_live(settings: Settings, *, sure: bool) -> None:
    """Keep example events out of a production system.

    Raises:
        InputError: the settings are those of live upstreams and nobody said that it is meant.
    """
    if settings.upstream == "live" and not sure:
        raise InputError(
            "UPBEAT_UPSTREAM is live: example events would stand among real ones; --yes sends them all the same"
        )


def paced(
    events: Iterable[StoredEvent],
    send: Send,
    rate: float | None,
    on_progress: Callable[[int], None] = lambda sent: None,
) -> Produced:
    """Hand the events on in batches, as fast as they are taken or at `rate` events a second on average.

    Args:
        on_progress: told the number so far after each batch.
    """
    size = _BATCH if rate is None else max(1, min(_BATCH, int(rate / _BATCHES_A_SECOND)))
    begun, sent = time.monotonic(), 0
    for batch in _batches(events, size):
        if rate is not None:
            time.sleep(max(0.0, begun + sent / rate - time.monotonic()))
        send(batch)
        sent += len(batch)
        on_progress(sent)
    return Produced(sent, time.monotonic() - begun)


def to_outbox(settings: Settings, consumer: Consumer) -> Send:
    """Writes batches to the outbox, each one transaction. Raises `StoreUnavailableError` while Postgres is away."""

    def send(batch: Sequence[StoredEvent]) -> None:
        with (
            postgres.transaction(settings) as connection,
            connection.cursor() as cursor,
            cursor.copy(_COPY) as copy,
        ):
            copy.write(b"".join(_line(consumer.kind, event) for event in batch))

    return send


@contextmanager
def to_broker(settings: Settings, consumer: Consumer) -> Iterator[Send]:
    """Publishes batches to the kind's exchange, one message an event, under message ids of their own; makes its queue first.

    Raises:
        InputError: no broker is set, it lets us make no queue, or it did not take a message.
        StoreUnavailableError: the broker does not answer.
    """
    from upbeat.stores.rabbitmq import Outgoing, Properties, Publisher

    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        raise InputError("there is no broker: set UPBEAT_RABBITMQ_URL, or send the events to the outbox")
    declare(dsn, routes_of([consumer]))
    publisher = Publisher(dsn, application="upbeat events produce")

    def outgoing(event: StoredEvent) -> Outgoing:
        properties = Properties(content_type=JSON, message_id=event.key, type=consumer.kind, app_id=SOURCE)
        return Outgoing(consumer.exchange, consumer.routing_key, event.body, properties)

    def send(batch: Sequence[StoredEvent]) -> None:
        refusals = publisher.publish([outgoing(event) for event in batch], _CONFIRM_SECONDS)
        if refusals:
            raise InputError(
                f"{consumer.kind}: {len(refusals)} of {len(batch)} messages were not taken: {refusals[0].reason}"
            )

    try:
        yield send
    finally:
        publisher.close()


def _line(kind: str, event: StoredEvent) -> bytes:
    """A line of COPY's text format. JSON text holds no tab and no line break, but backslashes."""
    body = event.body.replace(b"\\", rb"\\")
    return b"%b\t%b\t%b\t%b\n" % (kind.encode(), event.key.encode(), body, event.observed_at.encode())


def _batches(events: Iterable[StoredEvent], size: int) -> Iterator[list[StoredEvent]]:
    rest = iter(events)
    while batch := list(islice(rest, size)):
        yield batch
