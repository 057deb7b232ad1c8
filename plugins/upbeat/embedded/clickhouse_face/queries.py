"""Serving one query: from the request's text to the answer, on the engine's threads."""

from __future__ import annotations

import asyncio
import contextlib
import math
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from upbeat.embedded.clickhouse_face.answer import Answer
from upbeat.embedded.clickhouse_face.body import Body, ClientGone
from upbeat.embedded.clickhouse_face.engine import Engine, Ticket
from upbeat.embedded.clickhouse_face.errors import (
    SYNTAX_ERROR,
    TOO_MANY_SIMULTANEOUS_QUERIES,
    ClickHouseError,
)
from upbeat.embedded.clickhouse_face.form import with_form
from upbeat.embedded.clickhouse_face.request import FaceRequest
from upbeat.embedded.clickhouse_face.run import Run
from upbeat.embedded.clickhouse_face.sessions import Session, Sessions
from upbeat.embedded.clickhouse_face.statement import (
    MULTI_STATEMENTS,
    Kind,
    Statement,
    analyse,
    another_follows,
)
from upbeat.logs import get_logger

T = TypeVar("T")
logger = get_logger("clickhouse_face")

HEAD_BYTES = 1 << 20  # the SQL of an INSERT, and small bodies, are within the first MiB
MAX_STATEMENT_BYTES = 256 << 20
ANALYSE_APART_BYTES = 64 << 10  # longer texts are analysed on a thread: one MiB of SQL takes most of a second
FIRST_KILL_SECONDS = 0.05  # most queries end by themselves when their pipe is closed
LONGEST_KILL_SECONDS = 1.0
POLL_SECONDS = 0.02
KILLS_AT_ONCE = 200  # the engine searches for at most 255 words at once


class Queries:
    """Runs queries on a pool of threads, one engine connection each.

    A query has a slot from its first call to its end, and there are as many slots as threads: a call never waits in
    the pool, where it could not be cancelled.
    """

    def __init__(self, engine: Engine, *, spool: Path, threads: int, slot_wait_seconds: float) -> None:
        self.engine = engine
        self.sessions = Sessions()
        self._spool = spool
        self._threads = threads
        self._slots = asyncio.Semaphore(threads)
        self._slot_wait_seconds = slot_wait_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="query")
        self._kills = ThreadPoolExecutor(1, thread_name_prefix="kill")
        self._doomed: list[Ticket] = []
        self._killer: asyncio.Task[None] | None = None

    def query_id(self, request: FaceRequest) -> str:
        """The client's id of the query, or a new one."""
        return request.query_id or str(uuid.uuid4())

    async def serve(self, request: FaceRequest, body: Body, answer: Answer) -> None:
        """Run a request's query and send its answer. Raises ClickHouseError or ClientGone."""
        if request.multipart_boundary:
            request = with_form(request, await self._rest(body, 0))
        text = request.query.encode("utf-8", "surrogateescape")
        text += b"\n" if text else b""
        text += await body.read_up_to(HEAD_BYTES)
        statement = await self._analyse(text)
        if statement.data_start is None and not body.complete:
            text += await self._rest(body, len(text))
            statement = await self._analyse(text)
        problem = statement.problem or await self._problem_of_values(statement, text, body)
        if problem:
            raise ClickHouseError(SYNTAX_ERROR, problem)
        async with self._slot(body):
            ticket = self.engine.begin(answer.query_id)
            try:
                await self._in_session(request, statement, text, body, answer, ticket)
            finally:
                self.engine.end(ticket)

    async def _analyse(self, text: bytes) -> Statement:
        decoded = text.decode("latin-1")
        if len(text) < ANALYSE_APART_BYTES:
            return analyse(decoded)
        return await asyncio.to_thread(analyse, decoded)

    async def _problem_of_values(self, statement: Statement, text: bytes, body: Body) -> str | None:
        """The engine would run what follows the values of a short INSERT as statements of their own."""
        if statement.kind is not Kind.INSERT_VALUES or not body.complete:
            return None
        data = text[statement.data_start :]
        if b";" not in data.rstrip(b" \t\r\n;"):
            return None
        return MULTI_STATEMENTS if await asyncio.to_thread(another_follows, data.decode("latin-1")) else None

    @contextlib.asynccontextmanager
    async def _slot(self, body: Body) -> AsyncIterator[None]:
        if self._slots.locked():
            await self._wait_for_slot(body)
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _wait_for_slot(self, body: Body) -> None:
        """Raises when there is none in time, or the client goes away (as far as it can be seen: its body is complete)."""
        taking: asyncio.Future[Any] = asyncio.create_task(self._slots.acquire())
        waiting = {taking, asyncio.create_task(body.gone())} if body.complete else {taking}
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=self._slot_wait_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waiting:
                task.cancel()
        if not done:
            raise ClickHouseError(
                TOO_MANY_SIMULTANEOUS_QUERIES,
                f"Too many simultaneous queries. Maximum: {self._threads}, none ended within "
                f"{self._slot_wait_seconds:g} s",
            )
        if taking not in done:
            raise ClientGone

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
        """Run a blocking call on the pool. It has ended when this returns or raises, also when the caller is cancelled:
        two calls never use one connection at once."""
        job = self.start(function)
        try:
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            await asyncio.wait([job])
            raise

    def start(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Start a blocking call on the pool."""
        return asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def cancel(self, ticket: Ticket, wait_seconds: float = math.inf) -> None:
        """Stop a running query; waits until it has stopped, or as long as told. It may not have reached the engine yet."""
        ticket.cancelled.set()
        self._doomed.append(ticket)
        if self._killer is None or self._killer.done():
            self._killer = asyncio.create_task(self._kill_doomed())
        give_up = time.monotonic() + wait_seconds
        while not ticket.finished.is_set() and time.monotonic() < give_up:  # noqa: ASYNC110 - a thread sets it
            await asyncio.sleep(POLL_SECONDS)

    async def _kill_doomed(self) -> None:
        """Kill until all that was cancelled has ended."""
        loop, pause = asyncio.get_running_loop(), FIRST_KILL_SECONDS
        while self._doomed:
            await asyncio.sleep(pause)
            self._doomed = [ticket for ticket in self._doomed if not ticket.finished.is_set()]
            if findable := [ticket for ticket in self._doomed if ticket.findable][:KILLS_AT_ONCE]:
                try:
                    await loop.run_in_executor(self._kills, self.engine.kill, findable)
                except ClickHouseError as error:
                    logger.warning("kill_failed", code=error.code, message=error.message[:500])
            pause = min(2 * pause, LONGEST_KILL_SECONDS)

    def spool_file(self) -> tempfile._TemporaryFileWrapper[bytes]:
        """A file for data that must be complete before it is used; gone when closed."""
        return tempfile.NamedTemporaryFile(dir=self._spool, prefix="body-")

    async def close(self, wait_seconds: float) -> bool:
        """Stop what is running and close sessions and threads. False when a query would not stop in time."""
        running = self.engine.running()
        await asyncio.gather(*(self.cancel(ticket, wait_seconds) for ticket in running))
        stopped = all(ticket.finished.is_set() for ticket in running)
        for pool in (self._pool, self._kills):
            pool.shutdown(wait=stopped, cancel_futures=True)
        if stopped:
            for connection in self.sessions.drain():
                connection.close()
        return stopped
