"""How many events a second flow from a producer through RabbitMQ into ClickHouse for ten minutes, all on this machine?

Producer, broker, sink and ClickHouse share the cores. Events have 1 kB; one to a message, then packed by a hundred. The lag is
the time from the event's creation to its row's insert, counted by ClickHouse over all rows. `BENCHMARK_SECONDS` (600) is the length of
each run. At the end a full queue is drained without a brake, from the broker alone and from the outbox through the relay.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.event_flow import load
from benchmarks.event_flow.services import Service, part_memory, start
from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.consumers import load_consumers
from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.events.topology import declare, routes_of
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.stores.rabbitmq import administration

SECONDS = float(os.environ.get("BENCHMARK_SECONDS", "600"))
SAMPLE_SECONDS = 5.0
PACK = 100
BACKLOG = 200_000
LAG = f"""
SELECT count(), quantile(0.5)(lag), quantile(0.95)(lag), max(lag)
FROM (SELECT toFloat64(_ingested_at) - toFloat64(timestamp) AS lag FROM {load.KIND})
"""
FROM_OUTBOX = """
INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT %s, item.key, item.payload::jsonb, now() FROM unnest(%s::text[], %s::text[]) AS item (key, payload)
"""


@dataclass
class Run:
    """What one run showed. Memory in MiB by what holds it, one figure per sample."""

    published: float = 0.0
    stored: float = 0.0
    inserts: float = 0.0
    lag: tuple[float, float, float] = (0.0, 0.0, 0.0)
    left: int = 0
    memory: dict[str, list[float]] = field(default_factory=dict)

    def growth(self, holder: str) -> float:
        """Memory in the last fifth of the run over that in the second fifth (the first is the warming up)."""
        samples = self.memory[holder]
        fifth = max(1, len(samples) // 5)
        return median(samples[-fifth:]) / median(samples[fifth : 2 * fifth] or samples)


def run(say: Callable[[str], None]) -> list[Row]:
    """One run of each way, then the drains."""
    with private_stack(["postgres", "clickhouse", "rabbitmq"]) as settings:
        declare(str(settings.rabbitmq_dsn()), routes_of(load_consumers().values()))
        plain = _sustained(settings, rate=6_000, pack=1, say=say)
        packed = _sustained(settings, rate=12_000, pack=PACK, say=say)
        drains = {pack: _drained(settings, pack) for pack in (1, PACK)}
        say(f"drained: {drains}")
        relayed = _relayed(settings)
        say(f"outbox → relay → broker → sink → ClickHouse: {relayed:,.0f}/s")
    return [
        *_rows("one to a message", plain, 5_000.0),
        *_rows(f"packed by {PACK}", packed, 10_000.0),
        _figure("inserts at 10,000 events/s, packed", "inserts/s", packed.inserts * 10_000 / packed.stored, 10.0, low=True),
        *(_figure(f"a full queue, {pack} to a message, no brake", "events/s", rate) for pack, rate in drains.items()),
        _figure("outbox → relay → broker → sink → ClickHouse, no brake", "events/s", relayed),
    ]  # fmt: skip


def _rows(way: str, run: Run, target: float) -> list[Row]:
    memory = ", ".join(f"{name} {values[-1]:.0f} MiB" for name, values in run.memory.items())
    note = (
        f"{SECONDS:.0f} s; published {run.published:,.0f}/s, {run.inserts:.1f} inserts/s, {run.left} events left in the queue at the end; "
        f"at the end {memory}"
    )
    lag = f"median {run.lag[0]:.2f} s, most {run.lag[2]:.2f} s"
    return [
        _figure(f"sustained, {way}", "events/s", run.stored, target, note=note),
        _figure(f"lag p95, {way}", "s", run.lag[1], 10.0, low=True, note=lag),
        _figure(f"memory of the sink, last fifth over second fifth, {way}", "×", run.growth("sink"), 1.1, low=True),
        _figure(f"memory of the broker, the same, {way}", "×", run.growth("rabbitmq"), low=True),
    ]  # fmt: skip


def _figure(
    what: str, unit: str, figure: float, target: float | None = None, *, low: bool = False, note: str = ""
) -> Row:
    return Row(
        what=what,
        unit=unit,
        ours=[figure],
        peer=[],
        peer_name="",
        target=target,
        lower_is_better=low,
        note=note,
    )


def _sustained(settings: Settings, *, rate: int, pack: int, say: Callable[[str], None]) -> Run:
    """Producer and sink side by side for `SECONDS`; the rates are those of that time, without the catching up after it."""
    _empty(settings)
    found = Run()
    sink = start(settings, "sink")
    started = time.monotonic()
    producer = _producer(settings, rate, pack)
    try:
        while producer.poll() is None:
            time.sleep(SAMPLE_SECONDS)
            _sample(settings, sink, found)
            if len(found.memory["sink"]) % 12 == 0:
                say(
                    f"{pack} to a message, {time.monotonic() - started:.0f} s: stored {_stored(settings):,}, {_depth(settings)} wait"
                )
        seconds = time.monotonic() - started
        found.stored, found.left = _stored(settings) / seconds, _depth(settings)
        printed, _ = producer.communicate()
        if producer.returncode != 0:
            raise RuntimeError(f"the producer ended with {producer.returncode}; its reason stands above")
        told = json.loads(printed)
        found.published = told["events"] / told["seconds"]
        _wait_for(settings, int(told["events"]))
    finally:
        producer.kill()
        summary = sink.end()
    found.inserts = summary["batches"] / (time.monotonic() - started)
    found.lag = _lag(settings)
    return found


def _sample(settings: Settings, sink: Service, found: Run) -> None:
    figures = {"sink": sink.memory()} | {
        name: part_memory(settings, name) for name in ("rabbitmq", "clickhouse")
    }
    for name, figure in figures.items():
        found.memory.setdefault(name, []).append(figure)


def _producer(settings: Settings, rate: int, pack: int) -> subprocess.Popen[str]:
    environment = {**os.environ, **settings_environment(settings)}
    command = [sys.executable, "-m", "benchmarks.event_flow.load", str(rate), str(SECONDS), str(pack)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _drained(settings: Settings, pack: int) -> float:
    """Events a second from a full queue into ClickHouse, the sink's start included."""
    _empty(settings)
    load.publish(settings, rate=BACKLOG, seconds=1.0, pack=pack)
    return _timed_drain(settings, "sink")


def _relayed(settings: Settings) -> float:
    """Events a second from a full outbox, relay and sink at once."""
    _empty(settings)
    for first in range(1, BACKLOG, 10_000):
        events = load.events(first, 10_000)
        with postgres.transaction(settings) as connection:
            bodies = [event.body.decode() for event in events]
            connection.execute(FROM_OUTBOX, (load.KIND, [event.key for event in events], bodies))
    return _timed_drain(settings, "relay", "sink")


def _timed_drain(settings: Settings, *commands: str) -> float:
    started = time.monotonic()
    services = [start(settings, command) for command in commands]
    try:
        _wait_for(settings, BACKLOG)
        return BACKLOG / (time.monotonic() - started)
    finally:
        for service in services:
            service.end()


def _wait_for(settings: Settings, events: int) -> None:
    end = time.monotonic() + 300
    while (stored := _stored(settings)) < events:
        if time.monotonic() > end:
            raise TimeoutError(f"{events - stored} events never came")
        time.sleep(0.2)


def _empty(settings: Settings) -> None:
    ensure_raw_tables(settings)
    _query(settings, f"TRUNCATE TABLE {load.KIND}")


def _stored(settings: Settings) -> int:
    return int(_query(settings, f"SELECT count() FROM {load.KIND}")[0][0])


def _depth(settings: Settings) -> int:
    with administration(str(settings.rabbitmq_dsn())) as broker:
        depth = broker.depth(load_consumers()[load.KIND].queue)
    return depth.ready if depth else 0


def _lag(settings: Settings) -> tuple[float, float, float]:
    _, middle, high, most = _query(settings, LAG)[0]
    return float(middle), float(high), float(most)


def _query(settings: Settings, statement: str) -> Any:
    client = clickhouse.client(settings, database=settings.clickhouse_raw_database)
    try:
        return client.query(statement).result_rows
    finally:
        client.close()
