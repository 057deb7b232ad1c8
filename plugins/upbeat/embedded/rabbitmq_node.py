"""Starts the Erlang port mapper and becomes the RabbitMQ node: one process id to remember, nothing left behind.

RabbitMQ's own script starts the port mapper (`epmd`) as a daemon that outlives everybody, and stays above the node as
a shell whose end does not end the node. Here `epmd` is a child that the kernel kills when this process ends, however
it ends, and this process turns into the node (Linux; elsewhere `epmd` ends when the part is stopped by its session).
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
_EPMD_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str]) -> None:
    """`arguments`: path of epmd, its port, then the command of the node. Returns only by an error."""
    epmd, port, *node = arguments
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ignored by Python, and that would be inherited
    pid = _start_epmd(epmd, port)
    _wait_for_epmd(pid, int(port))
    os.execv(node[0], node)  # noqa: S606 - this process becomes the node


def _start_epmd(epmd: str, port: str) -> int:
    """The process id of an epmd on loopback that ends with this process."""
    libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:  # else it was killed before the line above could tell us
            os.execv(epmd, [epmd, "-port", port, "-address", LOOPBACK])  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{epmd}: {error.strerror}\n")
    finally:
        os._exit(1)


def _wait_for_epmd(pid: int, port: int) -> None:
    """Until it listens: a node that finds none would start another one."""
    deadline = time.monotonic() + _EPMD_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            raise SystemExit(f"epmd on port {port} ended at once, status {os.waitstatus_to_exitcode(status)}")
        if _answers(port):
            return
        time.sleep(0.02)
    raise SystemExit(f"epmd does not listen on port {port} within {_EPMD_SECONDS:.0f} s")


def _answers(port: int) -> bool:
    """Whether epmd lists its nodes (NAMES_REQ of the distribution protocol: 2 bytes of length, `n`)."""
    try:
        with socket.create_connection((LOOPBACK, port), 1) as connection:
            connection.sendall(b"\x00\x01n")
            return int.from_bytes(connection.recv(4)) == port
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
