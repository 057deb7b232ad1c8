"""Events in memory as a `BatchSource`: what the insert stage does without the cost of any source."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict

from upbeat.events.batch import Batch, Rejected, StoredEvent
from upbeat.events.flush_policy import FlushLimits, ready


class MemorySource:
    """Hands out the events in order, in batches of at most `limits.largest_rows`; shared by all loops.

    With `per_second` they come to be one after the other, and a batch waits until `flush_policy` calls it ready.
    """

    def __init__(
        self, kind: str, events: Sequence[StoredEvent], limits: FlushLimits, *, per_second: float = math.inf
    ) -> None:
        self._kind = kind
        self._events = events
        self._limits = limits
        self._per_second = per_second
        self._started = self._last = time.monotonic()
        self._claimed = self._settled = 0
        self._lock = threading.Lock()

    def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
        """See `BatchSource`."""
        with self._lock:
            now = time.monotonic()
            due = int(min(len(self._events), self._per_second * (now - self._started)))
            waiting = due - self._claimed
            age = (now - self._started) - self._claimed / self._per_second
            last = now - self._last if self._claimed else math.inf
            if not ready(waiting, age, last, **asdict(self._limits)):
                return None
            start = self._claimed
            self._claimed += min(waiting, self._limits.largest_rows)
            self._last = now
            return Batch(f"{start}", self._kind, self._events[start : self._claimed])

    def settle(self, batch: Batch, stored: Sequence[int]) -> int:
        """See `BatchSource`."""
        with self._lock:
            self._settled += len(stored)
        return len(stored)

    def park(self, batch: Batch, rejected: Sequence[Rejected]) -> int:
        """Nothing of a benchmark's events may be refused."""
        raise AssertionError(rejected[0].reason)

    def release(self, batch: Batch, reason: str, *, delay_seconds: float = 0.0) -> None:
        """No store may fail while it is measured."""
        raise AssertionError(reason)

    def waiting(self, kinds: Sequence[str]) -> int:
        """See `BatchSource`."""
        return len(self._events) - self._settled

    def close(self) -> None:
        """Nothing is open."""
