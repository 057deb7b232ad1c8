"""What does a `dbt run` of all models cost over 1 M posts and 10 M log rows, and how little an incremental one?

Against the compiled SQL through clickhouse-connect with as many threads; and the incremental models with 1 % new rows against
their own full refresh. `UPBEAT_BENCH_SCALE=0.1` takes a tenth of the rows.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from benchmarks.warehouse.bare_statements import compiled_statements, run_statements
from benchmarks.warehouse.dbt_in_a_shell import DbtShell
from benchmarks.warehouse.raw_rows import RawRows

PROFILES, POSTS, LOG_ROWS = 100_000, 1_000_000, 10_000_000
REPEATS = 3
MEMORY = (
    6 * 2**30
)  # of one statement; as many at once as threads met the default of 2 GiB, and twice that in all
THREADS = 4
NEW_SHARE = 0.01
TARGET_OVERHEAD = 1.3
TARGET_INCREMENTAL = 0.1
INCREMENTAL = ("--select", "config.materialized:incremental")


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and the peer in turn; then the incremental runs."""
    scale = float(os.environ.get("UPBEAT_BENCH_SCALE", "1"))
    repeats = int(os.environ.get("UPBEAT_BENCH_REPEATS", REPEATS))
    stack = private_stack(["postgres", "clickhouse"], clickhouse_max_memory_bytes=MEMORY)
    with stack as settings, tempfile.TemporaryDirectory() as folder:
        raw = RawRows(
            settings, profiles=int(PROFILES * scale), posts=int(POSTS * scale), log_rows=int(LOG_ROWS * scale)
        )
        counts = raw.fill()
        say(f"raw rows: {counts}")
        dbt = DbtShell(settings, Path(folder))
        dbt.run("parse")
        ours: list[float] = []
        peer: list[float] = []
        for _ in range(repeats):
            ours.append(dbt.run("run", "--full-refresh", "--threads", str(THREADS)))
            statements = compiled_statements(dbt.target / "manifest.json")
            peer.append(run_statements(settings, statements, THREADS))
            say(f"{len(statements)} models: dbt run {ours[-1]:.1f} s, bare statements {peer[-1]:.1f} s")
        full = [dbt.run("run", "--full-refresh", *INCREMENTAL) for _ in range(repeats)]
        say(f"full refresh of the incremental models: {full}")
        some: list[float] = []
        for number in range(repeats):
            counts = raw.add_new(NEW_SHARE, raw.now + timedelta(hours=5 * (number + 1)))
            some.append(dbt.run("run", *INCREMENTAL))
            say(
                f"incremental run with {NEW_SHARE:.0%} new rows: {some[-1]:.1f} s of {full[number]:.1f} s; {counts}"
            )
        raw.close()
    return _rows(ours, peer, full, some, len(statements), counts)


def _rows(
    ours: list[float],
    peer: list[float],
    full: list[float],
    some: list[float],
    models: int,
    counts: dict[str, int],
) -> list[Row]:
    rows = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    return [
        Row(
            what=f"dbt run of all {models} models", unit="s", ours=ours, peer=peer, lower_is_better=True,
            peer_name=f"compiled SQL, {THREADS} threads", note=f"the start of the process is in ours; rows: {rows}",
        ),
        Row(
            what="dbt run, ours : peer", unit="", peer=[], peer_name="", target=TARGET_OVERHEAD, lower_is_better=True,
            ours=[one / other for one, other in zip(ours, peer, strict=True)],
        ),
        Row(
            what="incremental models, 1 % new rows", unit="s", ours=some, peer=full, peer_name="their full refresh",
            lower_is_better=True, note="the start of the process is in both",
        ),
        Row(
            what="incremental : full refresh", unit="", peer=[], peer_name="", target=TARGET_INCREMENTAL,
            lower_is_better=True, ours=[one / other for one, other in zip(some, full, strict=True)],
        ),
    ]  # fmt: skip
