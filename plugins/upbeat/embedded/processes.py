"""Starts programs detached, remembers them on disk, and ends them and only them.

A record holds the process id *and* the birth mark of the process: an id that the system gave to another program
in the meantime is never signalled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import psutil

from upbeat.embedded.part import Launch, StackError

MAX_LOG_BYTES = 16 * 2**20
_LONGEST_WORDS = 300
# How a line within a traceback begins: indented, or in a box.
_FRAME = (" ", "\t", "│", "╭", "╰", "Traceback (")
_NO_WORDS = " \t~^-=─"
# Programs that this very process started: they are waited for, so that a dead one is no zombie that looks alive.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Record:
    """A started program, as the file `run/<part>.json` holds it."""

    name: str
    pid: int
    birth: str
    log: str
    started_at: float

    def of_this_boot(self) -> bool:
        """Whether the machine has run without a restart since; False only where that is certain."""
        boot = _boot()
        return not boot or self.birth.startswith(boot)

    def alive(self) -> bool:
        """Whether this very process still runs."""
        child = _children.get(self.pid)
        if child is not None:
            child.poll()
        return birth_mark(self.pid) == self.birth


def birth_mark(pid: int) -> str | None:
    """What tells a process from a later one with the same id; None when there is none, or a zombie."""
    if not sys.platform.startswith("linux"):
        try:
            process = psutil.Process(pid)
            return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
        except psutil.NoSuchProcess:
            return None
    # Not psutil's creation time: it moves when the machine's clock is set.
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else f"{_boot()}/{fields[19]}"


@cache
def _boot() -> str:
    """Tells this start of the machine from others; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def read_record(path: Path) -> Record | None:
    """The record in `path`, or None when there is none (or a broken one, from a crash while it was written)."""
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Write the record in one step, so that a reader sees all of it or none."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(record), indent=1), encoding="utf-8")
    temporary.replace(path)


def spawn(name: str, launch: Launch, *, log: Path) -> Record:
    """Start the program in a session of its own, its output appended to `log`.

    Raises:
        StackError: the program does not exist or may not be run.
    """
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    account = launch.account
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                launch.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=launch.folder,
                env=dict(launch.environment),
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except OSError as error:
            raise StackError(f"{name} cannot be started: {launch.command[0]}: {error.strerror}") from error
    _children[process.pid] = process
    mark = birth_mark(process.pid) or f"{_boot()}/gone"
    return Record(name=name, pid=process.pid, birth=mark, log=str(log), started_at=time.time())


def stop(
    record: Record,
    *,
    first_signal: signal.Signals,
    seconds: float,
    say: Callable[[str], None] = lambda message: None,
) -> None:
    """End the program and everything it started; what has not ended after `seconds` is killed, and that is said.

    Also when the program itself is gone already (somebody killed it) and left processes behind.
    """
    family = _family(record)
    if record.alive():
        _signal(record.pid, first_signal)
        _wait([(record.pid, record.birth)], seconds)
        _wait(family, 0.5)
    # A helper process may outlive its parent, or hang: first asked, then killed.
    for number, grace in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
        survivors = [(pid, mark) for pid, mark in family if birth_mark(pid) == mark]
        if not survivors:
            break
        if number == signal.SIGKILL:
            say(f"{len(survivors)} process(es) did not end within {seconds:.0f} s and are killed")
        for pid, _ in survivors:
            _signal(pid, number)
        _wait(survivors, grace)
    _children.pop(record.pid, None)


def _family(record: Record) -> list[tuple[int, str]]:
    """The program, its descendants, and what is left of its session, each with its birth mark."""
    found: set[int] = set()
    if record.alive():
        try:
            found = {
                record.pid,
                *(child.pid for child in psutil.Process(record.pid).children(recursive=True)),
            }
        except psutil.NoSuchProcess:
            found = set()
    if found or (record.of_this_boot() and birth_mark(record.pid) is None):
        # The system gives the id to nobody else while its session has members: they are ours.
        found |= {pid for pid in psutil.pids() if _in_session(pid, record)}
    marked = [(pid, birth_mark(pid)) for pid in found]
    return [(pid, mark) for pid, mark in marked if mark]


def _in_session(pid: int, record: Record) -> bool:
    try:
        # Not older than the record, where a restart of the machine cannot be told otherwise.
        return os.getsid(pid) == record.pid and psutil.Process(pid).create_time() >= record.started_at - 2
    except (ProcessLookupError, PermissionError, psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait(family: list[tuple[int, str]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for pid, _ in family:
            if pid in _children:
                _children[pid].poll()
        if all(birth_mark(pid) != mark for pid, mark in family):
            return
        time.sleep(0.05)


def log_tail(log: Path | str, lines: int = 12) -> str:
    """The last lines of a log, indented, without its secrets; empty when there is no log."""
    return "\n".join(f"    {line}" for line in _last_lines(log)[-lines:] if line.strip())


def last_words(log: Path | str) -> str:
    """The last line of a log that says something, without its secrets: of a traceback the error, none of its frames."""
    said = [line for line in _last_lines(log) if line.strip(_NO_WORDS)]
    words = next((line for line in reversed(said) if not line.startswith(_FRAME)), said[-1] if said else "")
    return words.strip()[:_LONGEST_WORDS] or "none"


def _last_lines(log: Path | str) -> list[str]:
    from upbeat.logs import mask_secrets

    try:
        with Path(log).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 32_768))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [mask_secrets(line) for line in text.splitlines()]
