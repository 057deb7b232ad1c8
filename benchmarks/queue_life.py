"""How many tasks a second go through their whole life (claim, handler, finish), against pgqueuer and procrastinate?

Priority, expiry, retry and idempotency are in force; tables are logged; fsync and synchronous_commit are on for every statement
of every side, our claims included. The handler does nothing: what is measured is the queue.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.private_stack import private_stack
from benchmarks.queues.race import durability, tasks_per_second
from benchmarks.rows import Row

REPEATS = 3
TARGET = 60_000.0


@dataclass(frozen=True)
class Side:
    """A queue, how many tasks one round has, and the numbers of worker processes that are tried."""

    module: str
    name: str
    tasks: int
    processes: tuple[int, ...] = (1, 2)


OURS = Side("ours", "ours", 200_000)
PEERS = (
    Side("pgqueuer_side", "pgqueuer", 60_000),
    Side("procrastinate_side", "procrastinate", 1_000),
)


def run(say: Callable[[str], None]) -> list[Row]:
    """All sides in turn, each with the number of processes that suits it best in that round."""
    rates: dict[str, list[float]] = {side.name: [] for side in (OURS, *PEERS)}
    with private_stack(["postgres"]) as settings:
        say(durability(settings))
        for side in (OURS, *PEERS):
            importlib.import_module(f"benchmarks.queues.{side.module}").install(settings)
        for repeat in range(REPEATS):
            for side in (OURS, *PEERS):
                tried = {
                    processes: tasks_per_second(side.module, settings, tasks=side.tasks, processes=processes)
                    for processes in side.processes
                }
                rates[side.name].append(max(tried.values()))
                told = ", ".join(f"{processes} processes {rate:,.0f}/s" for processes, rate in tried.items())
                say(f"round {repeat + 1} of {REPEATS}: {side.name}: {told}")
    return [
        Row(
            what="full life of a task",
            unit="tasks/s",
            ours=rates[OURS.name],
            peer=rates[peer.name],
            peer_name=peer.name,
            target=TARGET,
            note=f"{OURS.tasks:,} tasks in each round, {peer.tasks:,} for {peer.name}; the better of one and two worker processes each",
        )
        for peer in PEERS
    ]
