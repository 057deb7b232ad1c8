"""What do 200 readers and one of 60 seconds see of a swap: no failed read, and how long does it make them wait?

A wait is counted for reads that were under way at a moment of an attempt to swap (from its request for the lock to its end,
failed attempts too), beyond what reads of the same session took otherwise. Smaller: UPBEAT_BENCH_READERS=50,
UPBEAT_BENCH_LONG_SECONDS=10.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.private_stack import private_stack
from benchmarks.publishing.wide_mart import PLAN, fill
from benchmarks.rows import Row
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore
from upbeat.sync import swap
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres

READERS = int(os.environ.get("UPBEAT_BENCH_READERS", "200"))
LONG_SECONDS = float(os.environ.get("UPBEAT_BENCH_LONG_SECONDS", "60"))
ROWS, SWAPS, PROCESSES, PAUSE_SECONDS = 20_000, 5, 4, 0.1
TARGET_MILLISECONDS = 50.0
READERS_MODULE = "benchmarks.publishing.readers"


def run(say: Callable[[str], None]) -> list[Row]:
    """Publishes under the readers; the last one meets the long reader, too."""
    with private_stack(["postgres", "clickhouse", "s3"]) as settings:
        ObjectStore(settings, settings.s3_sync_bucket).create_bucket()
        fill(settings, ROWS)
        plan = PLAN.model_copy(update={"swap_wait_seconds": LONG_SECONDS + 60})
        publish = _publisher(settings, plan)
        publish("first")
        readers = [_start_readers(settings, READERS // PROCESSES) for _ in range(PROCESSES)]
        time.sleep(3)
        attempts = _watch_attempts()
        reports = [publish(f"run-{number}") for number in range(SWAPS)]
        say(
            f"{SWAPS} swaps under {READERS} readers, locked for {[r['lock_milliseconds'] for r in reports]} ms"
        )
        long_reader = threading.Thread(target=_read_long, args=(settings,))
        long_reader.start()
        time.sleep(1.5)
        last = publish("under the long reader")
        long_reader.join()
        say(
            f"with a reader of {LONG_SECONDS:g} s: {last['swap_attempts']} attempts in {last['seconds']:.0f} s"
        )
        reads = _stop(readers)
    return _rows(reads, attempts, reports)


def _publisher(settings: Settings, plan: Any) -> Callable[[str], Any]:
    return lambda run_id: load_to_postgres(settings, plan, export_to_s3(settings, plan, run_id))


def _watch_attempts() -> list[tuple[float, float]]:
    """Begin and end of every attempt to swap from now on, on the clock that all processes share."""
    seen: list[tuple[float, float]] = []
    original = swap._attempt

    def watched(*arguments: Any) -> None:
        begun = time.clock_gettime(time.CLOCK_MONOTONIC)
        try:
            original(*arguments)
        finally:
            seen.append((begun, time.clock_gettime(time.CLOCK_MONOTONIC)))

    swap._attempt = watched
    return seen


def _start_readers(settings: Settings, count: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", READERS_MODULE, str(count), str(PAUSE_SECONDS)]
    environment = {**os.environ, "BENCH_POSTGRES": settings.postgres_dsn()}
    return subprocess.Popen(
        arguments, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _stop(readers: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    found = []
    for process in readers:
        output, _ = process.communicate("stop\n", timeout=120)
        found.append(json.loads(output.splitlines()[-1]))
    return found


def _read_long(settings: Settings) -> None:
    """One transaction that reads for a minute."""
    with postgres.connect(settings, application="long reader") as connection:
        connection.execute("SELECT count(*) FROM app.wide")
        connection.execute(f"SELECT pg_sleep({LONG_SECONDS})")


def _rows(reads: list[dict[str, Any]], attempts: list[tuple[float, float]], reports: list[Any]) -> list[Row]:
    failed = sum(process["failed"] for process in reads)
    all_reads = [read for process in reads for read in process["reads"]]
    met: list[float] = []
    apart: list[float] = []
    for begun, seconds in all_reads:
        (met if _met(begun, seconds, attempts) else apart).append(seconds)
    most = sorted(apart)[int(len(apart) * 0.99)]
    usual = median(apart)
    waits = [max(0.0, seconds - usual) * 1000 for seconds in met]
    locked = [report["lock_milliseconds"] for report in reports]
    note = (
        f"{len(all_reads):,} reads, {len(met):,} of them met one of {len(attempts)} attempts; otherwise a read took "
        f"{usual * 1000:.1f} ms, 99 % of them less than {most * 1000:.1f} ms"
    )
    return [
        Row(what="failed reads", unit="", ours=[float(failed)], peer=[], peer_name="", target=0, lower_is_better=True),
        Row(
            what="longest wait caused by a swap", unit="ms", ours=[max(waits, default=0.0)], peer=[], peer_name="",
            target=TARGET_MILLISECONDS, lower_is_better=True, note=note,
        ),
        Row(
            what="from the request for the lock to the commit", unit="ms", ours=locked, peer=[], peer_name="",
            target=TARGET_MILLISECONDS, lower_is_better=True, note=f"lock_timeout {swap.LOCK_TIMEOUT}",
        ),
    ]  # fmt: skip


def _met(begun: float, seconds: float, attempts: list[tuple[float, float]]) -> bool:
    """Whether an attempt was under way during a read. Attempts follow one another."""
    after = bisect_right(attempts, begun, key=lambda attempt: attempt[1])
    return after < len(attempts) and attempts[after][0] < begun + seconds
