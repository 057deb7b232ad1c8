"""Everything that could not be stored, wherever it was put: in `beat.outbox_error`, and with a broker in error queues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

from upbeat.errors import InputError, UpbeatError
from upbeat.events.outbox_errors import ParkedEvent, count_in_outbox_error, in_outbox_error, retry_errors
from upbeat.events.topology import Route
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.events.error_messages import ErrorMessage

LONGEST_WALK = 20_000
NOT_SHOWN = "not shown: it holds a secret"


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
    settings: Settings,
    routes: Mapping[str, Route],
    *,
    kind: str | None = None,
    limit: int = 10,
    longest_walk: int = LONGEST_WALK,
) -> ParkedEvents:
    """The events that failed last, whole. A broker that is away is named in `problem`, the rest is there all the same.

    Args:
        routes: of all kinds, and of listeners by their names.
        longest_walk: of an error queue with more messages the first ones count, not the newest.

    Raises:
        InputError: there is no such kind or listener, and nothing of it is parked.
        StoreUnavailableError: Postgres does not answer.
    """
    found = in_outbox_error(settings, kind=kind, limit=limit)
    problem = None
    try:
        for route, message in _queued(settings, _chosen(routes, kind), limit, longest_walk):
            found.append(_parked(route, message))
    except UpbeatError as error:
        problem = str(error)
    if not found:
        _require_known(routes, kind)
    return ParkedEvents(
        events=sorted(found, key=lambda one: one["failed_at"], reverse=True)[:limit], problem=problem
    )


def send_back(
    settings: Settings,
    routes: Mapping[str, Route],
    *,
    kind: str | None = None,
    limit: int | None = None,
    dry_run: bool = False,
) -> SentBack:
    """Send parked events (of one kind, or all) back on their way, at most `limit`; with `dry_run` only count them.

    Args:
        routes: of all kinds, and of listeners by their names.

    Raises:
        InputError: there is no such kind or listener, and nothing of it is parked.
        StoreUnavailableError: Postgres does not answer.
    """
    waiting = count_in_outbox_error(settings, kind)
    if not waiting:
        _require_known(routes, kind)
    most = waiting if limit is None else min(limit, waiting)
    outbox = most if dry_run or not most else retry_errors(settings, kind, limit=limit)
    left = None if limit is None else limit - outbox
    moved, problems = _send_back_queued(settings, _chosen(routes, kind), left, dry_run)
    return SentBack(outbox=outbox, queues=moved, problems=problems)


def _send_back_queued(
    settings: Settings, routes: Iterable[Route], left: int | None, dry_run: bool
) -> tuple[int, list[str]]:
    from upbeat.events import error_queues

    moved, problems = 0, list[str]()
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        return moved, problems
    for route in routes:
        if left is not None and left <= moved:
            break
        try:
            retried = error_queues.retry_errors(
                dsn,
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
    settings: Settings, routes: Iterable[Route], limit: int, longest_walk: int
) -> Iterable[tuple[Route, ErrorMessage]]:
    from upbeat.events.error_queues import list_errors
    from upbeat.stores.rabbitmq import administration

    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        return
    with administration(dsn, application="upbeat events") as broker:
        depths = [(route, broker.depth(route.error_queue)) for route in routes]
    for route, depth in depths:
        if depth is None or not depth.ready:
            continue
        # The newest of a long queue are found behind all others only: its first ones are shown then.
        for message in list_errors(dsn, route, limit=limit, newest=depth.ready <= longest_walk):
            yield route, message


def _chosen(routes: Mapping[str, Route], kind: str | None) -> list[Route]:
    return [route for name, route in routes.items() if kind in (None, name)]


def _require_known(routes: Mapping[str, Route], kind: str | None) -> None:
    if kind is not None and kind not in routes:
        raise InputError(f"--kind {kind}: there is no such kind or listener: use one of {', '.join(routes)}")


def _parked(route: Route, message: ErrorMessage) -> ParkedEvent:
    return ParkedEvent(
        place=route.error_queue,
        kind=message.kind,
        id=message.id,
        key=message.key,
        reason=message.reason,
        failed_at=message.failed_at,
        observed_at="",
        body=NOT_SHOWN if route.holds_secrets else message.body.decode(errors="replace"),
    )
