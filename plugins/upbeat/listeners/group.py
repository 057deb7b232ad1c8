"""One group of messages: read, done in Postgres, what cannot be done parked, and only then acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from upbeat.events.error_exchange import ErrorExchange
from upbeat.events.wire import message_of
from upbeat.failpoints import failpoint
from upbeat.listeners.configuration import Listener
from upbeat.listeners.effects import Applied, Effects, Planned
from upbeat.listeners.handler import Handler
from upbeat.listeners.intake import Arrived, Intake
from upbeat.listeners.parking import parked
from upbeat.listeners.reading import UnusableError, read
from upbeat.listeners.registry import schemas_of
from upbeat.listeners.summary import ListenerCounts
from upbeat.logs import get_logger

log = get_logger(__name__)
Bad = list[tuple[Arrived, str]]
"""Messages that cannot be used, with the reasons."""


@dataclass(slots=True)
class Group:
    """Messages of one listener in hand. `bad` is set once the others are committed: they are not done again then."""

    listener: str
    messages: list[Arrived]
    bad: Bad | None = None


class GroupWork:
    """Does groups. Nothing in it keeps a state between them."""

    def __init__(
        self,
        listeners: dict[str, Listener],
        handlers: dict[str, Handler],
        intake: Intake,
        effects: Effects,
        error_exchange: ErrorExchange,
    ) -> None:
        self._listeners = listeners
        self._handlers = handlers
        self._models = {name: schemas_of(listener) for name, listener in listeners.items()}
        self._intake = intake
        self._effects = effects
        self._error_exchange = error_exchange

    def do(self, group: Group, counts: ListenerCounts) -> None:
        """Do the group, or what an attempt before has left of it, and count it.

        Raises:
            StoreUnavailableError: Postgres or RabbitMQ is away: call again with the same group.
        """
        if group.bad is None:
            # Between two attempts the broker may have taken some back: they come again.
            group.messages = self._intake.still_ours(group.messages)
            group.bad = self._write(group, counts)
        if group.bad:
            self._park(group.listener, group.bad)
            counts.parked += len(group.bad)
        self._intake.acknowledge(group.messages)

    def _write(self, group: Group, counts: ListenerCounts) -> Bad:
        fit, bad = self._read(group)
        if not fit:
            return bad
        plans = [planned for _, planned in fit]
        applied: Applied = self._effects.apply(group.listener, self._handlers[group.listener], plans)
        counts.handled += applied.handled
        counts.outdated += applied.outdated
        counts.repeated += applied.repeated
        return [*bad, *((fit[place][0], reason) for place, reason in applied.refused.items())]

    def _read(self, group: Group) -> tuple[list[tuple[Arrived, Planned]], Bad]:
        """The messages that fit, with their plans, and the others."""
        fit: list[tuple[Arrived, Planned]] = []
        bad: Bad = []
        for arrived in group.messages:
            message = message_of(arrived.delivery.properties, arrived.delivery.body)
            try:
                received, plan = read(
                    message.body,
                    message_id=message.message_id,
                    content_type=message.content_type,
                    models=self._models[group.listener],
                    handler=self._handlers[group.listener],
                    received_at=arrived.at,
                )
            except UnusableError as error:
                bad.append((arrived, str(error)))
            else:
                fit.append((arrived, Planned(received, plan)))
        return fit, bad

    def _park(self, name: str, bad: Bad) -> None:
        """Send to the error exchange; returns when the broker has confirmed each."""
        now, listener, seal = datetime.now(UTC), self._listeners[name], self._handlers[name].seal
        self._error_exchange.publish(
            [parked(arrived.delivery, listener, reason, seal, now) for arrived, reason in bad]
        )
        failpoint("listen_after_park")
        for _, reason in bad:
            log.warning("message parked", listener=name, queue=listener.error_queue, reason=reason)
