"""What the parts of the sink hand to each other, and the face of a source of batches: the outbox now, a broker later."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as its source keeps it. `id` orders repeated events of one fact and never changes."""

    id: int
    key: str
    payload: dict[str, Any]
    observed_at: datetime


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


def deduplication_token(kind: str, columns: Sequence[Sequence[Any]]) -> str:
    """Names an insert by its rows, event ids included: ClickHouse drops a repeat of the same insert within its window.

    The ids alone would not do: after a restore of Postgres they begin again below those that ClickHouse has seen, and
    other rows under a known token are dropped without an error.
    """
    return hashlib.sha256(repr((kind, columns)).encode()).hexdigest()
