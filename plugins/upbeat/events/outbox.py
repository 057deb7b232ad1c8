"""The outbox in Postgres as a source of batches: claimed with a lease, deleted once stored, never read by a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch, Rejected, StoredEvent
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).parent / "outbox.sql")


class Outbox:
    """A `BatchSource` over `beat.outbox`. One connection, opened when needed and again when it was lost.

    Several may run at once, in any number of processes: claims skip each other's rows.
    Every method raises `StoreUnavailableError` while Postgres does not answer; no event is lost by that.
    """

    def __init__(self, settings: Settings, stage: Literal["sink", "relay"] = "sink") -> None:
        """`stage` is who asks: it names the connection and the failpoints."""
        self._settings = settings
        self._stage = stage
        self._lease = timedelta(seconds=settings.sink_lease_seconds)
        self._connection: psycopg.Connection[Any] | None = None
        # The batch that was handed out last: it is ours to claim again when the answer about it was lost.
        self._held: str | None = None

    def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
        """See `BatchSource`. With `whole_batches_only` a smaller batch waits until it is `sink_flush_seconds` old."""
        wanted = list(kinds)
        if not wanted:
            return None
        batch = self._reclaim(wanted) or self._claim_new(wanted, whole_batches_only)
        if batch is not None:
            self._held = batch.id
            failpoint(f"{self._stage}_after_claim")
        return batch

    def _reclaim(self, kinds: list[str]) -> Batch | None:
        arguments = {"kinds": kinds, "lease": self._lease, "held": self._held}
        while True:
            with self._transaction() as connection:
                row = connection.execute(SQL["reclaim_batch"], arguments).fetchone()
                if row is None:
                    return None
                members = connection.execute(SQL["batch_members"], {"batch": row["id"]}).fetchall()
                if members:
                    return _batch(row["id"], row["kind"], members)
                connection.execute(SQL["forget_empty_batch"], {"batch": row["id"]})

    def _claim_new(self, kinds: list[str], whole: bool) -> Batch | None:
        arguments: dict[str, Any] = {
            "kinds": kinds,
            "whole": whole,
            "rows": self._settings.sink_batch_rows,
            "flush": timedelta(seconds=self._settings.sink_flush_seconds),
            "lease": self._lease,
        }
        with self._transaction() as connection:
            ready = connection.execute(SQL["ready_kind"], arguments).fetchone()
            if ready is None:
                return None
            batch = uuid4()
            claim = arguments | {"kind": ready["kind"], "batch": batch}
            rows = connection.execute(SQL["claim_new"], claim).fetchall()
        return _batch(batch, ready["kind"], rows) if rows else None

    def settle(self, batch: Batch, stored: Sequence[int]) -> int:
        """See `BatchSource`."""
        failpoint(f"{self._stage}_before_delete")
        with self._transaction() as connection:
            gone = connection.execute(SQL["forget_events"], {"ids": list(stored), "batch": batch.id}).rowcount
            self._end_if_empty(connection, batch)
            failpoint(f"{self._stage}_before_commit")
        return gone

    def park(self, batch: Batch, rejected: Sequence[Rejected]) -> int:
        """See `BatchSource`."""
        arguments = {
            "ids": [one.event.id for one in rejected],
            "reasons": [one.reason for one in rejected],
            "batch": batch.id,
        }
        with self._transaction() as connection:
            parked = connection.execute(SQL["park_events"], arguments).rowcount
            self._end_if_empty(connection, batch)
        return parked

    def release(self, batch: Batch, reason: str, *, delay_seconds: float = 0.0) -> None:
        """See `BatchSource`."""
        arguments = {"batch": batch.id, "reason": reason, "delay": timedelta(seconds=delay_seconds)}
        with self._transaction() as connection:
            connection.execute(SQL["release_batch"], arguments)
        self._held = None

    def waiting(self, kinds: Sequence[str]) -> int:
        """See `BatchSource`."""
        with self._transaction() as connection:
            row = connection.execute(SQL["count_waiting"], {"kinds": list(kinds)}).fetchone()
        return int(row["events"]) if row else 0

    def close(self) -> None:
        """See `BatchSource`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _end_if_empty(self, connection: psycopg.Connection[Any], batch: Batch) -> None:
        if connection.execute(SQL["forget_empty_batch"], {"batch": batch.id}).rowcount:
            self._held = None

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection[Any]]:
        try:
            if self._connection is None or self._connection.closed:
                self._connection = postgres.connect(
                    self._settings, autocommit=True, application=f"upbeat {self._stage}"
                )
            with self._connection.transaction():
                yield self._connection
        except postgres.UNAVAILABLE as error:
            self.close()
            raise StoreUnavailableError(
                f"Postgres does not answer: {(str(error) or type(error).__name__).splitlines()[0]}"
            ) from error


def _batch(identifier: UUID, kind: str, rows: Sequence[dict[str, Any]]) -> Batch:
    events = [
        StoredEvent(row["id"], row["key"], row["body"].encode(), row["observed_at"], row["created_at"])
        for row in rows
    ]
    return Batch(str(identifier), kind, sorted(events, key=lambda event: event.id))
