"""What a scrape of a stage reads, over HTTP as Prometheus asks for it."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from upbeat.errors import InputError
from upbeat.events.metrics import MetricsServer, StageMetrics
from upbeat.events.stage_counts import StageCounts

Samples = dict[tuple[str, str, str], float]


@pytest.fixture
def metrics() -> StageMetrics:
    return StageMetrics("relay", clock=lambda: 1234.5)


@pytest.fixture
def server(metrics: StageMetrics) -> Iterator[MetricsServer]:
    running = MetricsServer(metrics, 0)
    yield running
    running.close()


def scrape(server: MetricsServer) -> Samples:
    """Values by name, kind and upper bound."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, sample.labels.get("kind", ""), sample.labels.get("le", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels["stage"] == "relay"
    }


def test_a_scrape_shows_what_was_counted_by_kind(metrics: StageMetrics, server: MetricsServer) -> None:
    metrics.add("post_log", StageCounts.of(2, 1, 0, [0.02, 3.0]))
    metrics.add("post_log", StageCounts.of(1, 1, 4, [99_999.0]))
    metrics.add("trace_log", StageCounts.of(5, 1, 0, [0.0] * 5))
    seen = scrape(server)
    assert seen["upbeat_events_total", "post_log", ""] == 3
    assert seen["upbeat_event_batches_total", "post_log", ""] == 2
    assert seen["upbeat_events_parked_total", "post_log", ""] == 4
    assert seen["upbeat_events_total", "trace_log", ""] == 5
    metrics.add("nothing_but_bad", StageCounts.of(0, 0, 2, []))
    assert scrape(server)["upbeat_events_parked_total", "nothing_but_bad", ""] == 2
    assert seen["upbeat_event_lag_seconds_bucket", "post_log", "0.025"] == 1
    assert seen["upbeat_event_lag_seconds_bucket", "post_log", "7200.0"] == 2
    assert seen["upbeat_event_lag_seconds_bucket", "post_log", "+Inf"] == 3
    assert seen["upbeat_event_lag_seconds_count", "post_log", ""] == 3
    assert seen["upbeat_event_lag_seconds_sum", "post_log", ""] == pytest.approx(100_002.02)
    assert seen["upbeat_last_success_timestamp_seconds", "", ""] == 1234.5


def test_a_stage_that_waits_says_so_until_a_batch_passes(
    metrics: StageMetrics, server: MetricsServer
) -> None:
    metrics.store_available(False)
    assert scrape(server)["upbeat_store_available", "", ""] == 0
    metrics.add("post_log", StageCounts.of(1, 1, 0, [0.1]))
    assert scrape(server)["upbeat_store_available", "", ""] == 1


def test_the_depth_of_the_buffer_is_asked_for_at_each_scrape(
    metrics: StageMetrics, server: MetricsServer
) -> None:
    assert ("upbeat_events_buffered", "", "") not in scrape(server)
    depths = iter([7, 3])
    metrics.held = lambda: next(depths)
    assert scrape(server)["upbeat_events_buffered", "", ""] == 7
    assert scrape(server)["upbeat_events_buffered", "", ""] == 3


@pytest.mark.skipif(sys.platform == "darwin", reason="its loopback has one address")
def test_another_address_is_served_when_it_is_asked_for(metrics: StageMetrics) -> None:
    running = MetricsServer(metrics, 0, "127.0.0.2")
    with urllib.request.urlopen(f"http://127.0.0.2:{running.port}/metrics", timeout=10) as answer:
        assert answer.status == 200
    running.close()


def test_a_taken_port_is_told_in_one_line(metrics: StageMetrics, server: MetricsServer) -> None:
    with pytest.raises(
        InputError, match=rf"^--metrics-port {server.port} on 127.0.0.1: .*: choose a free port"
    ):
        MetricsServer(metrics, server.port)
