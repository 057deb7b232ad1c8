"""A child process whose output goes to files: a pipe that nobody reads fills up, and its writer stands still for ever."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence


class ChildProcess(subprocess.Popen[str]):
    """A process that may log as much as it likes while its parent looks elsewhere."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it."""
        self._files = [tempfile.TemporaryFile("w+") for _ in range(2)]  # noqa: SIM115 - they live as long as the process
        super().__init__(command, env=environment, stdout=self._files[0], stderr=self._files[1], text=True)

    def told(self) -> str:
        """What it wrote to stderr so far; the place where it writes on, which is shared with it, stays where it is."""
        number = self._files[1].fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode(errors="replace")

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it wrote to stdout and stderr. Raises `TimeoutExpired` as `Popen` does."""
        assert input is None, "it has no stdin of its own"
        self.wait(timeout)
        for file in self._files:
            file.seek(0)
        out, err = (file.read() for file in self._files)
        return out, err
