"""Worker processes of one queue that start together; the time until all of them have found nothing more to do."""

from __future__ import annotations

import importlib
import multiprocessing
import time
from multiprocessing.synchronize import Barrier

import psycopg

from benchmarks.queues.load import no_work
from upbeat.settings import Settings

_START_SECONDS = 60


def tasks_per_second(side: str, settings: Settings, *, tasks: int, processes: int, flows: int = 1) -> float:
    """Fill the queue, work it, and count. Raises `AssertionError` when a task was not done.

    Args:
        side: the module of the queue in this package.
    """
    module = importlib.import_module(f"benchmarks.queues.{side}")
    module.clear(settings)
    module.fill(settings, tasks, flows)
    settle(settings)
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes + 1)
    workers = [context.Process(target=_work, args=(side, settings, flows, barrier)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    barrier.wait(_START_SECONDS)
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    assert {worker.exitcode for worker in workers} == {0}, [worker.exitcode for worker in workers]
    done = module.complete(settings)
    assert done == tasks, (side, done, tasks)
    return tasks / seconds


def settle(settings: Settings) -> None:
    """What a database does by itself in a quiet minute, so that no side is measured while it pays for another's writes."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def durability(settings: Settings) -> str:
    """The server's settings of durability. Raises `AssertionError` when they are not the safe ones."""
    with psycopg.connect(settings.postgres_dsn()) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        }
    assert set(shown.values()) == {"on"}, shown
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _work(side: str, settings: Settings, flows: int, barrier: Barrier) -> None:
    module = importlib.import_module(f"benchmarks.queues.{side}")
    barrier.wait(_START_SECONDS)
    module.work(settings, no_work, flows)
