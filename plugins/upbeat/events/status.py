"""What waits of each kind in the outbox and in the broker's queues, how fast it moves, and what could not be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from upbeat.errors import UpbeatError
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.outbox import SQL
from upbeat.events.outbox_errors import ParkedEvent, in_outbox_error
from upbeat.events.parked import parked_events
from upbeat.events.throughput import NOTHING, StageRates, events_by_minute, stage_rates
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


class KindStatus(OutboxKind):
    """`queued` messages that wait in the kind's queue, its `consumers`, and `error_queued` messages in the error queue: None
    without a broker, or where there is no such queue. `relay` and `sink` over the last minutes; `by_minute` events that
    the sink stored in each minute of the last hour, the newest last."""

    queued: int | None
    consumers: int | None
    error_queued: int | None
    relay: StageRates
    sink: StageRates
    by_minute: list[int]


class ListenerStatus(StageRates):
    """What the listener of this name handled over the last minutes."""

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


def events_status(settings: Settings, *, error_limit: int = 10) -> EventsStatus:
    """Read the state of the whole way. A broker that is away is named in `broker`; the rest is there all the same.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    outbox = outbox_status(settings, error_limit=error_limit)
    rates, series = stage_rates(settings), events_by_minute(settings)
    depths, broker = _queue_depths(settings)
    newest = outbox["newest_errors"]
    if any(depth and depth.ready for name, depth in depths.items() if name.endswith(".error")):
        newest = parked_events(settings, limit=error_limit, longest_walk=SHORT_WALK)["events"]
    consumers = load_consumers()
    kinds = [_whole(row, consumers.get(row["kind"]), depths, rates, series) for row in outbox["kinds"]]
    listeners = [
        ListenerStatus(listener=name, **counts)
        for (stage, name), counts in sorted(rates.items())
        if stage == "listen"
    ]
    return EventsStatus(
        kinds=kinds,
        listeners=listeners,
        broker=broker,
        batches=outbox["batches"],
        newest_errors=newest,
    )


def _whole(
    row: OutboxKind,
    consumer: Consumer | None,
    depths: dict[str, QueueDepth | None],
    rates: dict[tuple[str, str], StageRates],
    series: dict[tuple[str, str], list[int]],
) -> KindStatus:
    kind = row["kind"]
    queue = depths.get(consumer.queue) if consumer else None
    errors = depths.get(consumer.error_queue) if consumer else None
    return KindStatus(
        **row,
        queued=queue.ready if queue else None,
        consumers=queue.consumers if queue else None,
        error_queued=errors.ready if errors else None,
        relay=rates.get(("relay", kind), NOTHING),
        sink=rates.get(("sink", kind), NOTHING),
        by_minute=series.get(("sink", kind), []),
    )


def _queue_depths(settings: Settings) -> tuple[dict[str, QueueDepth | None], BrokerStatus]:
    """How full every queue is that a consumer names."""
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        return {}, BrokerStatus(used=False, problem=None)
    from upbeat.stores.rabbitmq import administration

    names = [name for one in load_consumers().values() for name in (one.queue, one.error_queue)]
    try:
        with administration(dsn, application="upbeat events") as broker:
            return {name: broker.depth(name) for name in names}, BrokerStatus(used=True, problem=None)
    except UpbeatError as error:
        return {}, BrokerStatus(used=True, problem=str(error))
