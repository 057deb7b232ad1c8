"""The outbox in Postgres as a source of batches: claimed with a lease, deleted once stored, never read by a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch, Rejected, StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.flush_policy import LARGEST_BATCH_BYTES, FlushLimits, common_limits, flush_limits, ready
from upbeat.events.shared_claims import SharedClaims
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

    def __init__(
        self,
        settings: Settings,
        stage: Literal["sink", "relay"] = "sink",
        *,
        consumers: Mapping[str, Consumer] | None = None,
        shared_claims: SharedClaims | None = None,
    ) -> None:
        """
        Args:
            stage: who asks: it names the connection and the failpoints.
            consumers: whose figures say when a kind is ready; the settings' figures for kinds that are not in it.
            shared_claims: shared by the outboxes of one process, whose claims of a kind then keep their distance.
        """
        self._settings = settings
        self._stage = stage
        self._limits = {kind: flush_limits(one, settings) for kind, one in (consumers or {}).items()}
        self._common_limits = common_limits(settings)
        self._claims = shared_claims or SharedClaims()
        self._lease = timedelta(seconds=settings.sink_lease_seconds)
        self._connection: psycopg.Connection[Any] | None = None

    def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
        """See `BatchSource`. With `whole_batches_only` a kind waits until it is `ready`; a batch is as large as may be."""
        wanted = list(kinds)
        if not wanted:
            return None
        batch = self._reclaim(wanted) or self._claim_new(wanted, whole_batches_only)
        if batch is not None:
            self._claims.hold(self, batch.id)
            failpoint(f"{self._stage}_after_claim")
        return batch

    def _reclaim(self, kinds: list[str]) -> Batch | None:
        arguments = {
            "kinds": kinds,
            "lease": self._lease,
            "held": self._claims.held_by(self),
            "others": self._claims.held_by_others(self),
        }
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
        with self._claims.one_at_a_time, self._transaction() as connection:
            kind = self._kind_to_claim(connection, kinds, whole)
            if kind is None:
                return None
            batch = uuid4()
            claim = {
                "kind": kind,
                "batch": batch,
                "rows": self._limits_of(kind).largest_rows,
                "bytes": LARGEST_BATCH_BYTES,
                "lease": self._lease,
            }
            rows = connection.execute(SQL["claim_new"], claim).fetchall()
            self._claims.note_claim(kind)
        return _batch(batch, kind, rows) if rows else None

    def _kind_to_claim(
        self, connection: psycopg.Connection[Any], kinds: list[str], whole: bool
    ) -> str | None:
        """The kind that has waited longest of those that are ready."""
        bounds = [self._count_to(kind) if whole else 1 for kind in kinds]
        for row in connection.execute(SQL["waiting_kinds"], {"kinds": kinds, "bounds": bounds}):
            if not whole or self._is_ready(**row):
                return str(row["kind"])
        return None

    def _is_ready(self, kind: str, events: int, oldest_age: float) -> bool:
        since_last = self._claims.seconds_since(kind)
        return ready(events, oldest_age, since_last, **asdict(self._limits_of(kind)))

    def _count_to(self, kind: str) -> int:
        """How many events of a kind are worth counting: beyond a batch only while it rests after its last one."""
        limits = self._limits_of(kind)
        rested = self._claims.seconds_since(kind) >= limits.least_interval
        return limits.batch_rows if rested else limits.largest_rows

    def _limits_of(self, kind: str) -> FlushLimits:
        return self._limits.get(kind, self._common_limits)

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
        self._claims.hold(self, None)

    def waiting(self, kinds: Sequence[str]) -> int:
        """See `BatchSource`."""
        with self._transaction() as connection:
            row = connection.execute(SQL["count_waiting"], {"kinds": list(kinds)}).fetchone()
        return int(row["events"]) if row else 0

    def held(self) -> int:
        """See `BatchSource`: events wait in Postgres."""
        return 0

    def close(self) -> None:
        """See `BatchSource`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _end_if_empty(self, connection: psycopg.Connection[Any], batch: Batch) -> None:
        if connection.execute(SQL["forget_empty_batch"], {"batch": batch.id}).rowcount:
            self._claims.hold(self, None)
        else:
            connection.execute(SQL["renew_lease"], {"batch": batch.id, "lease": self._lease})

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
