"""A program and all that it started, while short-lived members come and go."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import psutil

from upbeat.embedded.processes import birth_mark


def family(pid: int) -> dict[int, str]:
    """Process ids and names of the program and its descendants."""
    found: dict[int, str] = {}
    program = psutil.Process(pid)
    for member in (program, *program.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found[member.pid] = member.name()
    return found


def running_children(pid: int) -> set[int]:
    """Its children that run: one that has ended may be listed still, and be gone when it is asked for."""
    return {child.pid for child in psutil.Process(pid).children() if birth_mark(child.pid)}


def listening(pid: int) -> set[tuple[str, int]]:
    """The IP addresses and ports on which the family listens."""
    found: set[tuple[str, int]] = set()
    for member in family(pid):
        with suppress(psutil.NoSuchProcess):
            connections = psutil.Process(member).net_connections("inet")
            found |= {(*one.laddr,) for one in connections if one.status == psutil.CONN_LISTEN}
    return found


def wait_until_gone(pid: int) -> None:
    """Returns when the process has ended, whoever it belongs to."""
    give_up = time.monotonic() + 240
    while birth_mark(pid):
        assert time.monotonic() < give_up, f"{pid} does not end"
        time.sleep(0.02)


def kill_with_family(pid: int) -> None:
    """kill -9 of the program alone; returns when those that it started have ended too, as they do without it."""
    members = {member: birth_mark(member) for member in family(pid)}
    os.kill(pid, signal.SIGKILL)
    give_up = time.monotonic() + 240
    while left := [member for member, mark in members.items() if mark and birth_mark(member) == mark]:
        assert time.monotonic() < give_up, f"{left} outlive {pid}"
        time.sleep(0.01)
