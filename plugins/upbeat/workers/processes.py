"""Several worker processes: started, listened to, stopped and added up by one parent.

Processes are spawned, not forked: a fork would share sockets and locks that the parent holds.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from typing import Any

from upbeat.logs import configure_logging, get_logger
from upbeat.settings import Settings
from upbeat.workers.summary import WorkSummary, merge

log = get_logger("workers.processes")

_LISTEN_SECONDS = 0.5
_PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Crew:
    """What one worker process does: flows by catalogue key, and most tasks at once."""

    flows: tuple[str, ...]
    concurrency: int


def run_in_processes(
    settings: Settings,
    crews: Sequence[Crew],
    *,
    until_idle: bool,
    time_budget: float | None,
    on_progress: Callable[[str], None],
) -> WorkSummary:
    """Run one process per crew and wait for all. A process that dies is counted and logged; the others go on."""
    context = multiprocessing.get_context("spawn")
    messages: Any = context.Queue()
    options = {"live_processes": len(crews), "until_idle": until_idle, "time_budget": time_budget}
    workers = [
        context.Process(
            target=_child, args=(settings, number, crew, options, messages), name=f"upbeat-worker-{number}"
        )
        for number, crew in enumerate(crews)
    ]
    started = time.monotonic()
    for worker in workers:
        worker.start()
    with _forwarding_signals(workers):
        latest = _listen(workers, messages, on_progress, started)
    for worker in workers:
        worker.join()
    total = merge(latest.values())
    total.crashed = sum(worker.exitcode != 0 for worker in workers)
    for worker in workers:
        if worker.exitcode:
            log.error("a worker process ended badly", process=worker.name, exit_code=worker.exitcode)
    total.seconds = time.monotonic() - started
    return total


def _listen(
    workers: Sequence[SpawnProcess],
    messages: Any,
    on_progress: Callable[[str], None],
    started: float,
) -> dict[int, WorkSummary]:
    """The last summary of each process; progress about once a second."""
    latest: dict[int, WorkSummary] = {}
    last_report = started
    while True:
        alive = any(worker.is_alive() for worker in workers)
        with suppress(queue.Empty):
            number, summary = messages.get(timeout=_LISTEN_SECONDS if alive else 0.05)
            latest[number] = summary
            if time.monotonic() - last_report >= _PROGRESS_SECONDS:
                last_report = time.monotonic()
                total = merge(latest.values())
                total.seconds = last_report - started
                on_progress(str(total))
            continue
        if not alive:
            return latest


def _child(settings: Settings, number: int, crew: Crew, options: dict[str, Any], messages: Any) -> None:
    from upbeat.workers.pool import run_here, run_loop

    configure_logging(settings.log_level)
    last = 0.0

    def report(summary: WorkSummary) -> None:
        nonlocal last
        if time.monotonic() - last >= _PROGRESS_SECONDS:
            last = time.monotonic()
            messages.put((number, summary))

    summary = run_loop(run_here(settings, crew, on_progress=report, **options))
    messages.put((number, summary))


@contextmanager
def _forwarding_signals(workers: Sequence[SpawnProcess]) -> Iterator[None]:
    """SIGTERM and SIGINT go to the workers, which drain; the parent waits for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, _frame: object) -> None:
        for worker in workers:
            if worker.is_alive() and worker.pid:
                worker.terminate()

    before = {number: signal.signal(number, forward) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
