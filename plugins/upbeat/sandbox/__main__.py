"""`python -m upbeat.sandbox [--host 127.0.0.1] [--port 0] [--state FILE]`: serve the stand-ins on loopback."""

from __future__ import annotations

import argparse
import ipaddress
import socket
import sys
from pathlib import Path

import uvicorn

from upbeat.errors import InputError
from upbeat.sandbox.app import Sandbox, SandboxApp
from upbeat.sandbox.control_api import make_control_api
from upbeat.sandbox.world import World

BACKLOG = 2048


def make_app(world: World) -> SandboxApp:
    """The whole sandbox as an ASGI application."""
    sandbox = Sandbox(world)
    return SandboxApp(sandbox, make_control_api(sandbox))


def bind(host: str, port: int) -> socket.socket:
    """A listening socket on loopback. Raises `InputError` for other addresses and for a port in use."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise InputError(f"host={host}: the sandbox has no login and binds loopback only: use 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Before the address is printed: who reads it may call at once.
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise InputError(f"port={port}: cannot be used ({error.strerror}): choose another --port") from error
    return listening


def main() -> int:
    """The command; exit code 2 on a wrong argument."""
    parser = argparse.ArgumentParser(prog="python -m upbeat.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--state", type=Path, help="file that keeps changes of the world over restarts")
    arguments = parser.parse_args()
    try:
        app = make_app(World(arguments.state))
        listening = bind(arguments.host, arguments.port)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    host, port = listening.getsockname()[:2]
    config = uvicorn.Config(
        app,
        http="httptools",
        loop="uvloop",
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listening])
    return 0


if __name__ == "__main__":
    sys.exit(main())
