"""Finds out, before anything is started, whether the ports are free, and who holds one that is not."""

from __future__ import annotations

import errno
import random
import socket
import time
from collections.abc import Sequence
from itertools import islice

import psutil

from upbeat.embedded.part import Part
from upbeat.errors import InputError

LOOPBACK = "127.0.0.1"
_QUIET_PORTS = range(20_000, 32_768)


def port_is_free(port: int) -> bool:
    """Whether a program could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        probe.settimeout(1)
        # A listener on all addresses does not stop the bind below on every system, but it answers.
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def port_owner(port: int) -> str:
    """` by redis-server (pid 12)`, or nothing where the system does not tell (a process of another user)."""
    try:
        for connection in psutil.net_connections("tcp"):
            listening = connection.status == psutil.CONN_LISTEN
            if listening and connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return ""
    return ""


def require_free_ports(parts: Sequence[Part]) -> None:
    """Check the ports of parts that are about to start.

    Raises:
        InputError: two of them share a port, or somebody else listens on one: names port, owner and setting.
    """
    holders: dict[int, Part] = {}
    for part in parts:
        if part.port is None:
            continue
        other = holders.setdefault(part.port, part)
        if other is not part:
            raise InputError(
                f"port {part.port} is set for both {other.title} and {part.title}: give {part.port_setting} another"
            )
        if not port_is_free(part.port):
            owner = port_owner(part.port)
            if not owner and _frees_itself(part.port):
                continue
            raise InputError(
                f"port {part.port} ({part.title}) is in use{owner}: "
                f"end that program, or set {part.port_setting} to a free port"
            )


def _frees_itself(port: int) -> bool:
    """Wait a moment: the threads of a program that was just killed still hold its port."""
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if port_is_free(port):
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Ports that are free now, all different.

    Not from the range that systems give to outgoing connections (32,768 and above): a program that takes seconds to
    listen would find its port taken by chance.
    """
    shuffled = random.sample(_QUIET_PORTS, len(_QUIET_PORTS))
    found = list(islice((port for port in shuffled if port_is_free(port)), count))
    if len(found) < count:
        raise InputError(f"there are no {count} free ports from {_QUIET_PORTS[0]} to {_QUIET_PORTS[-1]}")
    return found
