"""The loop of the listeners: receive, do in Postgres, park what cannot be done, acknowledge; through failures of either side."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.listeners.configuration import Listener, chosen_listeners
from upbeat.listeners.effects import Applied, Effects, Planned
from upbeat.listeners.handler import Handler
from upbeat.listeners.intake import Arrived, Intake
from upbeat.listeners.parking import parked
from upbeat.listeners.reading import UnusableError, read
from upbeat.listeners.registry import handler_of, schemas_of
from upbeat.logs import get_logger
from upbeat.settings import Settings
from upbeat.stores.rabbitmq import Outgoing, Publisher

log = get_logger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0  # a store that comes back is noticed within a second
IDLE_SECONDS = 0.5
CONFIRM_SECONDS = 30.0
FORGET_EVERY_SECONDS = 3600.0


@dataclass(slots=True)
class ListenerCounts:
    """Messages of one listener by what became of them.

    Attributes:
        handled: done, those included that changed nothing because something newer is there (`outdated`).
        repeated: done before; no second effect.
        parked: sent to the error exchange.
    """

    handled: int = 0
    outdated: int = 0
    repeated: int = 0
    parked: int = 0

    def add(self, applied: Applied) -> None:
        """Count what was committed."""
        self.handled += applied.handled
        self.outdated += applied.outdated
        self.repeated += applied.repeated


@dataclass(slots=True)
class ListenSummary:
    """What a run of the listeners did."""

    seconds: float = 0.0
    by_listener: dict[str, ListenerCounts] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """A figure of `ListenerCounts`, of all listeners."""
        return sum(int(getattr(counts, name)) for counts in self.by_listener.values())


@dataclass(slots=True)
class _Group:
    """Messages in hand. What was committed is not done again when the error exchange is away: `bad` are left then."""

    listener: Listener
    handler: Handler
    messages: list[Arrived]
    bad: list[tuple[Arrived, str]] | None = None


class Listening:
    """One loop over some listeners. `run` may be called once."""

    def __init__(
        self,
        listeners: dict[str, Listener],
        handlers: dict[str, Handler],
        intake: Intake,
        effects: Effects,
        publisher: Publisher,
        *,
        stop: threading.Event,
        on_progress: Callable[[ListenSummary], None] | None = None,
    ) -> None:
        self._listeners = listeners
        self._handlers = handlers
        self._models = {name: schemas_of(listener) for name, listener in listeners.items()}
        self._intake = intake
        self._effects = effects
        self._publisher = publisher
        self._stop = stop
        self._on_progress = on_progress
        self._held: _Group | None = None
        self._problem: str | None = None
        self._wait = FIRST_WAIT_SECONDS
        self._forget_at = time.monotonic()
        self.summary = ListenSummary(by_listener={name: ListenerCounts() for name in listeners})

    def run(self, *, time_budget: float | None, until_empty: bool) -> ListenSummary:
        """See `run_listeners`."""
        started = time.monotonic()
        deadline = None if time_budget is None else started + time_budget
        while not self._stop.is_set() and (deadline is None or time.monotonic() < deadline):
            left = (
                IDLE_SECONDS if deadline is None else max(0.0, min(IDLE_SECONDS, deadline - time.monotonic()))
            )
            moved = self._step(left if not until_empty else min(left, 0.1))
            self.summary.seconds = time.monotonic() - started
            if moved is None:
                self._pause(deadline)
            elif moved and self._on_progress is not None:
                self._on_progress(self.summary)
            elif not moved and until_empty and self._is_empty():
                return self.summary
        problem = self._problem or (str(self._intake.problem) if self._intake.problem else None)
        if problem is not None and not self._stop.is_set():
            done = self.summary.total("handled")
            raise StoreUnavailableError(f"{problem} (after {done} messages; the rest stays in its queues)")
        return self.summary

    def _step(self, wait: float) -> bool | None:
        """One group: True when one was done, False when there was none, None when a store was away."""
        try:
            group = self._held or self._take(wait)
            if group is None:
                self._forget_old_messages()
                return False
            self._held = group
            self._do(group)
        except StoreUnavailableError as error:
            self._name_problem(str(error))
            return None
        self._held = None
        self._recovered()
        return True

    def _take(self, wait: float) -> _Group | None:
        taken = self._intake.take(wait)
        if taken is None:
            return None
        name, messages = taken
        failpoint("listen_after_receive")
        return _Group(self._listeners[name], self._handlers[name], messages)

    def _do(self, group: _Group) -> None:
        """Do the group, or what is left of it. Each of its messages is acknowledged when it is safe, never before."""
        counts = self.summary.by_listener[group.listener.name]
        if group.bad is None:
            # While Postgres was away the broker may have taken some back: they come again.
            group.messages = self._intake.still_ours(group.messages)
            planned, group_bad = self._read(group)
            applied = Applied()
            if planned:
                plans = [plan for _, plan in planned]
                applied = self._effects.apply(group.listener.name, group.handler, plans)
            refused = [(planned[place][0], reason) for place, reason in applied.refused.items()]
            group.bad = [*group_bad, *refused]
            counts.add(applied)
        if group.bad:
            self._park(group, group.bad)
            counts.parked += len(group.bad)
        self._intake.acknowledge(group.messages)

    def _read(self, group: _Group) -> tuple[list[tuple[Arrived, Planned]], list[tuple[Arrived, str]]]:
        """The messages that fit, with their plans, and the others with the reasons."""
        fit: list[tuple[Arrived, Planned]] = []
        bad: list[tuple[Arrived, str]] = []
        for arrived in group.messages:
            properties = arrived.delivery.properties
            try:
                received, plan = read(
                    arrived.delivery.body,
                    message_id=properties.message_id,
                    content_type=properties.content_type,
                    models=self._models[group.listener.name],
                    handler=group.handler,
                    received_at=arrived.at,
                )
            except UnusableError as error:
                bad.append((arrived, str(error)))
            else:
                fit.append((arrived, Planned(received, plan)))
        return fit, bad

    def _park(self, group: _Group, bad: Iterable[tuple[Arrived, str]]) -> None:
        """Send to the error exchange. Raises `StoreUnavailableError` unless the broker confirms each."""
        now, listener = datetime.now(UTC), group.listener
        items: list[Outgoing] = [
            parked(arrived.delivery, listener, reason, group.handler.seal, now) for arrived, reason in bad
        ]
        refusals = self._publisher.publish(items, CONFIRM_SECONDS)
        if refusals:
            raise StoreUnavailableError(
                f"the error exchange {listener.error_exchange} takes no message: {refusals[0].reason}"
            )
        failpoint("listen_after_park")
        for _, reason in bad:
            log.warning("message parked", listener=listener.name, queue=listener.error_queue, reason=reason)

    def _forget_old_messages(self) -> None:
        """Once an hour, when there is nothing to do."""
        if time.monotonic() >= self._forget_at and self._effects.forget_old_messages() == 0:
            self._forget_at = time.monotonic() + FORGET_EVERY_SECONDS

    def _is_empty(self) -> bool:
        problem = self._intake.problem
        if isinstance(problem, InputError):
            raise problem
        if problem is not None:
            return False
        try:
            return self._intake.is_empty()
        except StoreUnavailableError:
            return False

    def _name_problem(self, problem: str) -> None:
        """One line when the trouble begins, not one for each attempt."""
        if self._problem is None:
            log.warning("the listeners wait", problem=problem)
        self._problem = problem

    def _recovered(self) -> None:
        if self._problem is not None:
            log.info("the listeners go on")
            self._problem = None
        self._wait = FIRST_WAIT_SECONDS

    def _pause(self, deadline: float | None) -> None:
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT_SECONDS)
        self._stop.wait(wait if deadline is None else max(0.0, min(wait, deadline - time.monotonic())))


def run_listeners(
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    time_budget: float | None = None,
    until_empty: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[ListenSummary], None] | None = None,
    listeners: dict[str, Listener] | None = None,
) -> ListenSummary:
    """Do the messages of other services, for as long as asked.

    Args:
        names: listeners of `include/events/listeners.yaml`; all when None.
        time_budget: seconds; None for no limit.
        until_empty: end when no message waits in the queues.
        stop: set it to end after the group under way; what is not done goes back to its queue.
        on_progress: called after each group with the summary so far.
        listeners: in place of those of the file.

    Raises:
        InputError: no broker is set, a name is unknown, a queue exists with other arguments, a setting is missing.
        StoreUnavailableError: the budget ended while Postgres or RabbitMQ was away. Nothing is lost by it.
    """
    chosen = (
        listeners if listeners is not None else chosen_listeners(list(names) if names is not None else None)
    )
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        raise InputError(
            "no RabbitMQ is set, so there is nothing to listen to: set UPBEAT_RABBITMQ_URL, or UPBEAT_RABBITMQ_EMBEDDED=true"
        )
    handlers = {name: handler_of(listener, settings) for name, listener in chosen.items()}
    intake = Intake(dsn, list(chosen.values()))
    effects, publisher = Effects(settings), Publisher(dsn, application="upbeat listen")
    try:
        return Listening(
            chosen, handlers, intake, effects, publisher,
            stop=stop or threading.Event(), on_progress=on_progress,
        ).run(time_budget=time_budget, until_empty=until_empty)  # fmt: skip
    finally:
        intake.close()
        publisher.close()
        effects.close()
