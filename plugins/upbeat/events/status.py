"""What waits in the outbox, for how long, and what could not be stored."""

from __future__ import annotations

from typing import Any, TypedDict

from upbeat.events.consumers import load_consumers
from upbeat.events.outbox import SQL
from upbeat.settings import Settings
from upbeat.stores import postgres


class KindStatus(TypedDict):
    """One kind: events not sent (`new`), under way (`claimed`) and parked (`errors`); the oldest one's age in seconds."""

    kind: str
    table: str | None
    new: int
    claimed: int
    lag_seconds: float
    errors: int


class OutboxStatus(TypedDict):
    """All kinds, those without an event too; batches under way; the newest parked events."""

    kinds: list[KindStatus]
    batches: list[dict[str, Any]]
    newest_errors: list[dict[str, Any]]


def outbox_status(settings: Settings, *, error_limit: int = 10) -> OutboxStatus:
    """Read the state of the outbox. A kind whose `table` is None has no consumer: its events stay."""
    consumers = load_consumers()
    with postgres.transaction(settings) as connection:
        depths = {row["kind"]: row for row in connection.execute(SQL["depth"])}
        batches = connection.execute(SQL["batches"]).fetchall()
        errors = connection.execute(SQL["newest_errors"], {"limit": error_limit}).fetchall()
    empty = {"new": 0, "claimed": 0, "lag_seconds": 0.0, "errors": 0}
    kinds: list[KindStatus] = []
    for kind in sorted(depths.keys() | consumers.keys()):
        row = depths.get(kind, empty)
        table = consumers[kind].table if kind in consumers else None
        kinds.append(
            KindStatus(
                kind=kind,
                table=table,
                new=row["new"],
                claimed=row["claimed"],
                lag_seconds=row["lag_seconds"],
                errors=row["errors"],
            )
        )
    return OutboxStatus(kinds=kinds, batches=batches, newest_errors=errors)


def retry_errors(settings: Settings, kind: str | None = None) -> int:
    """Send parked events (of one kind, or all) back to the outbox; how many."""
    with postgres.transaction(settings) as connection:
        return connection.execute(SQL["retry_errors"], {"kind": kind}).rowcount
