"""How long from the commit of an enqueued task to the start of its handler, at 1,000 tasks a second over 73 flows?

The same process paces the same single tasks to each side, one transaction each; a worker process of the side stamps the
start of each handler. Both clocks are the machine's monotonic one. Half a second at the start is left out.
"""

from __future__ import annotations

import importlib
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from statistics import quantiles
from typing import Any

from benchmarks.private_stack import private_stack
from benchmarks.queues.race import durability, settle
from benchmarks.rows import Row
from upbeat.settings import Settings

REPEATS = 3
RATE = 1_000
SECONDS = 8.0
WARM_UP = 500
TAIL_SECONDS = 30.0
"""Longest wait for what is not picked up when the last task is enqueued: on a slow machine the peer is seconds behind by then."""
FLOWS = 73
P50, P99 = 0.5, 2.0
SIDES = ("ours", "pgqueuer_side")


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and pgqueuer in turn."""
    figures: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    with private_stack(["postgres"]) as settings:
        say(durability(settings))
        for side in SIDES:
            importlib.import_module(f"benchmarks.queues.{side}").install(settings)
        for repeat in range(REPEATS):
            for side in SIDES:
                figures[side].append(_measure(side, settings))
            told = ", ".join(
                f"{side} p50 {f[-1][0]:.2f} p99 {f[-1][1]:.2f} ms" for side, f in figures.items()
            )
            say(f"repeat {repeat + 1} of {REPEATS}: {told}")
    ours, peer = figures["ours"], figures["pgqueuer_side"]
    note = f"{RATE}/s for {SECONDS:g} s over {FLOWS} flows, one enqueuing process, one worker process of each side"
    return [
        Row(
            what=f"pickup, {name}",
            unit="ms",
            ours=[pair[place] for pair in ours],
            peer=[pair[place] for pair in peer],
            peer_name="pgqueuer",
            target=target,
            lower_is_better=True,
            note=note,
        )
        for place, (name, target) in enumerate((("p50", P50), ("p99", P99)))
    ]


def _measure(side: str, settings: Settings) -> tuple[float, float]:
    """p50 and p99 in milliseconds."""
    module = importlib.import_module(f"benchmarks.queues.{side}")
    module.clear(settings)
    settle(settings)
    context = multiprocessing.get_context("spawn")
    stop, all_started = context.Event(), context.Event()
    receiving, sending = context.Pipe(duplex=False)
    worker = context.Process(target=_stamp, args=(side, settings, stop, all_started, sending))
    worker.start()
    assert receiving.recv() == "ready"
    committed = module.enqueue_paced(settings, RATE, int(RATE * SECONDS), FLOWS)
    all_started.wait(TAIL_SECONDS)
    stop.set()
    started: dict[int, int] = receiving.recv()
    worker.join()
    waits = [(started[number] - at) / 1e6 for number, at in committed.items() if number >= WARM_UP]
    assert len(waits) == int(RATE * SECONDS) - WARM_UP
    cuts = quantiles(waits, n=100)
    return cuts[49], cuts[98]


def _stamp(side: str, settings: Settings, stop: Event, all_started: Event, out: Any) -> None:
    started: dict[int, int] = {}

    def stamp(number: int) -> None:
        started[number] = time.monotonic_ns()
        if len(started) == int(RATE * SECONDS):
            all_started.set()

    importlib.import_module(f"benchmarks.queues.{side}").work_until(
        settings, stamp, FLOWS, stop, lambda: out.send("ready")
    )
    out.send(started)
