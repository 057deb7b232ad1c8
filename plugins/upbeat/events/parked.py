"""Events that the sink set aside because no column takes them: what they are, and how they come back."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).parent / "parked.sql")


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


def parked_in_outbox(settings: Settings, *, kind: str | None = None, limit: int = 10) -> list[ParkedEvent]:
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


def count_parked_in_outbox(settings: Settings, kind: str | None = None) -> int:
    """How many events (of one kind, or all) wait in `beat.outbox_error`."""
    with postgres.transaction(settings) as connection:
        row = connection.execute(SQL["count_parked"], {"kind": kind}).fetchone()
    return int(row["events"]) if row else 0


def retry_errors(settings: Settings, kind: str | None = None, *, limit: int | None = None) -> int:
    """Send parked events (of one kind, or all; the longest waiting first) back to the outbox; how many."""
    with postgres.transaction(settings) as connection:
        return connection.execute(SQL["send_back"], {"kind": kind, "limit": limit}).rowcount


class ParkedEvents(TypedDict):
    """The newest parked events, and why those in the error queues are not among them (None when they are)."""

    events: list[ParkedEvent]
    problem: str | None


class SentBack(TypedDict):
    """Events that went back to the outbox, and messages that went back to their queues."""

    outbox: int
    queues: int


def parked_events(settings: Settings, *, kind: str | None = None, limit: int = 10) -> ParkedEvents:
    """The events that failed last, newest first, from `beat.outbox_error` and, with a broker, from the error queues."""
    return ParkedEvents(events=parked_in_outbox(settings, kind=kind, limit=limit), problem=None)


def send_back(
    settings: Settings, *, kind: str | None = None, limit: int | None = None, dry_run: bool = False
) -> SentBack:
    """Send parked events (of one kind, or all) back on their way, at most `limit`; with `dry_run` only count them."""
    if dry_run:
        return SentBack(outbox=count_parked_in_outbox(settings, kind), queues=0)
    return SentBack(outbox=retry_errors(settings, kind, limit=limit), queues=0)
