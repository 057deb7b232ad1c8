"""Events in `beat.outbox_error`, set aside because no column (or no message) takes them: what they are, and how they go back."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).parent / "outbox_errors.sql")


class ParkedEvent(TypedDict):
    """One parked event. `place` is `beat.outbox_error` or the name of its error queue; times are ISO 8601, or empty."""

    place: str
    kind: str
    id: str
    key: str
    reason: str
    failed_at: str
    observed_at: str
    body: str


def in_outbox_error(settings: Settings, *, kind: str | None = None, limit: int = 10) -> list[ParkedEvent]:
    """The events of `beat.outbox_error` that failed last, newest first."""
    with postgres.transaction(settings) as connection:
        rows = connection.execute(SQL["parked_events"], {"kind": kind, "limit": limit}).fetchall()
    return [
        ParkedEvent(
            place="beat.outbox_error",
            kind=row["kind"],
            id=str(row["id"]),
            key=row["key"],
            reason=row["reason"],
            failed_at=row["failed_at"],
            observed_at=row["observed_at"],
            body=row["body"],
        )
        for row in rows
    ]


def count_in_outbox_error(settings: Settings, kind: str | None = None) -> int:
    """How many events (of one kind, or all) wait in `beat.outbox_error`."""
    with postgres.transaction(settings) as connection:
        row = connection.execute(SQL["count_parked"], {"kind": kind}).fetchone()
    return int(row["events"]) if row else 0


def retry_errors(settings: Settings, kind: str | None = None, *, limit: int | None = None) -> int:
    """Send parked events (of one kind, or all; the longest waiting first) back to the outbox; how many."""
    with postgres.transaction(settings) as connection:
        return connection.execute(SQL["send_back"], {"kind": kind, "limit": limit}).rowcount
