"""Who a stage tells what it did: the table of minutes always, Prometheus when a port is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from upbeat.events.metrics import LOOPBACK, MetricsServer, StageMetrics
from upbeat.events.minutes import Minutes, MinuteWriter
from upbeat.events.stage_counts import Stage, StageCounts
from upbeat.settings import Settings


class StageObserver:
    """A `SinkObserver` of any stage; it may be called from several threads."""

    def __init__(self, minutes: Minutes, metrics: StageMetrics) -> None:
        self._minutes = minutes
        self._metrics = metrics

    def stored(self, kind: str, events: int, inserts: int, parked: int, lags: Sequence[float]) -> None:
        """See `SinkObserver`; for a relay `inserts` are the batches published, for listeners the messages."""
        counts = StageCounts.of(events, inserts, parked, lags)
        self._minutes.add(kind, counts)
        self._metrics.add(kind, counts)

    def store_available(self, available: bool) -> None:
        """Whether the stage waits for a store or broker."""
        self._metrics.store_available(available)

    def ask_for_held(self, held: Callable[[], int]) -> None:
        """See `SinkObserver`; asked at each scrape."""
        self._metrics.held = held


@contextmanager
def observed(
    settings: Settings, stage: Stage, metrics_port: int | None = None, metrics_host: str = LOOPBACK
) -> Iterator[StageObserver]:
    """An observer whose counts are written every few seconds and at the end of the block.

    Raises:
        InputError: the port is taken, or the address is none of this machine's.
    """
    metrics = StageMetrics(stage)
    server = None if metrics_port is None else MetricsServer(metrics, metrics_port, metrics_host)
    writer = MinuteWriter(settings, stage)
    writer.start()
    try:
        yield StageObserver(writer.minutes, metrics)
    finally:
        writer.close()
        if server is not None:
            server.close()
