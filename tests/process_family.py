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


def listening_addresses(pid: int) -> set[str]:
    """The IP addresses on which the family listens."""
    found: set[str] = set()
    for member in family(pid):
        with suppress(psutil.NoSuchProcess):
            connections = psutil.Process(member).net_connections("inet")
            found |= {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
    return found


def kill_with_family(pid: int) -> None:
    """kill -9 of the program alone; returns when those that it started have ended too, as they do without it."""
    members = {member: birth_mark(member) for member in family(pid)}
    os.kill(pid, signal.SIGKILL)
    give_up = time.monotonic() + 240
    while left := [member for member, mark in members.items() if mark and birth_mark(member) == mark]:
        assert time.monotonic() < give_up, f"{left} outlive {pid}"
        time.sleep(0.01)
