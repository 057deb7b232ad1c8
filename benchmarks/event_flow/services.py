"""Services under measurement: `upbeat relay` and `upbeat sink` in processes of their own, and how much memory they hold."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from upbeat.embedded import stack
from upbeat.embedded.settings_environment import settings_environment
from upbeat.settings import Settings

_PROGRAM = "from upbeat.cli import main; main()"


@dataclass
class Service:
    """A running `upbeat …`."""

    process: subprocess.Popen[str]

    def end(self) -> dict[str, Any]:
        """SIGTERM, as a deployment does it; the summary that it prints."""
        self.process.send_signal(signal.SIGTERM)
        printed, _ = self.process.communicate(timeout=120)
        if self.process.returncode != 0:
            raise RuntimeError(f"{self.process.args} ended with {self.process.returncode}")
        return dict(json.loads(printed))

    def memory(self) -> float:
        """Resident memory, MiB."""
        return resident(self.process.pid)


def start(settings: Settings, *arguments: str) -> Service:
    """Start `upbeat …` with these settings."""
    environment = {**os.environ, **settings_environment(settings), "UPBEAT_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-c", _PROGRAM, *arguments, "--json"]
    return Service(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))


def resident(pid: int) -> float:
    """Resident memory of a process and its children, MiB."""
    process = psutil.Process(pid)
    total = 0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += one.memory_info().rss
    return total / 2**20


def part_memory(settings: Settings, name: str) -> float:
    """Resident memory of a part of the stack, MiB."""
    pid = stack.status(settings, [name])[0].pid
    return resident(pid) if pid else 0.0
