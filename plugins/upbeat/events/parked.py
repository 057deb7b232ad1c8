"""Everything that could not be stored, wherever it was put: in `beat.outbox_error`, and with a broker in error queues."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict

from upbeat.errors import InputError, UpbeatError
from upbeat.events.consumers import load_consumers
from upbeat.events.outbox_errors import ParkedEvent, count_in_outbox_error, in_outbox_error, retry_errors
from upbeat.events.topology import Route, routes_of
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.events.error_messages import ErrorMessage

LONGEST_WALK = 20_000


class ParkedEvents(TypedDict):
    """Parked events, newest first, and why those in the error queues are not among them (None when they are)."""

    events: list[ParkedEvent]
    problem: str | None


class SentBack(TypedDict):
    """Events that went back to the outbox, messages that went back to their queues, and why others stayed."""

    outbox: int
    queues: int
    problems: list[str]


def parked_events(
    settings: Settings, *, kind: str | None = None, limit: int = 10, longest_walk: int = LONGEST_WALK
) -> ParkedEvents:
    """The events that failed last, whole. A broker that is away is named in `problem`, the rest is there all the same.

    Args:
        longest_walk: of an error queue with more messages the first ones count, not the newest.

    Raises:
        InputError: no consumer has this kind, and nothing of it is parked.
        StoreUnavailableError: Postgres does not answer.
    """
    found = in_outbox_error(settings, kind=kind, limit=limit)
    problem = None
    try:
        for route, message in _queued(settings, kind, limit, longest_walk):
            found.append(_parked(route, message))
    except UpbeatError as error:
        problem = str(error)
    if kind is not None and not found:
        require_kind(kind)
    return ParkedEvents(
        events=sorted(found, key=lambda one: one["failed_at"], reverse=True)[:limit], problem=problem
    )


def send_back(
    settings: Settings, *, kind: str | None = None, limit: int | None = None, dry_run: bool = False
) -> SentBack:
    """Send parked events (of one kind, or all) back on their way, at most `limit`; with `dry_run` only count them.

    Raises:
        InputError: no consumer has this kind, and nothing of it is parked.
        StoreUnavailableError: Postgres does not answer.
    """
    waiting = count_in_outbox_error(settings, kind)
    if kind is not None and not waiting:
        require_kind(kind)
    most = waiting if limit is None else min(limit, waiting)
    outbox = most if dry_run or not most else retry_errors(settings, kind, limit=limit)
    left = None if limit is None else limit - outbox
    moved, problems = _send_back_queued(settings, kind, left, dry_run)
    return SentBack(outbox=outbox, queues=moved, problems=problems)


def _send_back_queued(
    settings: Settings, kind: str | None, left: int | None, dry_run: bool
) -> tuple[int, list[str]]:
    from upbeat.events import error_queues

    moved, problems = 0, []
    for route in _routes(settings, kind):
        if left is not None and left <= moved:
            break
        try:
            retried = error_queues.retry_errors(
                str(settings.rabbitmq_dsn()),
                route,
                limit=None if left is None else left - moved,
                dry_run=dry_run,
            )
        except UpbeatError as error:
            problems.append(str(error))
            break
        moved += retried.found if dry_run else retried.moved
        problems += sorted({f"{route.error_queue}: {reason}" for reason in retried.refused})
    return moved, problems


def _queued(
    settings: Settings, kind: str | None, limit: int, longest_walk: int
) -> Iterable[tuple[Route, ErrorMessage]]:
    from upbeat.events.error_queues import list_errors
    from upbeat.stores.rabbitmq import administration

    routes = _routes(settings, kind)
    if not routes:
        return
    dsn = str(settings.rabbitmq_dsn())
    with administration(dsn, application="upbeat events") as broker:
        depths = [(route, broker.depth(route.error_queue)) for route in routes]
    for route, depth in depths:
        if depth is None or not depth.ready:
            continue
        # The newest of a long queue are found behind all others only: its first ones are shown then.
        for message in list_errors(dsn, route, limit=limit, newest=depth.ready <= longest_walk):
            yield route, message


def _routes(settings: Settings, kind: str | None) -> list[Route]:
    if settings.rabbitmq_dsn() is None:
        return []
    return routes_of(one for one in load_consumers().values() if kind in (None, one.kind))


def require_kind(kind: str) -> None:
    """Raises InputError when no consumer has this kind."""
    if kind not in load_consumers():
        raise InputError(f"--kind {kind}: no such consumer; `upbeat events consumers` lists them")


def _parked(route: Route, message: ErrorMessage) -> ParkedEvent:
    return ParkedEvent(
        place=route.error_queue,
        kind=message.kind,
        id=message.id,
        key=message.key,
        reason=message.reason,
        failed_at=message.failed_at,
        observed_at="",
        body=message.body.decode(errors="replace"),
    )
