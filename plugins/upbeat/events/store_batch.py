"""The way of one batch: encode, park what no column holds, insert (bisecting what ClickHouse refuses), settle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from upbeat.events.batch import Batch, BatchSource, Rejected
from upbeat.events.consumers import Consumer
from upbeat.events.encode import Encoded, encode
from upbeat.events.raw_insert import DataRefusedError

RETRIES = 2
"""How often a refused row of a consumer with `retry_on_error` is tried again before it is parked."""
RETRY_PAUSE_SECONDS = 0.5


class Destination(Protocol):
    """Where rows go: `RawTables`."""

    def ask(self) -> None:
        """Return when it answers; raise `StoreUnavailableError` when it does not."""

    def insert(self, table: str, kind: str, rows: Encoded, *, comment: str) -> None:
        """Store the rows, or raise `DataRefusedError`, `TableRefusedError` or `StoreUnavailableError`."""


@dataclass(slots=True)
class Stored:
    """What became of a batch: events stored, events parked, inserts that passed, and the stored events' lags in seconds."""

    events: int = 0
    parked: int = 0
    inserts: int = 0
    lags: list[float] = field(default_factory=list)


def store_batch(
    batch: Batch,
    consumer: Consumer,
    source: BatchSource,
    destination: Destination,
    *,
    pause: Callable[[float], object] = time.sleep,
) -> Stored:
    """Store or park every event of the batch; each is acknowledged as soon as it is safe, never before.

    Args:
        pause: waits for so many seconds between the tries of a refused row; may return sooner.

    Raises:
        TableRefusedError, StoreUnavailableError: what was not stored is still in the batch.
    """
    return _BatchWay(batch, consumer, source, destination).go(pause)


@dataclass(frozen=True, slots=True)
class _Refused:
    row: Encoded
    reason: str


@dataclass(slots=True)
class _BatchWay:
    batch: Batch
    consumer: Consumer
    source: BatchSource
    destination: Destination
    stored: Stored = field(default_factory=Stored)

    def go(self, pause: Callable[[float], object]) -> Stored:
        encoded = encode(self.consumer, self.batch.events)
        self._park(encoded.rejected)
        refused: list[_Refused] = []
        for one in self._refusals(encoded):
            if self.consumer.retry_on_error:
                refused.append(one)
            else:
                self._park_refused(one)
        # All refused rows are tried again together: the pauses are the batch's, not the row's.
        for _ in range(RETRIES):
            if refused:
                pause(RETRY_PAUSE_SECONDS)
                refused = [again for one in refused for again in self._refusals(one.row)]
        for one in refused:
            self._park_refused(one)
        return self.stored

    def _refusals(self, rows: Encoded) -> Iterator[_Refused]:
        """Insert the rows and settle them, halving what is refused until the culprit stands alone; give the culprits."""
        if not rows.events:
            return
        try:
            comment = f"upbeat sink {self.batch.kind} {self.batch.id}"
            self.destination.insert(self.consumer.table, self.batch.kind, rows, comment=comment)
        except DataRefusedError as error:
            if len(rows.events) == 1:
                yield _Refused(rows, str(error))
                return
            middle = len(rows.events) // 2
            yield from self._refusals(rows.part(0, middle))
            yield from self._refusals(rows.part(middle, len(rows.events)))
        else:
            self._settle(rows)

    def _settle(self, rows: Encoded) -> None:
        returned = time.time()
        self.stored.events += self.source.settle(self.batch, rows.ids)
        self.stored.inserts += 1
        self.stored.lags += [returned - event.created_at for event in rows.events]

    def _park_refused(self, refused: _Refused) -> None:
        self._park([Rejected(refused.row.events[0], refused.reason)])

    def _park(self, rejected: list[Rejected]) -> None:
        if rejected:
            self.stored.parked += self.source.park(self.batch, rejected)
