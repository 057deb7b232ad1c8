"""What one part of the embedded stack is: a program with a port, a health check and a log."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from upbeat.errors import UpbeatError


class StackError(UpbeatError):
    """A part of the stack did not start, or died: names the part and the path of its log."""


class Progress(Protocol):
    """Hears what happens, for a person who waits: `part` is a part's name or the name of a step."""

    def __call__(self, part: str, message: str) -> None: ...


def silent(part: str, message: str) -> None:
    """A `Progress` that tells nobody."""


HealthCheck = Callable[[], str | None]
"""Returns None when the part answers, else the reason in a few words. Takes at most a few seconds."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The operating system's user that a program runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How a program is started. `command` is visible to everybody on the machine: secrets go into `environment`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    account: Account | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the stack. With `external` set (a URL without login) somebody else runs it: it is only checked."""

    name: str
    title: str
    check: HealthCheck
    port: int | None = None
    port_setting: str = ""
    launch: Callable[[Progress], Launch] | None = None
    """Prepares files where it must, and says how to start the program; None for an external part."""
    external: str | None = None
    needs: tuple[str, ...] = ()
    start_seconds: float = 60.0
    """Longest wait for the first healthy answer."""
    retry_seconds: float = 0.0
    """A program that exits this soon after the first attempt is started again (after a crash Postgres needs it)."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 30.0
    """Longest wait for the program's end before it is killed."""
    group: str = field(default="")
    """A second name under which several parts are started and stopped together."""
