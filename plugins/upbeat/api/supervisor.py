"""Several serving processes on one listening socket, and their replacement one by one.

The socket stays open in this process, so that a connection that nobody has accepted yet waits for whoever serves next: replacing all
processes (SIGHUP) refuses nobody. A process that dies is replaced. SIGTERM ends all of them, and SIGHUP an old one, as `server` says; a
second SIGTERM or Ctrl-C ends them at once.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

from upbeat.api.request_metrics import forget_process
from upbeat.errors import UpbeatError
from upbeat.logs import get_logger

START_SECONDS = 60.0
_TICK_SECONDS = 0.2
_PAUSE_SECONDS = 1.0
"""Between two starts of a process that dies at once."""

log = get_logger("api")


@dataclass(frozen=True, slots=True)
class Launch:
    """How a worker is started. `{ready}` in the command becomes the descriptor that it closes when it serves."""

    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...]
    stop_seconds: float


class Supervisor:
    """Keeps `count` workers alive until SIGTERM or Ctrl-C."""

    def __init__(self, launch: Launch, count: int) -> None:
        self._launch = launch
        self._count = count
        self._workers: list[subprocess.Popen[bytes]] = []
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._stop = self._replace = False

    def run(self) -> None:
        """Serve until a signal ends it.

        Raises:
            UpbeatError: the first workers do not come up.
        """
        before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        try:
            for _ in range(self._count):
                if not self._stop and not self._start():
                    raise UpbeatError("a process of the API does not come up: its lines above say why")
            while not self._stop:
                self._tick()
                time.sleep(_TICK_SECONDS)
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._replace = True
        elif not self._stop:
            self._stop = True
        else:
            for worker in (*self._workers, *self._leaving):
                worker.terminate()

    def _tick(self) -> None:
        for worker in [worker for worker in self._leaving if worker.poll() is not None]:
            self._leaving.remove(worker)
            forget_process(worker.pid, self._launch.environment)
        for worker in [worker for worker in self._workers if worker.poll() is not None]:
            self._workers.remove(worker)
            forget_process(worker.pid, self._launch.environment)
            log.warning("a process of the API died and is replaced", pid=worker.pid, code=worker.returncode)
        while len(self._workers) < self._count and not self._stop:
            if not self._start():
                time.sleep(_PAUSE_SECONDS)
        if self._replace:
            self._replace = False
            self._replace_all()

    def _replace_all(self) -> None:
        """A new worker serves before an old one is asked to end. One that does not come up ends the replacement: the old ones stay."""
        for old in list(self._workers):
            if self._stop:
                return
            if not self._start():
                log.error("a new process of the API does not come up: the old ones go on")
                return
            self._workers.remove(old)
            self._leaving.append(old)
            old.send_signal(signal.SIGHUP)
            log.info("a process of the API is replaced", old=old.pid, new=self._workers[-1].pid)

    def _start(self) -> bool:
        """Start a worker and wait until it serves; whether it does."""
        ours, theirs = os.pipe()
        command = [part.replace("{ready}", str(theirs)) for part in self._launch.command]
        # A group of its own: Ctrl-C is this process's to hear, and a worker that hears of its end twice drops what is under way.
        worker = subprocess.Popen(
            command,
            env=dict(self._launch.environment),
            pass_fds=(*self._launch.descriptors, theirs),
            process_group=0,
        )
        os.close(theirs)
        try:
            closed, _, _ = select.select([ours], [], [], START_SECONDS)
        finally:
            os.close(ours)
        # The descriptor is closed as well when the process dies.
        if not closed or worker.poll() is not None or _dies_now(worker):
            worker.kill()
            worker.wait()
            return False
        self._workers.append(worker)
        return True

    def _end_all(self) -> None:
        running = [*self._workers, *self._leaving]
        # Those that leave were asked already.
        for worker in self._workers:
            worker.terminate()
        deadline = time.monotonic() + self._launch.stop_seconds
        for worker in running:
            try:
                worker.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.error("a process of the API did not end in time and is killed", pid=worker.pid)
                worker.kill()
                worker.wait()


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _dies_now(worker: subprocess.Popen[bytes]) -> bool:
    """Whether the descriptor was closed by the end of the process, which may be told a moment later."""
    try:
        worker.wait(0.1)
    except subprocess.TimeoutExpired:
        return False
    return True
