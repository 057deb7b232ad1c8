"""Serving one query: from the request's text to the answer, on the engine's threads."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from upbeat.embedded.clickhouse_face.answer import Answer
from upbeat.embedded.clickhouse_face.body import Body
from upbeat.embedded.clickhouse_face.engine import Engine, Ticket
from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.request import FaceRequest
from upbeat.embedded.clickhouse_face.run import Run
from upbeat.embedded.clickhouse_face.sessions import Session, Sessions
from upbeat.embedded.clickhouse_face.statement import Statement, analyse

T = TypeVar("T")

HEAD_BYTES = 1 << 20  # the SQL of an INSERT, and small bodies, are within the first MiB
MAX_STATEMENT_BYTES = 256 << 20


class Queries:
    """Runs queries on a pool of threads, one engine connection each."""

    def __init__(self, engine: Engine, *, spool: Path, threads: int) -> None:
        self.engine = engine
        self.sessions = Sessions()
        self._spool = spool
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="query")
        self._killers = ThreadPoolExecutor(4, thread_name_prefix="kill")

    def query_id(self, request: FaceRequest) -> str:
        """The client's id of the query, or a new one."""
        return request.query_id or str(uuid.uuid4())

    async def serve(self, request: FaceRequest, body: Body, answer: Answer) -> None:
        """Run a request's query and send its answer. Raises ClickHouseError or ClientGone."""
        if request.multipart_boundary:
            raise ClickHouseError(48, "multipart/form-data (external tables) is not supported")
        text = request.query.encode("utf-8", "surrogateescape")
        text += b"\n" if text else b""
        text += await body.read_up_to(HEAD_BYTES)
        statement = analyse(text.decode("latin-1"))
        if statement.data_start is None and not body.complete:
            text += await self._rest(body, len(text))
            statement = analyse(text.decode("latin-1"))
        if statement.problem:
            raise ClickHouseError(62, statement.problem)
        ticket = self.engine.begin(answer.query_id)
        try:
            await self._in_session(request, statement, text, body, answer, ticket)
        finally:
            self.engine.end(ticket)

    async def _rest(self, body: Body, have: int) -> bytes:
        rest = await body.read_up_to(MAX_STATEMENT_BYTES - have)
        if not body.complete:
            raise ClickHouseError(
                62,
                f"The statement is longer than {MAX_STATEMENT_BYTES >> 20} MiB: send data with INSERT … FORMAT",
            )
        return rest

    async def _in_session(
        self,
        request: FaceRequest,
        statement: Statement,
        text: bytes,
        body: Body,
        answer: Answer,
        ticket: Ticket,
    ) -> None:
        session: Session | None = None
        if request.session_id:
            session = self.sessions.acquire(
                request.session_id, timeout=request.session_timeout, must_exist=request.session_check
            )
        try:
            run = Run(self, request, statement, text, body, answer, ticket, session)
            await run.serve()
        finally:
            if session is not None:
                left = self.sessions.release(session, close=request.close_session)
                if left is not None:
                    left.close()

    async def call(self, function: Callable[[], T]) -> T:
        """Run a blocking call on the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def start(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Start a blocking call on the pool."""
        return asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def cancel(self, ticket: Ticket, wait_seconds: float = 30.0) -> None:
        """Stop a running query; waits until it has stopped, or as long as told."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._killers, self.engine.cancel, ticket, wait_seconds)

    def spool_file(self) -> tempfile._TemporaryFileWrapper[bytes]:
        """A file for data that must be complete before it is used; gone when closed."""
        return tempfile.NamedTemporaryFile(dir=self._spool, prefix="body-")

    async def close(self, wait_seconds: float) -> bool:
        """Stop what is running and close sessions and threads. False when a query would not stop in time."""
        running = self.engine.running()
        await asyncio.gather(*(self.cancel(ticket, wait_seconds) for ticket in running))
        stopped = all(ticket.finished.is_set() for ticket in running)
        for pool in (self._pool, self._killers):
            pool.shutdown(wait=stopped, cancel_futures=True)
        if stopped:
            for connection in self.sessions.drain():
                connection.close()
        return stopped
