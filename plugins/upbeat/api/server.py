"""One serving process, and how it ends without losing a request.

On SIGTERM (or Ctrl-C) `/health/ready` turns off at once, and every answer asks its client to open a new connection. The process serves
on for `api_drain_notice_seconds`, in which a load balancer sees it; then it closes its listening socket, finishes what is under way
within `api_drain_seconds`, and ends with exit code 0. A second signal ends it at once.

SIGHUP asks one of several processes of a port to leave: the others take the requests, so that `/health/ready` stays as it is, and it
closes its listening socket at once.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import time
from math import ceil
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from upbeat.api.problems import ProblemError, problem_response
from upbeat.api.state import ApiState
from upbeat.errors import InputError
from upbeat.logs import get_logger
from upbeat.settings import Settings

_ACCEPTED_SECONDS = 0.3
"""So long a connection that was accepted as the last one may take to send its request."""
_IDLE_SECONDS = 75
"""Longer than load balancers keep idle connections (60 s), so that it is they who close them."""
_BACKLOG = 2048
LARGEST_HEAD_BYTES = 64 * 2**10
"""Some more are read before they are counted: what one read of the socket gives."""

log = get_logger("api")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that child processes may inherit.

    Raises:
        InputError: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
    except OSError as error:
        server.close()
        raise InputError(
            f"{host}:{port}: {error.strerror or error}: give another UPBEAT_API_HOST or UPBEAT_API_PORT"
        ) from error
    server.listen(_BACKLOG)
    server.setblocking(False)
    return server


def serve(
    app: FastAPI, settings: Settings, server: socket.socket, ready_descriptor: int | None = None
) -> None:
    """Serve on a listening socket until a signal comes; `ready_descriptor` is closed when requests are taken."""
    state: ApiState = app.state.upbeat
    # Made by the first request that has a query, it would hold up all others.
    app.openapi()
    # What is there by now stays: the collector need not walk it again and again while requests wait.
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=_protocol(settings.api_body_seconds),
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=ceil(settings.api_drain_seconds),
    )
    _Server(config, state, settings.api_drain_notice_seconds, ready_descriptor).run(sockets=[server])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, state: ApiState, notice_seconds: float, ready_descriptor: int | None
    ) -> None:
        super().__init__(config)
        self._state = state
        self._notice_seconds = notice_seconds
        self._ready_descriptor = ready_descriptor
        self._stops_at = float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, the second one ends."""
        if self._state.stopping:
            self.should_exit = self.force_exit = True
            return
        if sig != signal.SIGHUP:
            self._state.drain()
        self._state.stopping = True
        self._stops_at = time.monotonic() + self._notice_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            signal.signal(signal.SIGHUP, self.handle_exit)
            for one in sockets or ():
                log.info("the API takes requests", address="{}:{}".format(*one.getsockname()[:2]))
            if self._ready_descriptor is not None:
                os.close(self._ready_descriptor)

    async def on_tick(self, counter: int) -> bool:
        if self._state.stopping and not self._state.draining:
            self._stop_listening()
        if time.monotonic() >= self._stops_at:
            return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, but who was accepted a moment ago is still heard before idle connections are closed."""
        log.info("the API ends", requests_under_way=self._state.under_way)
        self._stop_listening()
        if not self.force_exit:
            await asyncio.sleep(_ACCEPTED_SECONDS)
        await super().shutdown(sockets)

    def _stop_listening(self) -> None:
        for server in self.servers:
            server.close()


def _protocol(seconds: float) -> type[HttpToolsProtocol]:
    """HTTP by httptools that neither waits for ever for the head of a request nor keeps an endless one. A class, as uvicorn wants it."""

    class PatientProtocol(HttpToolsProtocol):
        _deadline: asyncio.TimerHandle | None = None
        _head_bytes = 0

        def data_received(self, data: bytes) -> None:
            if self._head_bytes > LARGEST_HEAD_BYTES:
                return  # Refused: a client that still sends hears it, and the deadline ends it.
            waited = self._deadline
            super().data_received(data)
            if waited is not None and self._deadline is waited:
                self._head_bytes += len(data)
                if self._head_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
                    self.transport.write(_head_refusal())

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._heard()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._heard()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self.transport.close)

        def _heard(self) -> None:
            self._head_bytes = 0
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return PatientProtocol


def _head_refusal() -> bytes:
    line = f"a request's head may have {LARGEST_HEAD_BYTES:,} bytes: send fewer or shorter headers"
    answer = problem_response(ProblemError(431, "Head too large", line, headers={"Connection": "close"}))
    headers = b"".join(b"%s: %s\r\n" % one for one in answer.raw_headers)
    return b"HTTP/1.1 431 Request Header Fields Too Large\r\n%s\r\n%s" % (headers, bytes(answer.body))
