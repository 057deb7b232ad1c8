"""How many tasks a second go through their whole life (claim, handler, finish), against pgqueuer and procrastinate?

Priority, expiry, retry and idempotency are in force; tables are logged; fsync and synchronous_commit are on for every statement
of every side, our claims included. The handler does nothing: what is measured is the queue. Ours is measured with the event
that it writes of every task that ends (the setting `task_log_events`) and without: no peer tells anybody.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.private_stack import private_stack
from benchmarks.queues.race import durability, tasks_per_second
from benchmarks.rows import Row

REPEATS = 3
TARGET = 60_000.0


@dataclass(frozen=True)
class Side:
    """A queue, how many tasks one round has, the numbers of worker processes that are tried, and settings of ours."""

    module: str
    name: str
    tasks: int
    processes: tuple[int, ...] = (1, 2)
    settings: Mapping[str, Any] = field(default_factory=dict)


OURS = Side("ours", "ours", 200_000, settings={"task_log_events": True})
SILENT = Side("ours", "ours without events", 200_000, settings={"task_log_events": False})
PEERS = (
    Side("pgqueuer_side", "pgqueuer", 60_000),
    Side("procrastinate_side", "procrastinate", 1_000),
)


def run(say: Callable[[str], None]) -> list[Row]:
    """All sides in turn, each with the number of processes that suits it best in that round."""
    sides = (OURS, SILENT, *PEERS)
    rates: dict[str, list[float]] = {side.name: [] for side in sides}
    with private_stack(["postgres"]) as settings:
        say(durability(settings))
        for side in sides:
            importlib.import_module(f"benchmarks.queues.{side.module}").install(settings)
        for repeat in range(REPEATS):
            for side in sides:
                own = settings.model_copy(update=side.settings)
                tried = {
                    processes: tasks_per_second(side.module, own, tasks=side.tasks, processes=processes)
                    for processes in side.processes
                }
                rates[side.name].append(max(tried.values()))
                told = ", ".join(f"{processes} processes {rate:,.0f}/s" for processes, rate in tried.items())
                say(f"round {repeat + 1} of {REPEATS}: {side.name}: {told}")
    return [
        Row(
            what=what,
            unit="tasks/s",
            ours=rates[ours.name],
            peer=rates[peer.name],
            peer_name=peer.name,
            target=TARGET,
            note=f"{ours.tasks:,} tasks in each round, {peer.tasks:,} for {peer.name}; the better of one and two worker processes each",
        )
        for what, ours in (
            ("full life of a task, its end told", OURS),
            ("full life of a task, nobody told", SILENT),
        )
        for peer in PEERS
    ]
