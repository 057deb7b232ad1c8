"""Which creators are due: tasks for what is stale, once per window of the flow's freshness."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import psycopg

from upbeat.flows.catalogue import flow_named
from upbeat.records import Platform
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
_MOST_TASKS = 1_000_000

StaleKind = Literal["profiles", "posts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRequest:
    """What one run of a sync DAG asks for.

    `freshness` is how old a row may be; `now` the time the run stands for, so that a retried run asks the same.
    """

    platform: Platform
    flow: str
    kind: StaleKind
    tiers: tuple[str, ...]
    freshness: timedelta
    priority: int = 1
    limit: int | None = None


def window_name(freshness: timedelta, now: datetime) -> str:
    """The window of length `freshness` that `now` falls into, as text that sorts by time: `2026-11-22T14:00Z`."""
    seconds = freshness.total_seconds()
    start = math.floor(now.timestamp() / seconds) * seconds
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%dT%H:%MZ")


def enqueue_stale(connection: psycopg.Connection[Any], request: StaleRequest, now: datetime) -> int:
    """Add one task per tracked creator that is stale; return how many were added.

    Tasks expire after two windows: a backlog that old would only be collected again.
    """
    parameters = {
        "platform": request.platform.value,
        "flow": request.flow,
        "tiers": list(request.tiers),
        "window": window_name(request.freshness, now),
        "stale_before": now - request.freshness,
        "priority": request.priority,
        "limit": request.limit or _MOST_TASKS,
        "expires_at": now + 2 * request.freshness,
    }
    return _add(connection, f"enqueue_stale_{request.kind}", parameters)


def enqueue_handles(
    connection: psycopg.Connection[Any],
    request: StaleRequest,
    handles: Sequence[str],
    *,
    request_name: str,
    now: datetime,
) -> int:
    """Add one task per named handle, stale or not; return how many were added.

    Args:
        request_name: names this request in the idempotency key: the same request twice adds nothing.

    Raises:
        InputError: names the first that is no handle.
    """
    flow = flow_named(f"{request.platform.lower()}.{request.flow}")
    cleaned = sorted({flow.validate({"handle": handle})["handle"] for handle in handles})
    parameters = {
        "platform": request.platform.value,
        "flow": request.flow,
        "handles": cleaned,
        "window": request_name,
        "priority": request.priority,
        "expires_at": now + max(2 * request.freshness, timedelta(hours=1)),
    }
    return _add(connection, "enqueue_handles", parameters)


def _add(connection: psycopg.Connection[Any], statement: str, parameters: dict[str, Any]) -> int:
    return len(connection.execute(_SQL[statement].encode(), parameters).fetchall())
