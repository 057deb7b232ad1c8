"""A program and all that it started, while short-lived members come and go."""

from __future__ import annotations

from contextlib import suppress

import psutil


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
