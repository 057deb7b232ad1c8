"""Counts of one process's requests, for Prometheus. With `upbeat api --workers` the processes' counts are added up."""

from __future__ import annotations

import os
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of `prometheus_client`: the folder in which processes of one service keep their counts."""
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE = "none"


class RequestMetrics:
    """What one application counts. A label is a route's template, never a path: there are few of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "upbeat_api_requests",
            "Requests that were answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "upbeat_api_request_seconds",
            "Time from the end of a request's head to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.under_way = Gauge(
            "upbeat_api_requests_under_way",
            "Requests that are served now.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.draining = Gauge(
            "upbeat_api_draining",
            "Processes that take no new requests.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[str, Histogram] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        at = (method, route, status)
        counter = self._counters.get(at)
        if counter is None:
            counter = self._counters[at] = self._requests.labels(method, route, str(status))
        timer = self._timers.get(route)
        if timer is None:
            timer = self._timers[route] = self._seconds.labels(route)
        counter.inc()
        timer.observe(seconds)

    def text(self) -> bytes:
        """All counts in Prometheus' text format."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)


def forget_process(process_id: int, environment: Mapping[str, str]) -> None:
    """What a process that ended was doing is done by nobody now: gauges go, counters stay. Without a shared folder nothing is kept."""
    if SHARED_FOLDER in environment:
        mark_process_dead(process_id, environment[SHARED_FOLDER])
