"""The way of one batch: encode, park what no column holds, insert (bisecting what ClickHouse refuses), settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from upbeat.events.batch import Batch, BatchSource, Rejected
from upbeat.events.consumers import Consumer
from upbeat.events.encode import Encoded, encode
from upbeat.events.raw_insert import DataRefusedError


class Destination(Protocol):
    """Where rows go: `RawTables`."""

    def insert(self, table: str, kind: str, rows: Encoded, *, comment: str) -> None:
        """Store the rows, or raise `DataRefusedError`, `TableRefusedError` or `StoreUnavailableError`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: events stored, events parked, inserts that passed."""

    events: int = 0
    parked: int = 0
    inserts: int = 0


def store_batch(batch: Batch, consumer: Consumer, source: BatchSource, destination: Destination) -> Stored:
    """Store or park every event of the batch; each is acknowledged as soon as it is safe, never before.

    Raises:
        TableRefusedError, StoreUnavailableError: what was not stored is still in the batch.
    """
    encoded = encode(consumer, batch.events)
    parked = source.park(batch, encoded.rejected) if encoded.rejected else 0
    events = inserts = 0
    for rows, refusal in _insert(encoded, batch, consumer, destination):
        if refusal is None:
            inserts += 1
            events += source.settle(batch, rows.ids)
        else:
            parked += source.park(batch, [Rejected(rows.events[0], refusal)])
    return Stored(events, parked, inserts)


def _insert(
    rows: Encoded, batch: Batch, consumer: Consumer, destination: Destination
) -> Iterator[tuple[Encoded, str | None]]:
    """Insert the rows, halving what is refused until the culprit stands alone; give each part with its refusal."""
    if not rows.events:
        return
    try:
        comment = f"upbeat sink {batch.kind} {batch.id}"
        destination.insert(consumer.table, batch.kind, rows, comment=comment)
    except DataRefusedError as error:
        if len(rows.events) == 1:
            yield rows, str(error)
            return
        middle = len(rows.events) // 2
        yield from _insert(rows.part(0, middle), batch, consumer, destination)
        yield from _insert(rows.part(middle, len(rows.events)), batch, consumer, destination)
    else:
        yield rows, None
