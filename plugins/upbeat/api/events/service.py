"""Events of callers into the outbox, each at most once, in one transaction with the note that they were here."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psycopg

from upbeat.api.access import Caller
from upbeat.api.audit import audit
from upbeat.api.events.reading import ReadEvent, read_batch
from upbeat.api.events.schemas import EventProblem, EventsAnswer
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState, Connection
from upbeat.events.consumers import load_consumers
from upbeat.listeners import inbox
from upbeat.listeners.effects import OTHER_UNDER_ITS_ID, Applied, Planned, apply_group
from upbeat.listeners.handler import Handler
from upbeat.stores.named_sql import load_statements
from upbeat.stores.synchronous_view import run_synchronous

SQL = load_statements(Path(__file__).with_name("queries.sql"))
LISTENER = "api_events"
"""Under this name, with whose they are, the inbox knows the ids of events."""
FORGET_EVERY_SECONDS = 3_600.0
OTHER_EVENT = "id: another event was sent under it before: give every event its own"


class _IntoOutbox:
    """What `apply_group` calls with the events that were not here before."""

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[ReadEvent]) -> int:
        values = {
            "kinds": [plan.kind for plan in plans],
            "keys": [plan.key for plan in plans],
            "payloads": [plan.payload for plan in plans],
            "observed": [plan.observed_at for plan in plans],
        }
        connection.execute(SQL["add_events"].encode(), values)
        return 0


class EventsDesk:
    """The kinds of events, read once per process, and when the inbox is to forget again."""

    def __init__(self) -> None:
        self.consumers = load_consumers()
        self._forget_at = 0.0

    def forgets_now(self) -> bool:
        """Once an hour; then the next one is an hour away."""
        if time.monotonic() < self._forget_at:
            return False
        self._forget_at = time.monotonic() + FORGET_EVERY_SECONDS
        return True


@asynccontextmanager
async def events_desk(_: ApiState) -> AsyncIterator[EventsDesk]:
    """For `ApiState.part`."""
    yield EventsDesk()


async def add_events(state: ApiState, caller: Caller, body: bytes, *, atomic: bool) -> EventsAnswer:
    """Store the events of a batch.

    Args:
        atomic: one that cannot be stored keeps the others out.

    Raises:
        ProblemError: 422 where the body is no batch, nothing in it can be stored, or `atomic` and something cannot.
    """
    desk = await state.part(events_desk)
    try:
        batch = read_batch(body, desk.consumers, datetime.now(UTC))
    except ValueError as error:
        raise ProblemError(422, "Invalid request", str(error)) from error
    problems = [EventProblem(index=place, id=name, problem=reason) for place, name, reason in batch.problems]
    _refuse_if(problems, atomic or not batch.events)
    await _forget(state, desk)
    async with state.transaction() as connection:
        applied = await _store(connection, owner_of(caller), batch.events)
        for place, reason in applied.refused.items():
            event = batch.events[place]
            reason = OTHER_EVENT if reason == OTHER_UNDER_ITS_ID else reason
            problems.append(EventProblem(index=event.place, id=event.received.id, problem=reason))
        # Raised within the transaction: nothing of the batch stays.
        _refuse_if(problems, bool(problems) and (atomic or applied.handled + applied.repeated == 0))
        counts = {"stored": applied.handled, "repeated": applied.repeated, "refused": len(problems)}
        await audit(connection, caller.actor, "event.add", batch.events[0].received.id, counts)
    problems.sort(key=lambda one: one.index)
    return EventsAnswer(stored=applied.handled, repeated=applied.repeated, errors=problems)


def owner_of(caller: Caller) -> str:
    """Whose ids of events these are: those of another must not keep an event out.

    The customer's that the key acts for, whichever of their keys it is; else the key's own.
    """
    return caller.actor if caller.account_id is None else f"account:{caller.account_id}"


async def _forget(state: ApiState, desk: EventsDesk) -> None:
    """Not in the transaction of events: that holds their ids, for which repeats of them wait in threads, and this takes a thread."""
    if desk.forgets_now():
        async with state.transaction() as connection:
            await run_synchronous(connection, inbox.forget_old)


async def _store(connection: Connection, owner: str, events: Sequence[ReadEvent]) -> Applied:
    group = [Planned(event.received, event) for event in events]
    handler = cast("Handler", _IntoOutbox())
    name = f"{LISTENER}:{owner}"
    return await run_synchronous(connection, lambda view: apply_group(view, name, handler, group))


def _refuse_if(problems: list[EventProblem], refused: bool) -> None:
    if refused and problems:
        first = min(problems, key=lambda one: one.index)
        raise ProblemError(
            422,
            "Invalid request",
            f"events.{first.index}: {first.problem}; nothing was stored",
            errors=[
                {"at": f"body.events.{one.index}", "id": one.id, "problem": one.problem}
                for one in sorted(problems, key=lambda one: one.index)
            ],
        )
