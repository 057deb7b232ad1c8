"""The process that holds the folder and the port, and starts the engine's process again when it dies.

A library that crashes takes its process with it. The listening socket stays open here meanwhile, so that a new connection waits
for the next engine instead of being refused. Signals are taken one by one (`sigwait`), so none can come at a wrong moment.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from upbeat.embedded.clickhouse_face.folder import lock_folder
from upbeat.embedded.clickhouse_face.options import FaceOptions
from upbeat.errors import InputError
from upbeat.logs import get_logger

BACKLOG = 512
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before the starts that follow one death at once, two, three …; then it is given up."""
STEADY_SECONDS = 30.0
"""A process that lived this long did not die at once."""
UNUSABLE = 2
"""Exit code of a process whose input nobody can use: another try would say the same."""
_STOP = (signal.SIGTERM, signal.SIGINT)

logger = get_logger("clickhouse_face")


def keep(options: FaceOptions, arguments: Sequence[str]) -> int:
    """Keep an engine's process running until SIGTERM or SIGINT. Returns the exit code.

    Raises:
        InputError: the folder or the port cannot be had.
    """
    lock = lock_folder(options.path)
    with lock, _listening(options.host, options.port) as listener:
        # The lock goes with them: it is held until the last of keeper and engine has ended.
        inherited = (listener.fileno(), lock.fileno())
        command = [
            sys.executable, "-m", "upbeat.embedded.clickhouse_face", *arguments,
            "--listener", str(listener.fileno()),
        ]  # fmt: skip
        return Keeper(command, inherited).run(listener.close)


class Keeper:
    """Keeps one process alive. To its command is added `--keeper N`: a pipe that ends when this process does."""

    def __init__(
        self, command: Sequence[str], inherited: Sequence[int] = (), *, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._command = command
        self._inherited = inherited
        self._pauses = pauses
        self._stopping = False

    def run(self, on_stop: Callable[[], None] = lambda: None) -> int:
        """Returns when the process was told to stop, has refused its input, did not get up at all, or is given up."""
        signal.signal(
            signal.SIGCHLD, lambda *_: None
        )  # a signal that nobody handles is not waited for everywhere
        signal.pthread_sigmask(signal.SIG_BLOCK, {*_STOP, signal.SIGCHLD})
        deaths = lives = 0
        while True:
            began = time.monotonic()
            code = self._live(on_stop)
            lived, lives = time.monotonic() - began, lives + 1
            if self._stopping:
                return 0 if -code in _STOP else abs(code)
            if code == UNUSABLE or (lives == 1 and code > 0):
                return code
            deaths = 1 if lived > STEADY_SECONDS else deaths + 1
            if deaths > len(self._pauses):
                logger.error("clickhouse_engine_given_up", deaths_in_a_row=deaths, ended=_how(code))
                return 1
            pause = self._pauses[deaths - 1]
            logger.error(
                "clickhouse_engine_died", ended=_how(code), lived_seconds=round(lived, 1), pause_seconds=pause
            )
            time.sleep(pause)
            if signal.sigpending() & set(_STOP):
                return 0

    def _live(self, on_stop: Callable[[], None]) -> int:
        """One life of the process: its exit code, or the signal that ended it, negative."""
        theirs, ours = os.pipe()
        try:
            process = subprocess.Popen(
                [*self._command, "--keeper", str(theirs)],
                stdin=subprocess.DEVNULL,
                pass_fds=(*self._inherited, theirs),
            )
            os.close(theirs)
            while (code := process.poll()) is None:
                if signal.sigwait({*_STOP, signal.SIGCHLD}) in _STOP:
                    if not self._stopping:
                        on_stop()
                    self._stopping = True
                    process.terminate()
            return code
        finally:
            os.close(ours)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise InputError(
                f"--host {host} --port {port}: cannot listen there ({error.strerror})"
            ) from error
        listener.listen(BACKLOG)
        yield listener
