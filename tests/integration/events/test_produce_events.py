"""`upbeat events produce`: what it puts into the outbox is what the sink stores, and live systems are left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.drain import drain

if TYPE_CHECKING:
    from tests.integration.events.conftest import OutboxBench


def upbeat(bench: OutboxBench, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from upbeat.cli import main; main()", "events", "produce", *arguments],
        env={**os.environ, **settings_environment(bench.settings), **environment},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


def test_examples_go_through_the_outbox_into_clickhouse_once_however_often(bench: OutboxBench) -> None:
    made = upbeat(bench, "profile_log", "--count", "7000", "--json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert (told["kind"], told["to"], told["events"]) == ("profile_log", "outbox", 7000)
    for _ in range(2):
        assert upbeat(bench, "asset", "--count", "30", "--size", "2000", "--seed", "7").returncode == 0
    assert bench.rows(
        "SELECT min(length(payload::text)) >= 2000 AS full FROM beat.outbox WHERE kind = 'asset'"
    ) == [{"full": True}]
    summary = drain(bench.settings, time_budget=60, until_empty=True)
    assert (summary.by_kind, summary.parked) == ({"profile_log": 7000, "asset": 60}, 0)
    client = bench.client()
    try:
        counts = "SELECT (SELECT count() FROM asset FINAL), (SELECT count() FROM profile_log FINAL WHERE source = 'example')"
        assert client.query(counts).result_rows == [(30, 7000)]
    finally:
        client.close()


def test_an_unknown_kind_and_a_live_system_are_refused_in_one_line(bench: OutboxBench) -> None:
    unknown = upbeat(bench, "nonsense")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert unknown.stderr.startswith("error: nonsense: is no kind of event; known are api_event, asset")
    live = upbeat(bench, "asset", "--count", "1", UPBEAT_UPSTREAM="live")
    assert live.returncode == 2
    assert "--yes" in live.stderr
    assert bench.left() == (0, 0)
    assert upbeat(bench, "asset", "--count", "1", "--yes", UPBEAT_UPSTREAM="live").returncode == 0
    assert bench.left() == (1, 0)
