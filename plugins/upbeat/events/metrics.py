"""A stage's counts in the text format of Prometheus, on loopback unless another address is asked for, when a port is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from upbeat.errors import InputError
from upbeat.events.lag_histogram import LAG_BOUNDS
from upbeat.events.stage_counts import Stage, StageCounts

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

LOOPBACK = "127.0.0.1"
_BOUNDS = [*map(str, LAG_BOUNDS), "+Inf"]


class StageMetrics:
    """The counts of this process since it began. Any thread may add to them; a scrape reads them.

    Attributes:
        held: asked at each scrape for the events that the process holds and has not stored; None when it holds none.
    """

    def __init__(self, stage: Stage, clock: Callable[[], float] = time.time) -> None:
        self.held: Callable[[], int] | None = None
        self._stage = stage
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, StageCounts] = {}
        self._available = True
        self._last_success = 0.0

    def add(self, kind: str, counts: StageCounts) -> None:
        """Count a batch."""
        with self._lock:
            self._counts.setdefault(kind, StageCounts()).add(counts)
            self._available = True
            self._last_success = self._clock()

    def store_available(self, available: bool) -> None:
        """Whether the stores that the stage needs answer."""
        self._available = available

    def collect(self) -> Iterator[Metric]:
        """What a scrape shows (the protocol of a prometheus_client collector)."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        labels = ["stage", "kind"]
        events = CounterMetricFamily("upbeat_events", "Events published, stored or handled.", labels=labels)
        batches = CounterMetricFamily("upbeat_event_batches", "Batches that passed.", labels=labels)
        parked = CounterMetricFamily("upbeat_events_parked", "Events set aside with a reason.", labels=labels)
        lag = HistogramMetricFamily(
            "upbeat_event_lag_seconds", "Age of an event when the stage was done with it.", labels=labels
        )
        with self._lock:
            for kind, counts in self._counts.items():
                at = (self._stage, kind)
                events.add_metric(at, counts.events)
                batches.add_metric(at, counts.batches)
                parked.add_metric(at, counts.parked)
                lag.add_metric(at, list(zip(_BOUNDS, accumulate(counts.lags), strict=True)), counts.lag_sum)
        yield from (events, batches, parked, lag)
        available = GaugeMetricFamily(
            "upbeat_store_available", "0 while the stage waits for a store or broker.", labels=["stage"]
        )
        available.add_metric([self._stage], float(self._available))
        yield available
        success = GaugeMetricFamily(
            "upbeat_last_success_timestamp_seconds",
            "Unix time of the last batch that passed.",
            labels=["stage"],
        )
        success.add_metric([self._stage], self._last_success)
        yield success
        if self.held is not None:
            waiting = GaugeMetricFamily(
                "upbeat_events_buffered", "Events held in memory, not stored yet.", labels=["stage"]
            )
            waiting.add_metric([self._stage], self.held())
            yield waiting


class MetricsServer:
    """Answers `GET /metrics` until closed."""

    def __init__(self, metrics: StageMetrics, port: int, host: str = LOOPBACK) -> None:
        """Begin to answer; port 0 takes a free one.

        Raises:
            InputError: the port is taken, or the address is none of this machine's.
        """
        from prometheus_client import CollectorRegistry, start_http_server

        registry = CollectorRegistry(auto_describe=False)
        registry.register(metrics)
        try:
            self._server, self._thread = start_http_server(port, addr=host, registry=registry)
        except OSError as error:
            raise InputError(
                f"--metrics-port {port} on {host}: {error.strerror or error}: choose a free port, one for each process"
            ) from error

    @property
    def port(self) -> int:
        """Where it answers."""
        server: Any = self._server
        return int(server.server_port)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
