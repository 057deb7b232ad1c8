"""How fast do 5 M rows get from a mart to a published table, against the old way (JSON), text COPY and dlt?

Export and load by each way in turn, in one run, into tables of the same durability, from the same mart. Smaller sizes:
UPBEAT_BENCH_ROWS=500000. What is not installed here (dlt) gets a virtual environment of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from benchmarks.private_stack import private_stack
from benchmarks.publishing import dlt_peer, old_way
from benchmarks.publishing.timed import Timed, check_rows
from benchmarks.publishing.wide_mart import PLAN, fill
from benchmarks.rows import Row
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore
from upbeat.sync.export import export_to_s3
from upbeat.sync.next_table import build_next
from upbeat.sync.plan import Plan
from upbeat.sync.transport import StreamTransport

ROWS = int(os.environ.get("UPBEAT_BENCH_ROWS", "5000000"))
REPEATS = int(os.environ.get("UPBEAT_BENCH_REPEATS", "3"))


def run(say: Callable[[str], None]) -> list[Row]:
    """All ways in turn; every load ends with a count of its rows."""
    python = dlt_peer.environment(say)
    with private_stack(["postgres", "clickhouse", "s3"]) as settings:
        ObjectStore(settings, settings.s3_sync_bucket).create_bucket()
        fill(settings, ROWS)
        say(f"{ROWS:,} rows in the mart")
        bare, keyed = PLAN.model_copy(update={"indexes": ()}), PLAN
        ways: dict[str, Callable[[], Timed]] = {
            "ours": lambda: _ours(settings, bare, key=False),
            "old way": lambda: old_way.run(settings, bare, ROWS, key=False),
            "text COPY": lambda: _ours(settings, bare.model_copy(update={"format": "text"}), key=False),
            "ours, key and two indexes": lambda: _ours(settings, keyed, key=True),
            "old way, key and two indexes": lambda: old_way.run(settings, keyed, ROWS, key=True),
            "dlt": lambda: Timed(0, dlt_peer.run(python, settings, PLAN)),
        }
        found: dict[str, list[Timed]] = {name: [] for name in ways}
        for repeat in range(REPEATS):
            for name, way in ways.items():
                found[name].append(way())
                last = found[name][-1]
                say(f"repeat {repeat + 1}: {name}: export {last.export:.1f} s, load {last.load:.1f} s")
    return _rows(found)


def _rows(found: dict[str, list[Timed]]) -> list[Row]:
    def ratio(what: str, ours: str, peer: str, target: float, stage: Callable[[Timed], float]) -> list[Row]:
        mine, theirs = [stage(one) for one in found[ours]], [stage(one) for one in found[peer]]
        pairs = [other / one for one, other in zip(mine, theirs, strict=True)]
        return [
            Row(what=what, unit="s", ours=mine, peer=theirs, peer_name=peer, lower_is_better=True),
            Row(what=f"{what}, {peer} : ours", unit="", ours=pairs, peer=[], peer_name="", target=target),
        ]

    def both(one: Timed) -> float:
        return one.both

    return [
        *ratio("export and load", "ours", "old way", 5.0, both),
        *ratio(
            "with key and two indexes", "ours, key and two indexes", "old way, key and two indexes", 2.5, both
        ),
        *ratio("load stage", "ours", "text COPY", 1.5, lambda one: one.load),
        # dlt makes no key and no index in Postgres, whatever the hint says; the row after it shows what ours costs with them.
        *ratio("export and load, rows alone", "ours", "dlt", 3.0, both),
        ratio(
            "export and load, ours with key and two indexes", "ours, key and two indexes", "dlt", 3.0, both
        )[0],
    ]


def _ours(settings: Settings, plan: Plan, *, key: bool) -> Timed:
    """Our own steps: with a key all of them as far as the swap, without one the COPY alone."""
    begun = time.perf_counter()
    staged = export_to_s3(settings, plan, f"bench-{plan.format}")
    assert staged["format"] == plan.format, staged["note"]
    exported = time.perf_counter()
    with postgres.connect(settings, autocommit=True) as connection:
        if key:
            build_next(settings, connection, plan, staged, StreamTransport(), change_columns=False)
        else:
            old_way.copy_alone(settings, connection, plan, staged)
        loaded = time.perf_counter()
        check_rows(connection, plan, ROWS)
    return Timed(exported - begun, loaded - exported)
