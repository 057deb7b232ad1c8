"""The process: bind, serve until SIGTERM, finish what runs, close the engine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from upbeat.embedded.clickhouse_face.app import App
from upbeat.embedded.clickhouse_face.engine import Engine
from upbeat.embedded.clickhouse_face.folder import DataFolder
from upbeat.embedded.clickhouse_face.queries import Queries
from upbeat.embedded.clickhouse_face.request import Login
from upbeat.errors import InputError
from upbeat.logs import get_logger

logger = get_logger("clickhouse_face")

GRACE_SECONDS = 4  # what runs may finish
STOP_SECONDS = 4.0  # then it is cancelled
SWEEP_SECONDS = 5.0
BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOptions:
    """How a face is started. `max_memory`: bytes for one query; all together may use twice that."""

    path: Path
    host: str
    port: int
    login: Login
    max_memory: int
    threads: int
    max_concurrent_queries: int
    slot_wait_seconds: float


def serve(options: FaceOptions) -> None:
    """Serve until SIGTERM or SIGINT. Raises InputError when the folder or the port cannot be had."""
    folder = DataFolder(options.path)
    with _listening(options.host, options.port) as listener:
        folder.write_config(max_server_memory=2 * options.max_memory)
        engine = Engine(folder.data, config=folder.config, defaults=engine_defaults(options))
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                stopped = runner.run(_serve(options, engine, folder, listener))
            if not stopped:
                # Its thread would keep the process alive for ever; what was acknowledged is on disk already.
                logger.error("clickhouse_face_left_a_query", path=str(folder.root))
                os._exit(1)
        finally:
            engine.close()
            folder.close()
        logger.info("clickhouse_face_stopped", path=str(folder.root))


def engine_defaults(options: FaceOptions) -> dict[str, str]:
    """Settings that every query starts with; the request may override them."""
    return {
        "max_memory_usage": str(options.max_memory),
        "max_threads": str(options.threads),
        "implicit_select": "0",  # the library reads `nope` as `SELECT nope`, a server does not
        "s3_validate_etag_on_read": "0",  # the embedded S3 lists an object without the quotes that a read shows
    }


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise InputError(
                f"--host {host} --port {port}: cannot listen there ({error.strerror})"
            ) from error
        listener.listen(BACKLOG)
        yield listener


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn's own handling ends the process before the engine is closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Stop accepting, let requests end."""
        self.should_exit = True


async def _serve(options: FaceOptions, engine: Engine, folder: DataFolder, listener: socket.socket) -> bool:
    queries = Queries(
        engine,
        spool=folder.spool,
        threads=options.max_concurrent_queries,
        slot_wait_seconds=options.slot_wait_seconds,
    )
    # A broken answer ends by an exception in the application (the last chunk must not be sent): ours is logged by us.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        App(queries, options.login),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    logger.info(
        "clickhouse_face_started",
        host=options.host,
        port=listener.getsockname()[1],
        path=str(folder.root),
        version=engine.version,
    )
    sweeper = asyncio.create_task(_sweep(queries))
    try:
        await server.serve(sockets=[listener])
    finally:
        sweeper.cancel()
    return await queries.close(STOP_SECONDS)


async def _sweep(queries: Queries) -> None:
    """End the sessions that were idle for longer than their timeout."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for connection in queries.sessions.expire():
            connection.close()
