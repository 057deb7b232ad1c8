"""Several worker processes: started, listened to, stopped and added up by one parent.

Processes are spawned, not forked: a fork would share sockets and locks that the parent holds. Each tells its counts through
a pipe of its own: a queue that all share has a lock, and a process killed while it holds that would silence the others.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
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


@dataclass(frozen=True, slots=True)
class _Worker:
    process: SpawnProcess
    summaries: Connection


def run_in_processes(
    settings: Settings,
    crews: Sequence[Crew],
    *,
    until_idle: bool,
    time_budget: float | None,
    on_progress: Callable[[str], None],
) -> WorkSummary:
    """Run one process per crew and wait for all. A process that dies is counted and logged; the others go on."""
    options = {"live_processes": len(crews), "until_idle": until_idle, "time_budget": time_budget}
    started = time.monotonic()
    workers: list[_Worker] = []
    with _forwarding_signals(workers) as stopping:
        for number, crew in enumerate(crews):
            if stopping.is_set():
                break
            workers.append(_start(settings, number, crew, options))
        if stopping.is_set():  # the newest one may have been started in the same moment
            _terminate(workers)
        latest = _listen(workers, on_progress, started)
    for worker in workers:
        worker.process.join()
    total = merge(latest)
    # One that was stopped before it could listen to signals had nothing in hand.
    good = {0, -signal.SIGTERM, -signal.SIGINT} if stopping.is_set() else {0}
    for worker in workers:
        if worker.process.exitcode not in good:
            total.crashed += 1
            log.error(
                "a worker process ended badly",
                process=worker.process.name,
                exit_code=worker.process.exitcode,
            )
    total.seconds = time.monotonic() - started
    return total


def _start(settings: Settings, number: int, crew: Crew, options: dict[str, Any]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(
        target=_child, args=(settings, crew, options, sending), name=f"upbeat-worker-{number}"
    )
    process.start()
    sending.close()  # the child has its own: when that is closed, the pipe ends
    return _Worker(process, receiving)


def _listen(
    workers: Sequence[_Worker], on_progress: Callable[[str], None], started: float
) -> list[WorkSummary]:
    """The last summary of each process, when all have ended; progress about once a second."""
    latest: dict[Connection, WorkSummary] = {}
    speaking = [worker.summaries for worker in workers]
    last_report = started
    while speaking:
        heard = wait(speaking, timeout=_LISTEN_SECONDS)
        for pipe in [pipe for pipe in speaking if pipe in heard]:
            try:
                latest[pipe] = pipe.recv()
            except (EOFError, OSError):  # it ended, perhaps in the middle of a message
                speaking.remove(pipe)
                pipe.close()
        if heard and time.monotonic() - last_report >= _PROGRESS_SECONDS:
            last_report = time.monotonic()
            total = merge(latest.values())
            total.seconds = last_report - started
            on_progress(str(total))
    return list(latest.values())


def _child(settings: Settings, crew: Crew, options: dict[str, Any], summaries: Connection) -> None:
    from upbeat.workers.pool import run_here, run_loop

    threading.Thread(target=_drain_without_parent, daemon=True, name="parent-watch").start()
    configure_logging(settings.log_level)
    last = 0.0

    def report(summary: WorkSummary) -> None:
        nonlocal last
        # A parent that does not read must not hold up the worker: what does not fit now is left out.
        if time.monotonic() - last >= _PROGRESS_SECONDS and select.select([], [summaries], [], 0)[1]:
            last = time.monotonic()
            with suppress(OSError):
                summaries.send(summary)

    summary = run_loop(run_here(settings, crew, on_progress=report, **options))
    with suppress(OSError):
        summaries.send(summary)


def _drain_without_parent() -> None:
    """A parent that was killed can stop nobody any more: without it the worker drains as on SIGTERM."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _forwarding_signals(workers: Sequence[_Worker]) -> Iterator[threading.Event]:
    """SIGTERM and SIGINT go to the workers, which drain; the parent waits for them. The event tells that one came."""
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return

    def forward(number: int, _frame: object) -> None:
        stopping.set()
        _terminate(workers)

    before = {number: signal.signal(number, forward) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        if worker.process.is_alive():
            worker.process.terminate()
