"""What is due: tasks for the subjects of a flow that are stale, once per window. The statements stand in `due/`, by subject."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_origin

import psycopg

from upbeat.errors import InputError
from upbeat.flows.catalogue import flow_named
from upbeat.flows.flow import Flow
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_name("due.sql"))
_SUBJECTS = Path(__file__).with_name("due")

GIVEN_UP_AFTER, GIVEN_UP_EVERY = timedelta(days=2), timedelta(hours=6)
"""A subject that nothing was seen of for so long (a deleted post, a handle that nobody bears) is asked about so seldom."""
DAYS_AFTER_END = 14
"""Figures of a campaign or collection still grow when it is over: it is collected for so many days more."""
_BATCH = 50
_SOONEST_EXPIRY, _LATEST_EXPIRY = timedelta(hours=1), timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRequest:
    """What one run of a sync DAG asks for.

    Attributes:
        flow: the catalogue's name, `instagram.profile_by_handle`.
        subjects: the named statement of `due/` that tells them.
        batched: the flow's parameter that takes fifty of them, where the statement tells members of collections.
        every: the window: a subject gets one task in it, however often somebody asks.
        fresh_for: who was seen more lately is not due; None is half a window, for a run comes about as late as its tasks ended.
        tiers: of tracked creators, where the statement asks for some.
        age: since when and until when posts were published, as ages at the start of the window; the younger one first.
        params: parameters that are the same for all subjects.
        limit: most tasks of one run; those that were never seen come first, then those that were not seen for longest.
    """

    flow: str
    subjects: str
    every: timedelta
    batched: str = ""
    fresh_for: timedelta | None = None
    tiers: tuple[str, ...] = ()
    age: tuple[timedelta, timedelta] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    limit: int = 20_000


@dataclass(frozen=True, slots=True)
class Due:
    """The tasks of a request: `tasks` as rows of the queue, `refused` the reasons of those whose parameters no flow takes."""

    flow: str
    tasks: list[dict[str, Any]]
    refused: list[str]


def window_start(every: timedelta, now: datetime) -> datetime:
    """When the window of length `every` that `now` falls into began; windows follow one another from 1970-01-01T00:00Z on."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp(math.floor(now.timestamp() / seconds) * seconds, UTC)


def window_name(every: timedelta, now: datetime) -> str:
    """That window as text that sorts by time: `2026-11-22T14:00Z`."""
    return f"{window_start(every, now):%Y-%m-%dT%H:%MZ}"


def find_due(connection: psycopg.Connection[Any], request: StaleRequest, now: datetime) -> Due:
    """What a run would add to the queue at `now`; adds nothing."""
    flow = flow_named(request.flow)
    rows = connection.execute(_due_statement(request).encode(), _parameters(request, flow, now)).fetchall()
    due = Due(request.flow, [], [])
    for row in rows:
        try:
            params = flow.validate({**request.params, **row["params"]})
        except InputError as error:
            due.refused.append(str(error))
            continue
        every = max(request.every, GIVEN_UP_EVERY) if row["is_given_up"] else request.every
        due.tasks.append(_task(row["key"], params, _expiry(every, now), row["account_id"]))
    return due


def enqueue_stale(connection: psycopg.Connection[Any], request: StaleRequest, now: datetime) -> Due:
    """Add one task per subject that is due, in the caller's transaction; returns those that were due."""
    due = find_due(connection, request, now)
    _add(connection, request, due.tasks)
    return due


def enqueue_named(
    connection: psycopg.Connection[Any],
    request: StaleRequest,
    subjects: Sequence[Any],
    *,
    request_name: str,
    now: datetime,
) -> int:
    """Add one task per named subject, stale or not; return how many were added.

    Args:
        subjects: values of the flow's first parameter, or objects of its parameters.
        request_name: names this request in the idempotency key: the same request twice adds nothing.

    Raises:
        InputError: names the first that the flow does not take.
    """
    flow = flow_named(request.flow)
    tasks = {}
    for given in _named_params(flow, subjects):
        params = flow.validate({**request.params, **given})
        subject = encode_json({name: params[name] for name in given})
        key = f"{_flow_key(flow)}:{subject}:{request_name}"
        tasks[key] = _task(key, params, _expiry(request.every, now))
    return _add(connection, request, list(tasks.values()))


@cache
def subject_statements() -> dict[str, str]:
    """The statements of `due/` by name, which is unique over all files."""
    found: dict[str, str] = {}
    for path in sorted(_SUBJECTS.glob("*.sql")):
        statements = load_statements(path)
        if twice := sorted(found.keys() & statements.keys()):
            raise ValueError(f"{path.name}: another file has a statement {twice[0]}")
        found |= statements
    return found


def _due_statement(request: StaleRequest) -> str:
    subjects = subject_statements()[request.subjects]
    if request.batched:
        subjects = _SQL["batches"].replace("{members}", f"(\n{subjects}\n)")
    return _SQL["due"].replace("{subjects}", f"(\n{subjects}\n)")


def _parameters(request: StaleRequest, flow: Flow, now: datetime) -> dict[str, Any]:
    start = window_start(request.every, now)
    youngest, oldest = request.age or (timedelta(0), timedelta(0))
    fresh_for = request.every / 2 if request.fresh_for is None else request.fresh_for
    return {
        "platform": flow.platform.value,
        "flow_key": _flow_key(flow),
        "tiers": list(request.tiers),
        "batched": request.batched,
        "window": window_name(request.every, now),
        "long_window": window_name(max(request.every, GIVEN_UP_EVERY), now),
        "given_up_before": now - GIVEN_UP_AFTER,
        "stale_before": now - fresh_for,
        # A post that was published in the window itself counts as youngest.
        "published_before": start - youngest if youngest else now,
        "published_after": start - oldest,
        "today": now.date(),
        "days_after_end": DAYS_AFTER_END,
        "limit": request.limit,
    }


def _flow_key(flow: Flow) -> str:
    """How the keys of a flow's tasks begin."""
    return f"{flow.platform.lower()}:{flow.name}"


def _named_params(flow: Flow, subjects: Sequence[Any]) -> list[dict[str, Any]]:
    """The parameters of each task; values of a first parameter that is a list are put fifty into one task."""
    first, model_field = next(iter(flow.params_model.model_fields.items()))
    if get_origin(model_field.annotation) is list and not any(isinstance(one, dict) for one in subjects):
        return [{first: subjects[at : at + _BATCH]} for at in range(0, len(subjects), _BATCH)]
    return [one if isinstance(one, dict) else {first: one} for one in subjects]


def _expiry(every: timedelta, now: datetime) -> datetime:
    """After two windows, within bounds: a task that is older would only collect again what the next ones do."""
    return now + min(max(2 * every, _SOONEST_EXPIRY), _LATEST_EXPIRY)


def _task(
    key: str, params: Mapping[str, Any], expires_at: datetime, account_id: str | None = None
) -> dict[str, Any]:
    """A row of the queue, as far as the request does not say it for all of them."""
    return {"idempotency_key": key, "params": params, "account_id": account_id, "expires_at": expires_at}


def _add(
    connection: psycopg.Connection[Any], request: StaleRequest, tasks: Sequence[Mapping[str, Any]]
) -> int:
    flow = flow_named(request.flow)
    parameters = {
        "platform": flow.platform.value,
        "flow": flow.name,
        "tasks": encode_json(tasks),
        "priority": flow.priority,
    }
    return connection.execute(_SQL["enqueue"].encode(), parameters).rowcount if tasks else 0
