"""The sink: moves events from their source to ClickHouse, in several loops at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import BatchSource
from upbeat.events.consumers import Consumer, chosen_consumers
from upbeat.events.event_sources import sources
from upbeat.events.flush_policy import flush_limits
from upbeat.events.observer import SinkObserver
from upbeat.events.raw_insert import RawTables
from upbeat.events.sink_loop import SinkLoop
from upbeat.events.sink_progress import DrainSummary, SinkProgress
from upbeat.events.store_batch import Destination
from upbeat.logs import get_logger
from upbeat.settings import Settings

log = get_logger(__name__)

__all__ = ["DrainSummary", "Sink", "drain", "run_sink"]

SHORTEST_POLL_SECONDS = 0.05
LONGEST_POLL_SECONDS = 0.5


class Sink:
    """One run over sources and destinations, a loop for each pair of them. `run` may be called once."""

    def __init__(
        self,
        consumers: Mapping[str, Consumer],
        sources: Sequence[BatchSource],
        destinations: Sequence[Destination],
        *,
        stop: threading.Event,
        poll_seconds: float,
        rest_stays_in: str = "the outbox",
        observer: SinkObserver | None = None,
        on_progress: Callable[[DrainSummary], None] | None = None,
    ) -> None:
        self._progress = SinkProgress(consumers, observer=observer, on_progress=on_progress)
        self._stop = stop
        self._rest_stays_in = rest_stays_in
        self._loops = [
            SinkLoop(
                number, consumers, source, destination, self._progress, stop=stop, poll_seconds=poll_seconds
            )
            for number, (source, destination) in enumerate(zip(sources, destinations, strict=True))
        ]

    def run(self, *, time_budget: float | None, until_empty: bool) -> DrainSummary:
        """Store events until stopped, until the budget (in seconds) ends or, if asked, until none are left.

        Raises:
            StoreUnavailableError: the budget ended while a store was away; what was not stored is still in its source.
        """
        deadline = None if time_budget is None else time.monotonic() + time_budget
        first, *others = self._loops
        with ThreadPoolExecutor(len(self._loops), "sink") as pool:
            beside = [pool.submit(loop.run, deadline, until_empty=until_empty) for loop in others]
            # This one in the caller's thread: Ctrl-C breaks it, and thereby the others.
            first.run(deadline, until_empty=until_empty)
        for one in beside:
            one.result()
        summary, problem = self._progress.summary, self._progress.problem
        if problem is not None and not self._stop.is_set():
            raise StoreUnavailableError(
                f"{problem} (after {summary.events} events; the rest stays in {self._rest_stays_in})"
            )
        return summary


def drain(
    settings: Settings,
    *,
    time_budget: float | None,
    until_empty: bool,
    kinds: Sequence[str] | None = None,
    observer: SinkObserver | None = None,
    on_progress: Callable[[DrainSummary], None] | None = None,
    stop: threading.Event | None = None,
) -> DrainSummary:
    """Store events in ClickHouse: those in RabbitMQ's queues where a broker is set, else those in the outbox.

    Args:
        time_budget: seconds; None for no limit.
        until_empty: stop when no event is left, and do not wait for batches to fill. Else batches go when
            `flush_policy` says so, until the budget ends.
        kinds: default all that have a consumer; events of other kinds stay where they are.
        observer: told of each batch and of waits, from several threads.
        on_progress: called after each batch with the summary so far; from several threads, one at a time.
        stop: set it to end after the batches under way.

    Raises:
        InputError: a kind is unknown.
        StoreUnavailableError: the budget ended while a store or the broker was away. Nothing is lost: the events
            are still where they were.
    """
    consumers = chosen_consumers(kinds)
    inputs = sources(settings, consumers, settings.sink_threads)
    outputs = [RawTables(settings) for _ in inputs]
    sink = Sink(
        consumers,
        inputs,
        outputs,
        stop=stop or threading.Event(),
        poll_seconds=_poll_seconds(settings, consumers),
        rest_stays_in="the outbox" if settings.rabbitmq_dsn() is None else "the queues",
        observer=observer,
        on_progress=on_progress,
    )
    log.info(
        "the sink starts",
        source="the outbox" if settings.rabbitmq_dsn() is None else "RabbitMQ",
        destination=f"{settings.clickhouse_http_url()} {settings.clickhouse_raw_database}",
        kinds=len(consumers),
    )
    different = list({id(source): source for source in inputs}.values())
    if observer is not None:
        observer.ask_for_held(lambda: sum(one.held() for one in different))
    try:
        return sink.run(time_budget=time_budget, until_empty=until_empty)
    finally:
        for one in different:
            one.close()
        for output in outputs:
            output.close()


def _poll_seconds(settings: Settings, consumers: Mapping[str, Consumer]) -> float:
    """Often enough that no batch is late by more than a quarter of its wait."""
    shortest = min(flush_limits(one, settings).flush_seconds for one in consumers.values())
    return min(LONGEST_POLL_SECONDS, max(SHORTEST_POLL_SECONDS, shortest / 4))


def run_sink(settings: Settings, stop: threading.Event, observer: SinkObserver | None = None) -> DrainSummary:
    """Run the sink as a service: it outlives restarts of all stores and ends after `stop` is set."""
    return drain(settings, time_budget=None, until_empty=False, stop=stop, observer=observer)
