"""What the parts of the sink hand to each other, and the face of a source of batches: the outbox, or a broker's queues."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack
from typing import Protocol

import msgspec


class StoredEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as its source keeps it. A struct: a frozen dataclass takes ten times as long to make.

    Attributes:
        id: orders repeated events of one fact and never changes; unsigned, 64 bits. The id in the outbox, or for an event
            that another system published a hash of its message id.
        key: names the fact, for people; may be empty.
        body: the payload, a JSON object as UTF-8 text. Not parsed yet: it may be anything.
        observed_at: ISO 8601 time of the observation; may be empty.
        created_at: Unix time in seconds at which the producer wrote it; the lag is counted from it.
    """

    id: int
    key: str
    body: bytes
    observed_at: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one kind whose membership is fixed: sent again after a crash, it is the same batch."""

    id: str
    kind: str
    events: Sequence[StoredEvent]


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that no column can hold, and why."""

    event: StoredEvent
    reason: str


class BatchSource(Protocol):
    """Where batches come from. Nothing is acknowledged (`settle`, `park`) before it is stored elsewhere."""

    def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
        """The next batch of one of `kinds`, fixed before it is returned; None when there is none (yet)."""

    def settle(self, batch: Batch, stored: Sequence[int]) -> int:
        """Forget the events with these ids, they are stored; the number that were still there."""

    def park(self, batch: Batch, rejected: Sequence[Rejected]) -> int:
        """Take events that cannot be stored out of the batch and keep them with their reasons."""

    def release(self, batch: Batch, reason: str, *, delay_seconds: float = 0.0) -> None:
        """Give what is left of the batch back as it is: it may be claimed again after the delay."""

    def waiting(self, kinds: Sequence[str]) -> int:
        """Events of these kinds that are not settled yet, those under way included."""

    def close(self) -> None:
        """Let go of connections."""


def deduplication_token(kind: str, columns: Sequence[str], events: Sequence[StoredEvent]) -> str:
    """Names an insert by its rows: ClickHouse drops a repeat of the same insert within its window.

    Rows follow from the names and types of the `columns` and from the events' ids and bodies, in order. The ids alone would
    not do: after a restore of Postgres they begin again below those that ClickHouse has seen, and other rows under a known
    token are dropped without an error.
    """
    bodies = [event.body for event in events]
    digest = hashlib.sha256(repr((kind, list(columns))).encode())
    # Ids and lengths go first: bodies of other lengths that happen to join to the same bytes are other rows.
    digest.update(pack(f"<{len(events)}Q", *(event.id for event in events)))
    digest.update(pack(f"<{len(events)}Q", *map(len, bodies)))
    digest.update(b"".join(bodies))
    return digest.hexdigest()
