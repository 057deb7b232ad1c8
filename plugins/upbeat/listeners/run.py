"""The loop of the listeners: for as long as asked, through failures of Postgres and RabbitMQ."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.events.error_exchange import ErrorExchange
from upbeat.failpoints import failpoint
from upbeat.listeners.configuration import chosen_listeners
from upbeat.listeners.effects import Effects
from upbeat.listeners.group import Group, GroupWork
from upbeat.listeners.intake import Intake, route_of
from upbeat.listeners.registry import handler_of
from upbeat.listeners.summary import ListenerCounts, ListenSummary
from upbeat.logs import get_logger
from upbeat.settings import Settings

log = get_logger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0  # a store that comes back is noticed within a second
IDLE_SECONDS = 0.5
IDLE_SECONDS_UNTIL_EMPTY = 0.1
FORGET_EVERY_SECONDS = 3600.0
_UPKEEP = ""  # stands in the place of a listener's name for what is done beside the messages


@dataclass(slots=True)
class _Held:
    """A group whose store is away. Its listener takes nothing else meanwhile; the others go on."""

    group: Group
    again_at: float
    wait: float


class Listening:
    """One loop over some listeners. `run` may be called once."""

    def __init__(
        self,
        names: Iterable[str],
        intake: Intake,
        effects: Effects,
        work: GroupWork,
        *,
        stop: threading.Event,
        on_progress: Callable[[ListenSummary], None] | None = None,
    ) -> None:
        self._intake = intake
        self._effects = effects
        self._work = work
        self._stop = stop
        self._on_progress = on_progress
        self._held: dict[str, _Held] = {}
        self._problems: dict[str, str] = {}
        self._forget_at = time.monotonic()
        self._summary = ListenSummary(by_listener={name: ListenerCounts() for name in names})

    def run(self, *, time_budget: float | None, until_empty: bool) -> ListenSummary:
        """See `run_listeners`."""
        started = time.monotonic()
        deadline = float("inf") if time_budget is None else started + time_budget
        idle = IDLE_SECONDS_UNTIL_EMPTY if until_empty else IDLE_SECONDS
        while not self._stop.is_set() and time.monotonic() < deadline:
            self._upkeep()
            group = self._next(min(idle, deadline - time.monotonic()))
            if group is not None:
                self._do(group)
            elif until_empty and self._is_empty():
                break
            self._summary.seconds = time.monotonic() - started
        else:
            self._raise_problem()
        return self._summary

    def _next(self, wait: float) -> Group | None:
        """A held group whose time has come, or a new one; None when nothing came within `wait` seconds."""
        held = min(self._held.values(), key=lambda one: one.again_at, default=None)
        if held is not None and held.again_at <= time.monotonic():
            return held.group
        if held is not None:
            wait = min(wait, held.again_at - time.monotonic())
        taken = self._intake.take(max(0.0, wait), without=self._held)
        if taken is None:
            return None
        failpoint("listen_after_receive")
        return Group(*taken)

    def _do(self, group: Group) -> None:
        try:
            self._work.do(group, self._summary.by_listener[group.listener])
        except StoreUnavailableError as error:
            before = self._held.get(group.listener)
            wait = FIRST_WAIT_SECONDS if before is None else min(before.wait * 2, LONGEST_WAIT_SECONDS)
            self._held[group.listener] = _Held(group, time.monotonic() + wait, wait)
            self._name_problem(group.listener, str(error))
        else:
            self._held.pop(group.listener, None)
            self._recovered(group.listener)
            if self._on_progress is not None:
                self._on_progress(self._summary)

    def _upkeep(self) -> None:
        """Once an hour what the inbox need not know any more is forgotten, a part between any two groups."""
        if time.monotonic() < self._forget_at:
            return
        try:
            forgotten = self._effects.forget_old_messages()
        except StoreUnavailableError as error:
            self._name_problem(_UPKEEP, str(error))
        else:
            self._recovered(_UPKEEP)
            if forgotten == 0:
                self._forget_at = time.monotonic() + FORGET_EVERY_SECONDS

    def _is_empty(self) -> bool:
        problem = self._intake.problem
        if isinstance(problem, InputError):
            raise problem
        try:
            return problem is None and not self._held and self._intake.is_empty()
        except StoreUnavailableError:
            return False

    def _raise_problem(self) -> None:
        """The time is over: say so if a store was away. Whoever asks to stop knows why."""
        problem = next(iter(self._problems.values()), self._intake.problem)
        if problem is not None and not self._stop.is_set():
            done = self._summary.total("handled")
            raise StoreUnavailableError(f"{problem} (after {done} messages; the rest stays in its queues)")

    def _name_problem(self, place: str, problem: str) -> None:
        """One line when the trouble begins, not one for each attempt or listener."""
        if place not in self._problems and problem not in self._problems.values():
            log.warning("the listeners wait", listener=place or None, problem=problem)
        self._problems[place] = problem

    def _recovered(self, place: str) -> None:
        if self._problems.pop(place, None) is not None and not self._problems:
            log.info("the listeners go on")


def run_listeners(
    settings: Settings,
    names: Iterable[str] | None = None,
    *,
    time_budget: float | None = None,
    until_empty: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[ListenSummary], None] | None = None,
) -> ListenSummary:
    """Do the messages of other services, for as long as asked.

    Args:
        names: listeners of `include/events/listeners.yaml`; all when None.
        time_budget: seconds; None for no limit.
        until_empty: end when no message waits in the queues.
        stop: set it to end after the group under way; what is not done goes back to its queue.
        on_progress: called after each group with the figures so far.

    Raises:
        InputError: no broker is set, a name is unknown, a setting is missing, RabbitMQ does not let us.
        StoreUnavailableError: the budget ended while Postgres or RabbitMQ was away. Nothing is lost by it.
    """
    chosen = chosen_listeners(names)
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        raise InputError(
            "no RabbitMQ is set, so there is nothing to listen to: set UPBEAT_RABBITMQ_URL, or UPBEAT_RABBITMQ_EMBEDDED=true"
        )
    handlers = {name: handler_of(listener, settings) for name, listener in chosen.items()}
    intake, effects = Intake(dsn, list(chosen.values())), Effects(settings)
    error_exchange = ErrorExchange(dsn, [route_of(listener) for listener in chosen.values()])
    work = GroupWork(chosen, handlers, intake, effects, error_exchange)
    listening = Listening(
        chosen, intake, effects, work, stop=stop or threading.Event(), on_progress=on_progress
    )
    try:
        return listening.run(time_budget=time_budget, until_empty=until_empty)
    finally:
        intake.close()
        error_exchange.close()
        effects.close()
