"""The engine's process: serve until SIGTERM, finish what runs, close the engine; and end when the keeper is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn

from upbeat.embedded.clickhouse_face.app import App
from upbeat.embedded.clickhouse_face.engine import Engine
from upbeat.embedded.clickhouse_face.folder import DataFolder
from upbeat.embedded.clickhouse_face.options import FaceOptions
from upbeat.embedded.clickhouse_face.queries import Queries
from upbeat.logs import get_logger

logger = get_logger("clickhouse_face")

GRACE_SECONDS = 4  # what runs may finish
STOP_SECONDS = 4.0  # then it is cancelled
SWEEP_SECONDS = 5.0


def serve(options: FaceOptions) -> None:
    """Serve on the keeper's socket until SIGTERM or SIGINT."""
    assert options.listener is not None
    assert options.keeper is not None
    threading.Thread(target=_end_with_keeper, args=(options.keeper,), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})
    folder = DataFolder(options.path)
    with socket.socket(fileno=options.listener) as listener:
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
        logger.info("clickhouse_face_stopped", path=str(folder.root))


def _end_with_keeper(pipe: int) -> None:
    """Nobody would start this process again or end it, and it would hold the folder: the keeper was killed, so is this."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGKILL)


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
