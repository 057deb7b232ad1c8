"""What waits of each kind in the outbox and in the broker's queues, how fast it moves, and what could not be stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from upbeat.errors import UpbeatError
from upbeat.events.consumers import load_consumers
from upbeat.events.outbox import SQL
from upbeat.events.outbox_errors import ParkedEvent, in_outbox_error
from upbeat.events.parked import parked_events
from upbeat.events.throughput import NOTHING, StageRates, events_by_minute, stage_rates
from upbeat.events.topology import Route, routes_of
from upbeat.settings import Settings
from upbeat.stores import postgres

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import QueueDepth

SHORT_WALK = 500
"""Messages of an error queue that are read for its newest ones each time the status is shown."""


class OutboxKind(TypedDict):
    """One kind: events not sent (`new`), under way (`claimed`) and parked (`errors`); the oldest one's age in seconds."""

    kind: str
    table: str | None
    new: int
    claimed: int
    lag_seconds: float
    errors: int


class OutboxStatus(TypedDict):
    """All kinds, those without an event too; batches under way; the newest parked events."""

    kinds: list[OutboxKind]
    batches: list[dict[str, Any]]
    newest_errors: list[ParkedEvent]


class QueueCounts(TypedDict):
    """`queued` messages that wait in a queue, its `consumers`, and `error_queued` messages in its error queue: None
    without a broker, or where there is no such queue."""

    queued: int | None
    consumers: int | None
    error_queued: int | None


class KindStatus(OutboxKind, QueueCounts):
    """`relay` and `sink` over the last minutes; `by_minute` events that the sink stored in each minute of the last hour,
    the newest last."""

    relay: StageRates
    sink: StageRates
    by_minute: list[int]


class ListenerStatus(StageRates, QueueCounts):
    """What waits for the listener of this name, and what it handled over the last minutes."""

    listener: str


class BrokerStatus(TypedDict):
    """Whether a broker is set, and why its queues are not shown (None when they are)."""

    used: bool
    problem: str | None


class EventsStatus(TypedDict):
    """Everything that `upbeat events` shows."""

    kinds: list[KindStatus]
    listeners: list[ListenerStatus]
    broker: BrokerStatus
    batches: list[dict[str, Any]]
    newest_errors: list[ParkedEvent]


def outbox_status(settings: Settings, *, error_limit: int = 10) -> OutboxStatus:
    """Read the state of the outbox. A kind whose `table` is None has no consumer: its events stay."""
    consumers = load_consumers()
    with postgres.transaction(settings) as connection:
        depths = {row["kind"]: row for row in connection.execute(SQL["depth"])}
        batches = connection.execute(SQL["batches"]).fetchall()
    empty = {"new": 0, "claimed": 0, "lag_seconds": 0.0, "errors": 0}
    kinds: list[OutboxKind] = []
    for kind in sorted(depths.keys() | consumers.keys()):
        row = depths.get(kind, empty)
        table = consumers[kind].table if kind in consumers else None
        kinds.append(
            OutboxKind(
                kind=kind,
                table=table,
                new=row["new"],
                claimed=row["claimed"],
                lag_seconds=row["lag_seconds"],
                errors=row["errors"],
            )
        )
    newest = in_outbox_error(settings, limit=error_limit)
    return OutboxStatus(kinds=kinds, batches=batches, newest_errors=newest)


def events_status(
    settings: Settings, listeners: Mapping[str, Route], *, error_limit: int = 10
) -> EventsStatus:
    """Read the state of the whole way. A broker that is away is named in `broker`; the rest is there all the same.

    Args:
        listeners: their routes by name.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    outbox = outbox_status(settings, error_limit=error_limit)
    rates, series = stage_rates(settings), events_by_minute(settings)
    kinds = routes_by_kind()
    routes = {**kinds, **listeners}
    queues, broker = _queue_counts(settings, routes)
    newest = outbox["newest_errors"]
    if any(counts["error_queued"] for counts in queues.values()):
        newest = parked_events(settings, routes, limit=error_limit, longest_walk=SHORT_WALK)["events"]
    return EventsStatus(
        kinds=[_whole(row, queues.get(row["kind"], NO_QUEUE), rates, series) for row in outbox["kinds"]],
        listeners=[
            ListenerStatus(
                listener=name, **queues.get(name, NO_QUEUE), **rates.get(("listen", name), NOTHING)
            )
            for name in listeners
        ],
        broker=broker,
        batches=outbox["batches"],
        newest_errors=newest,
    )


def routes_by_kind() -> dict[str, Route]:
    """The routes of all kinds."""
    consumers = load_consumers()
    return dict(zip(consumers, routes_of(consumers.values()), strict=True))


def _whole(
    row: OutboxKind,
    queue: QueueCounts,
    rates: dict[tuple[str, str], StageRates],
    series: dict[tuple[str, str], list[int]],
) -> KindStatus:
    kind = row["kind"]
    return KindStatus(
        **row,
        **queue,
        relay=rates.get(("relay", kind), NOTHING),
        sink=rates.get(("sink", kind), NOTHING),
        by_minute=series.get(("sink", kind), []),
    )


def _queue_counts(
    settings: Settings, routes: Mapping[str, Route]
) -> tuple[dict[str, QueueCounts], BrokerStatus]:
    """How full the queues of each route are, by its name."""
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        return {}, BrokerStatus(used=False, problem=None)
    from upbeat.stores.rabbitmq import administration

    try:
        with administration(dsn, application="upbeat events") as broker:
            found = {
                name: _counts(broker.depth(route.queue), broker.depth(route.error_queue))
                for name, route in routes.items()
            }
        return found, BrokerStatus(used=True, problem=None)
    except UpbeatError as error:
        return {}, BrokerStatus(used=True, problem=str(error))


def _counts(queue: QueueDepth | None, errors: QueueDepth | None) -> QueueCounts:
    return QueueCounts(
        queued=queue.ready if queue else None,
        consumers=queue.consumers if queue else None,
        error_queued=errors.ready if errors else None,
    )


NO_QUEUE = _counts(None, None)
