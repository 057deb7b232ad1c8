"""One loop of the sink: takes batches from a source and stores them, for as long as asked, through failures of either."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch, BatchSource
from upbeat.events.consumers import Consumer
from upbeat.events.raw_insert import TableRefusedError
from upbeat.events.sink_progress import SinkProgress
from upbeat.events.store_batch import Destination, store_batch

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0  # a store that comes back is noticed within a second
EMPTY_WAIT_SECONDS = 0.1


class SinkLoop:
    """One of the loops of a run. While one encodes, another's insert is under way."""

    def __init__(
        self,
        number: int,
        consumers: Mapping[str, Consumer],
        source: BatchSource,
        destination: Destination,
        progress: SinkProgress,
        *,
        stop: threading.Event,
        poll_seconds: float,
    ) -> None:
        self._number = number
        self._consumers = consumers
        self._source = source
        self._destination = destination
        self._progress = progress
        self._stop = stop
        self._poll_seconds = poll_seconds
        self._wait = FIRST_WAIT_SECONDS
        self._deadline: float | None = None

    def run(self, deadline: float | None, *, until_empty: bool) -> None:
        """Store events until stopped, until the deadline (monotonic) or, if asked, until none are left in the source."""
        self._deadline = deadline
        try:
            self._run(until_empty)
        except BaseException:
            self._progress.give_up()
            raise

    def _run(self, until_empty: bool) -> None:
        while not self._stop.is_set() and not self._progress.given_up and self._seconds_left() > 0:
            moved = self._step(until_empty)
            if moved is None:
                self._pause(self._next_wait())
            elif not moved:
                if until_empty and self._is_empty():
                    return
                self._pause(EMPTY_WAIT_SECONDS if until_empty else self._poll_seconds)

    def _step(self, until_empty: bool) -> bool | None:
        """One batch: True when one was done, False when there was none, None when a store was away."""
        try:
            # A run that ends while ClickHouse is away would give back what it took, and a broker counts that.
            self._destination.ask()
            batch = self._source.claim(self._progress.open_kinds(), whole_batches_only=not until_empty)
            done = batch is not None and self._store(batch)
        except StoreUnavailableError as error:
            self._progress.waits(self._number, str(error))
            return None
        self._wait = FIRST_WAIT_SECONDS
        if not done:
            self._progress.went_on(self._number)
        return done

    def _store(self, batch: Batch) -> bool:
        """False when the table was refused. What was not stored is given back to the source."""
        consumer = self._consumers[batch.kind]
        try:
            stored = store_batch(batch, consumer, self._source, self._destination, pause=self._pause)
        except TableRefusedError as error:
            self._progress.refused(batch.kind, str(error))
            self._source.release(batch, str(error))
            return False
        except StoreUnavailableError as error:
            self._source.release(batch, str(error))
            raise
        self._progress.passed(self._number, batch.kind, stored)
        return True

    def _is_empty(self) -> bool:
        try:
            return self._source.waiting(list(self._consumers)) == 0
        except StoreUnavailableError as error:
            self._progress.waits(self._number, str(error))
            return False

    def _next_wait(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT_SECONDS)
        return wait

    def _seconds_left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(max(0.0, min(seconds, self._seconds_left())))
