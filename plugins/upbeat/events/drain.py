"""The sink: moves events from the outbox to ClickHouse, for as long as asked, through failures of either."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import BatchSource
from upbeat.events.consumers import Consumer, load_consumers
from upbeat.events.outbox import Outbox
from upbeat.events.raw_insert import RawTables, TableRefusedError
from upbeat.events.store_batch import Destination, Stored, store_batch
from upbeat.logs import get_logger
from upbeat.settings import Settings

log = get_logger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0  # a store that comes back is noticed within a second
REFUSED_TABLE_WAIT_SECONDS = 15.0


@dataclass(slots=True)
class DrainSummary:
    """What a run of the sink did. `batches` counts inserts, `by_kind` stored events."""

    events: int = 0
    batches: int = 0
    parked: int = 0
    seconds: float = 0.0
    by_kind: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, stored: Stored) -> None:
        """Count one batch."""
        self.events += stored.events
        self.batches += stored.inserts
        self.parked += stored.parked
        self.by_kind[kind] = self.by_kind.get(kind, 0) + stored.events


class Sink:
    """One loop over one source and one destination. `run` may be called once."""

    def __init__(
        self,
        consumers: dict[str, Consumer],
        source: BatchSource,
        destination: Destination,
        *,
        stop: threading.Event,
        poll_seconds: float,
        on_progress: Callable[[DrainSummary], None] | None = None,
    ) -> None:
        self._consumers = consumers
        self._source = source
        self._destination = destination
        self._stop = stop
        self._poll_seconds = poll_seconds
        self._on_progress = on_progress
        self._refused_until: dict[str, float] = {}
        self._wait = FIRST_WAIT_SECONDS
        self._problem: str | None = None

    def run(self, *, time_budget: float | None, until_empty: bool) -> DrainSummary:
        """Store events until stopped, until the budget (in seconds) ends or, if asked, until none are left.

        Raises:
            StoreUnavailableError: the budget ended while a store was away; all events are still in the outbox.
        """
        started = time.monotonic()
        deadline = None if time_budget is None else started + time_budget
        summary = DrainSummary()
        while not self._stop.is_set() and (deadline is None or time.monotonic() < deadline):
            moved = self._step(summary, until_empty)
            summary.seconds = time.monotonic() - started
            if moved is None:
                self._pause(self._next_wait(), deadline)
            elif moved:
                self._report(summary)
            elif until_empty and self._is_empty():
                return summary
            else:
                self._pause(0.1 if until_empty else self._poll_seconds, deadline)
        if self._problem is not None and not self._stop.is_set():
            raise StoreUnavailableError(
                f"{self._problem} (after {summary.events} events; the rest stays in the outbox)"
            )
        return summary

    def _step(self, summary: DrainSummary, until_empty: bool) -> bool | None:
        """One batch: True when one was done, False when there was none, None when a store was away."""
        try:
            batch = self._source.claim(self._open_kinds(), whole_batches_only=not until_empty)
            if batch is None:
                self._recovered()
                return False
            try:
                stored = store_batch(batch, self._consumers[batch.kind], self._source, self._destination)
            except TableRefusedError as error:
                self._refused_until[batch.kind] = time.monotonic() + REFUSED_TABLE_WAIT_SECONDS
                self._source.release(batch, str(error))
                self._name_problem(str(error))
                return False
            except StoreUnavailableError as error:
                self._source.release(batch, str(error))
                raise
        except StoreUnavailableError as error:
            self._name_problem(str(error))
            return None
        summary.add(batch.kind, stored)
        self._refused_until.pop(batch.kind, None)
        self._recovered()
        return True

    def _is_empty(self) -> bool:
        try:
            return self._source.waiting(list(self._consumers)) == 0
        except StoreUnavailableError as error:
            self._name_problem(str(error))
            return False

    def _open_kinds(self) -> list[str]:
        now = time.monotonic()
        self._refused_until = {kind: until for kind, until in self._refused_until.items() if until > now}
        return [kind for kind in self._consumers if kind not in self._refused_until]

    def _name_problem(self, problem: str) -> None:
        """One line when the trouble begins, not one for each attempt."""
        if self._problem is None:
            log.warning("the sink waits", problem=problem)
        self._problem = problem

    def _recovered(self) -> None:
        """Nothing failed just now; what a refused table holds back is still a problem."""
        if self._problem is not None and not self._refused_until:
            log.info("the sink goes on")
            self._problem = None
        self._wait = FIRST_WAIT_SECONDS

    def _next_wait(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT_SECONDS)
        return wait

    def _pause(self, seconds: float, deadline: float | None) -> None:
        left = seconds if deadline is None else min(seconds, deadline - time.monotonic())
        self._stop.wait(max(0.0, left))

    def _report(self, summary: DrainSummary) -> None:
        if self._on_progress is not None:
            self._on_progress(summary)


def drain(
    settings: Settings,
    *,
    time_budget: float | None,
    until_empty: bool,
    on_progress: Callable[[DrainSummary], None] | None = None,
    stop: threading.Event | None = None,
) -> DrainSummary:
    """Store the events of the outbox in ClickHouse.

    Args:
        time_budget: seconds; None for no limit.
        until_empty: stop when no event is left, and do not wait for batches to fill. Else batches of
            `sink_batch_rows` go at once and smaller ones when `sink_flush_seconds` old, until the budget ends.
        on_progress: called after each batch with the summary so far.
        stop: set it to end after the batch under way.

    Raises:
        StoreUnavailableError: the budget ended while ClickHouse or Postgres was away. Nothing is lost: the
            events are still in the outbox.
    """
    source, destination = Outbox(settings), RawTables(settings)
    sink = Sink(
        load_consumers(),
        source,
        destination,
        stop=stop or threading.Event(),
        poll_seconds=min(1.0, settings.sink_flush_seconds / 4),
        on_progress=on_progress,
    )
    try:
        return sink.run(time_budget=time_budget, until_empty=until_empty)
    finally:
        source.close()
        destination.close()


def run_sink(settings: Settings, stop: threading.Event) -> DrainSummary:
    """Run the sink as a service: it outlives restarts of both stores and ends after `stop` is set."""
    return drain(settings, time_budget=None, until_empty=False, stop=stop)
