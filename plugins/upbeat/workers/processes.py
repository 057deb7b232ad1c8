"""Several worker processes: started, listened to, started again when they die, stopped and added up by one parent.

Processes are forked from a server process that has imported everything and opened nothing (`preload.py`): a fork of the
parent would share its sockets and locks, and processes of their own would take seconds and their own memory each. Each
tells its counts through a pipe of its own: a queue that all share has a lock, and a process killed while it holds that
would silence the others.
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
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from upbeat.logs import configure_logging, get_logger
from upbeat.settings import Settings
from upbeat.workers.summary import WorkSummary, merge

log = get_logger("workers.processes")

_LISTEN_SECONDS = 0.5
_PROGRESS_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
# Whoever lived so long did not die of its start.
_UNTOLD = 255
_LIVED_WELL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Crew:
    """What one worker process does: flows by catalogue key, and most tasks at once; None: what each flow states."""

    flows: tuple[str, ...]
    concurrency: int | None


@dataclass(slots=True)
class _Worker:
    number: int
    crew: Crew
    process: BaseProcess
    summaries: Connection
    deaths: int
    started: float = field(default_factory=time.monotonic)


def run_in_processes(
    settings: Settings,
    crews: Sequence[Crew],
    *,
    until_idle: bool,
    time_budget: float | None,
    on_progress: Callable[[str], None],
) -> WorkSummary:
    """Run one process per crew and wait for all. A process that dies is counted and logged; the others go on.

    Without `until_idle` and `time_budget` this is a service: a process that dies is started again, after a pause that
    doubles with every death in a row.
    """
    options = {"live_processes": len(crews), "until_idle": until_idle, "time_budget": time_budget}
    parent = _Parent(settings, options, on_progress, service=not until_idle and time_budget is None)
    with _forwarding_signals(parent):
        for number, crew in enumerate(crews):
            if parent.stopping:
                break
            parent.start(number, crew)
        parent.listen()
    return parent.total()


class _Parent:
    """Starts, hears and restarts the worker processes."""

    def __init__(
        self,
        settings: Settings,
        options: dict[str, Any],
        on_progress: Callable[[str], None],
        *,
        service: bool,
    ) -> None:
        # No threading.Event: a signal's handler sets it, which may come while this thread holds such an event's lock.
        self.stopping = False
        self._settings = settings
        self._options = options
        self._on_progress = on_progress
        self._service = service
        self._begun = time.monotonic()
        self._last_report: float | None = None
        self._living: dict[Connection, _Worker] = {}
        self._due: list[tuple[float, _Worker]] = []
        self._latest: dict[int, WorkSummary] = {}  # by process id: what a dead one did stays counted
        self._crashed = 0
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["upbeat.workers.preload"])

    def start(self, number: int, crew: Crew, deaths: int = 0) -> None:
        """Start one process."""
        receiving, sending = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_child,
            args=(self._settings, crew, self._options, sending),
            name=f"upbeat-worker-{number}",
        )
        process.start()
        sending.close()  # the child has its own: when that is closed, the pipe ends
        self._living[receiving] = _Worker(number, crew, process, receiving, deaths)
        if self.stopping:  # asked for in the same moment
            self.terminate()

    def terminate(self) -> None:
        """Ask all to drain."""
        for worker in list(self._living.values()):
            if worker.process.is_alive():
                worker.process.terminate()

    def listen(self) -> None:
        """Until all have ended for good; progress about once a second."""
        while self._living or (self._due and not self.stopping):
            now = time.monotonic()
            due = [worker for at, worker in self._due if at <= now]
            self._due = [(at, worker) for at, worker in self._due if at > now]
            for worker in due if not self.stopping else []:
                self.start(worker.number, worker.crew, worker.deaths)
            heard = wait(list(self._living), timeout=_LISTEN_SECONDS) if self._living else []
            if not self._living:
                time.sleep(_LISTEN_SECONDS)
            # All of them are heard before any is asked about.
            news = [self._hear(self._living[pipe]) for pipe in heard]  # type: ignore[index]
            if any(news):
                self._report()

    def _report(self) -> None:
        """Progress, from a second after the first news on: a run that is over by then has only its summary to show."""
        now = time.monotonic()
        if self._last_report is not None and now - self._last_report < _PROGRESS_SECONDS:
            return
        if self._last_report is not None:
            self._on_progress(f"so far: {self.total()}")
        self._last_report = now

    def total(self) -> WorkSummary:
        """What all did so far."""
        total = merge(self._latest.values())
        total.crashed = self._crashed
        total.seconds = time.monotonic() - self._begun
        return total

    def _hear(self, worker: _Worker) -> bool:
        """Take in what it tells; whether it goes on after that: what it tells at its end is no progress."""
        try:
            self._latest[worker.process.pid or 0], goes_on = worker.summaries.recv()
        except (EOFError, OSError):  # it ended, perhaps in the middle of a message
            del self._living[worker.summaries]
            worker.summaries.close()
            self._ended(worker)
            return False
        return bool(goes_on)

    def _ended(self, worker: _Worker) -> None:
        worker.process.join()
        code = worker.process.exitcode
        # One that was stopped before it could listen to signals had nothing in hand. A signal to the whole group ends the
        # fork server too, which would have told how the worker ended.
        if code == 0 or (self.stopping and code in (-signal.SIGTERM, -signal.SIGINT, _UNTOLD)):
            return
        self._crashed += 1
        if not self._service or self.stopping:
            log.error("a worker process ended badly", process=worker.process.name, exit_code=code)
            return
        if time.monotonic() - worker.started > _LIVED_WELL_SECONDS:
            worker.deaths = 0
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**worker.deaths)
        worker.deaths += 1
        self._due.append((time.monotonic() + pause, worker))
        log.error(
            "a worker process ended badly and is started again",
            process=worker.process.name,
            flows=list(worker.crew.flows),
            exit_code=code,
            in_seconds=pause,
        )


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
                summaries.send((summary, True))

    summary = run_loop(run_here(settings, crew, on_progress=report, **options))
    with suppress(OSError):
        summaries.send((summary, False))


def _drain_without_parent() -> None:
    """A parent that was killed can stop nobody any more: without it the worker drains as on SIGTERM."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _forwarding_signals(parent: _Parent) -> Iterator[None]:
    """SIGTERM and SIGINT go to the workers, which drain; the parent waits for them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, _frame: object) -> None:
        parent.stopping = True
        parent.terminate()

    before = {number: signal.signal(number, forward) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
