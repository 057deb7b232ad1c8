"""How many events of 1 kB a second go into ClickHouse, and in how many parts, against JSONEachRow inserts of 1,000 rows?

The sink's own loops, encoding and settling on both sides, from events in memory to committed rows; they differ in the size
of a batch and in the form in which rows are sent. In turn, in one run, with the server's merges going on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.inserts.events import BODY_BYTES, KIND, make_events
from benchmarks.inserts.json_each_row import JsonEachRow
from benchmarks.inserts.memory_source import MemorySource
from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.events.batch import StoredEvent, deduplication_token
from upbeat.events.consumers import load_consumers
from upbeat.events.drain import Sink
from upbeat.events.encode import encode
from upbeat.events.flush_policy import FlushLimits, common_limits
from upbeat.events.raw_insert import RawTables
from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.settings import Settings
from upbeat.stores import clickhouse

REPEATS = 5
EVENTS = 200_000
WARM_UP = 20_000
PEER_ROWS = 1000
TARGET_RATE = 4.0
TARGET_PARTS = 0.1
PACED_PER_SECOND, PACED_SECONDS = 10_000, 15
TARGET_INSERTS = 10.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run over all events."""

    per_second: float
    parts: int


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peer in turn. The server's own buffering (async_insert) is no peer: the embedded engine has none."""
    with private_stack(["clickhouse"]) as settings:
        events = make_events(EVENTS)
        ours = common_limits(settings)
        peer = FlushLimits(
            batch_rows=PEER_ROWS, largest_rows=PEER_ROWS, flush_seconds=5.0, least_interval=0.0
        )
        ways: dict[str, tuple[FlushLimits, Callable[[], Any]]] = {
            "ours": (ours, lambda: RawTables(settings)),
            "peer": (peer, lambda: JsonEachRow(settings)),
        }
        for limits, open_destination in ways.values():
            _measure(settings, events[:WARM_UP], limits, open_destination)
        found: dict[str, list[Measured]] = {name: [] for name in ways}
        for repeat in range(REPEATS):
            for name, (limits, open_destination) in ways.items():
                found[name].append(_measure(settings, events, limits, open_destination))
            shown = ", ".join(
                f"{name} {runs[-1].per_second:,.0f}/s in {runs[-1].parts} parts"
                for name, runs in found.items()
            )
            say(f"repeat {repeat + 1} of {REPEATS}: {shown}")
        paced = [_inserts_per_second(settings, events, ours) for _ in range(2)]
        say(f"inserts a second at {PACED_PER_SECOND:,} events/s: {paced}")
        note = _breakdown(settings, events)
    return _rows(found, paced, settings.sink_threads, note)


def _rows(found: dict[str, list[Measured]], paced: list[float], loops: int, note: str) -> list[Row]:
    ours, peer = found["ours"], found["peer"]
    name = f"JSONEachRow, {PEER_ROWS:,} rows an insert"
    sizes = f"{EVENTS:,} events of {BODY_BYTES:,} bytes in each repeat, {loops} loops on both sides; {note}"
    return [
        Row(
            what="insert stage", unit="rows/s", ours=[one.per_second for one in ours],
            peer=[one.per_second for one in peer], peer_name=name, note=sizes,
        ),
        Row(
            what="insert stage, ours : peer", unit="", peer=[], peer_name="", target=TARGET_RATE,
            ours=[one.per_second / other.per_second for one, other in zip(ours, peer, strict=True)],
        ),
        Row(
            what="parts", unit="", ours=[float(one.parts) for one in ours],
            peer=[float(one.parts) for one in peer], peer_name=name, lower_is_better=True,
        ),
        Row(
            what="parts, ours : peer", unit="", peer=[], peer_name="", target=TARGET_PARTS, lower_is_better=True,
            ours=[one.parts / other.parts for one, other in zip(ours, peer, strict=True)],
        ),
        Row(
            what=f"inserts at {PACED_PER_SECOND:,} events/s", unit="inserts/s", ours=paced, peer=[], peer_name="",
            target=TARGET_INSERTS, lower_is_better=True, note=f"one kind, {PACED_SECONDS} s",
        ),
    ]  # fmt: skip


def _measure(
    settings: Settings, events: list[StoredEvent], limits: FlushLimits, open_destination: Callable[[], Any]
) -> Measured:
    """Into new tables: the server knows no token of an earlier run. Raises AssertionError when a row is missing."""
    _new_tables(settings)
    started = time.perf_counter()
    _run_sink(settings, MemorySource(KIND, events, limits), open_destination)
    seconds = time.perf_counter() - started
    rows, parts = _stored(settings)
    assert rows == len(events), (rows, len(events))
    return Measured(len(events) / seconds, parts)


def _run_sink(settings: Settings, source: MemorySource, open_destination: Callable[[], Any]) -> int:
    destinations = [open_destination() for _ in range(settings.sink_threads)]
    sink = Sink(
        load_consumers(), [source] * len(destinations), destinations, stop=threading.Event(), poll_seconds=0.05
    )  # fmt: skip
    try:
        return sink.run(time_budget=None, until_empty=True).batches
    finally:
        for destination in destinations:
            destination.close()


def _inserts_per_second(settings: Settings, events: list[StoredEvent], limits: FlushLimits) -> float:
    _new_tables(settings)
    some = events[: PACED_PER_SECOND * PACED_SECONDS]
    source = MemorySource(KIND, some, limits, per_second=PACED_PER_SECOND)
    started = time.perf_counter()
    inserts = _run_sink(settings, source, lambda: RawTables(settings))
    return inserts / (time.perf_counter() - started)


def _new_tables(settings: Settings) -> None:
    client = clickhouse.client(settings)
    try:
        client.command(f"DROP DATABASE IF EXISTS {settings.clickhouse_raw_database} SYNC")
    finally:
        client.close()
    ensure_raw_tables(settings)


def _stored(settings: Settings) -> tuple[int, int]:
    """Rows, and parts that were written by inserts: each has a block number of its own, which merges keep."""
    client = clickhouse.client(settings)
    try:
        statement = (
            "SELECT sum(rows), sum(last - first + 1) FROM ("
            " SELECT sum(rows) AS rows, min(min_block_number) AS first, max(max_block_number) AS last FROM system.parts"
            f" WHERE active AND database = '{settings.clickhouse_raw_database}' AND table = '{KIND}' GROUP BY partition)"
        )
        rows, parts = client.query(statement).result_rows[0]
        return int(rows), int(parts)
    finally:
        client.close()


def _breakdown(settings: Settings, events: list[StoredEvent]) -> str:
    """Where our time goes, one loop alone, in µs of the wall clock for each row."""
    _new_tables(settings)
    consumer, largest = load_consumers()[KIND], common_limits(settings).largest_rows
    destination = RawTables(settings)
    spent = {"encode": 0.0, "token": 0.0, "insert with its token": 0.0}
    for start in range(0, len(events), largest):
        part = events[start : start + largest]
        begun = time.perf_counter()
        rows = encode(consumer, part)
        encoded = time.perf_counter()
        deduplication_token(KIND, rows.columns, rows.events)
        named = time.perf_counter()
        destination.insert(consumer.table, KIND, rows, comment="breakdown")
        spent["encode"] += encoded - begun
        spent["token"] += named - encoded
        spent["insert with its token"] += time.perf_counter() - named
    destination.close()
    each = ", ".join(f"{name} {seconds / len(events) * 1e6:.1f}" for name, seconds in spent.items())
    return f"one loop alone, µs a row: {each}"
