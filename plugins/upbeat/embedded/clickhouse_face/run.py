"""One query on its way: a connection set up for it, the right way to run it, its answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from upbeat.embedded.clickhouse_face.answer import Answer
from upbeat.embedded.clickhouse_face.body import Body, ClientGone
from upbeat.embedded.clickhouse_face.engine import (
    Connection,
    Outcome,
    Ticket,
    close_quietly,
    quote,
)
from upbeat.embedded.clickhouse_face.errors import ClickHouseError
from upbeat.embedded.clickhouse_face.insert import Insert
from upbeat.embedded.clickhouse_face.pipe import PipeReader
from upbeat.embedded.clickhouse_face.request import FaceRequest
from upbeat.embedded.clickhouse_face.sessions import Session
from upbeat.embedded.clickhouse_face.statement import Kind, Statement

if TYPE_CHECKING:
    from upbeat.embedded.clickhouse_face.queries import Queries

T = TypeVar("T")

INSERT_PIECE_BYTES = 1 << 20
HOLD_BACK_BYTES = 1 << 20  # an error within the first MiB of the answer still gets its own status
_WITH_RESULT = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK", "KILL", "VALUES"})


class Run:
    """One query on its way."""

    def __init__(
        self,
        queries: Queries,
        request: FaceRequest,
        statement: Statement,
        text: bytes,
        body: Body,
        answer: Answer,
        ticket: Ticket,
        session: Session | None,
    ) -> None:
        self._queries = queries
        self._request = request
        self._statement = statement
        self._text = text
        self._body = body
        self._answer = answer
        self._ticket = ticket
        self._session = session
        self._format = statement.format or request.default_format or "TabSeparated"

    async def serve(self) -> None:
        kind = self._statement.kind
        if self._request.read_only and (kind is not Kind.STREAM and self._statement.verb not in _WITH_RESULT):
            raise ClickHouseError(164, "Cannot execute query in readonly mode: GET may only read, use POST")
        if self._request.read_only and self._request.settings.get("readonly", "2") == "0":
            raise ClickHouseError(
                164, "Cannot modify 'readonly' setting in readonly mode: GET may only read, use POST"
            )
        if kind is Kind.STREAM:
            await self._stream()
        elif kind is Kind.INSERT_INPUT:
            await self._insert_input()
        elif kind is Kind.INSERT_DATA or (kind is Kind.INSERT_VALUES and not self._body.complete):
            await self._insert()
        else:
            await self._direct(self._text)

    # --- connections ------------------------------------------------------------------------------

    def _open(self) -> tuple[Connection, Callable[[], None]]:
        """A connection set up for this request, and what gives it back. Runs on a query thread."""
        self._ticket.check()
        session = self._session
        if session is None or (session.connection is None and not self._statement.changes_session):
            connection = self._queries.engine.connection()
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            return connection, connection.close
        if session.connection is None:
            session.connection = self._queries.engine.connection()
        return session.connection, self._borrow(session.connection)

    def _prepare(self, connection: Connection) -> None:
        if self._request.database:
            connection.use(self._request.database)
        settings = dict(self._request.settings)
        if self._request.read_only:
            settings.setdefault("readonly", "2")
        connection.set(settings)

    def _borrow(self, connection: Connection) -> Callable[[], None]:
        """Settings and database of a request hold for this request only, unless the statement sets them itself."""
        before = connection.changed(self._request.settings) if self._request.settings else {}
        database = connection.database() if self._request.database else None

        def give_back() -> None:
            if self._statement.verb != "SET":
                connection.restore(before)
            if database is not None and self._statement.verb != "USE":
                connection.use(database)

        try:
            if self._request.database:
                connection.use(self._request.database)
            connection.set(self._request.settings)
        except BaseException:
            give_back()
            raise
        return give_back

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Start the query on the pool; its ticket tells when it has ended, whatever the event loop does."""

        def tell() -> T:
            try:
                return work()
            finally:
                self._ticket.finished.set()

        job = self._queries.start(tell)
        job.add_done_callback(_look_at)
        return job

    def _mark(self) -> bytes:
        return f"\n/* {self._ticket.mark} */".encode()

    # --- statements with small answers ------------------------------------------------------------

    async def _direct(self, text: bytes) -> None:
        values = self._statement.kind is Kind.INSERT_VALUES
        sql = text if values else _without_end(text) + self._mark()

        def work() -> Outcome:
            connection, give_back = self._open()
            try:
                return connection.run(sql, output_format=self._format, parameters=self._request.parameters)
            finally:
                give_back()

        self._ticket.findable = not values
        outcome = await self._while_client_waits(self._start(work))
        shown = self._format if outcome.body or self._statement.verb in _WITH_RESULT else None
        await self._answer.whole(shown, outcome, outcome.body)

    async def _while_client_waits(self, job: asyncio.Future[T]) -> T:
        """Wait for a job; when the client goes away meanwhile, stop the query and raise ClientGone."""
        watch = asyncio.create_task(self._body.gone())
        try:
            waiting: set[asyncio.Future[Any]] = {job, watch}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not job.done():
                await self._queries.cancel(self._ticket)
                await asyncio.wait([job])
                raise ClientGone
            return job.result()
        except asyncio.CancelledError:
            await asyncio.shield(self._queries.cancel(self._ticket))
            raise
        finally:
            watch.cancel()

    # --- SELECT -----------------------------------------------------------------------------------

    async def _stream(self) -> None:
        pipe = PipeReader()
        self._ticket.findable = True
        job = self._start(lambda: self._select_into(pipe.write_end))
        watch = asyncio.create_task(self._body.gone())
        try:
            await self._send_rows(pipe, job, watch)
        finally:
            watch.cancel()
            pipe.close()  # first: a query that waits for a reader does not see that it was cancelled
            if not job.done():
                await asyncio.shield(self._queries.cancel(self._ticket))
                await asyncio.wait([job])

    def _select_into(self, write_end: int) -> Outcome:
        try:
            connection, give_back = self._open()
            try:
                statement = self._statement
                tail = (
                    statement.tail.encode("latin-1")
                    if statement.format
                    else f"FORMAT {self._format}".encode()
                )
                return connection.run_into_pipe(
                    self._text[: statement.head_end],
                    tail + self._mark(),
                    _without_end(self._text) + self._mark(),
                    self._format,
                    write_end,
                    self._request.parameters,
                )
            finally:
                give_back()
        finally:
            close_quietly(write_end)

    async def _send_rows(
        self, pipe: PipeReader, job: asyncio.Future[Outcome], watch: asyncio.Future[None]
    ) -> None:
        held: list[bytes] = []
        size = 0
        spool = self._queries.spool_file() if self._request.wait_end_of_query else None
        try:
            while piece := await unless_gone(watch, pipe.read()):
                size += len(piece)
                if spool is not None and (size > HOLD_BACK_BYTES or not held):
                    spool.write(piece)
                elif self._answer.begun:
                    await self._answer.write(piece)
                else:
                    held.append(piece)
                    if size > HOLD_BACK_BYTES:
                        await self._answer.begin(self._format, Outcome())
                        await self._answer.write(b"".join(held))
                        held.clear()
            outcome = await job
            if spool is not None:
                await self._send_spooled(spool, outcome)
            elif self._answer.begun:
                await self._answer.finish()
            else:
                await self._answer.whole(self._format, outcome, b"".join(held) or outcome.body)
        finally:
            if spool is not None:
                spool.close()

    async def _send_spooled(self, spool: tempfile._TemporaryFileWrapper[bytes], outcome: Outcome) -> None:
        size = spool.tell()
        spool.seek(0)
        if size <= HOLD_BACK_BYTES:
            await self._answer.whole(self._format, outcome, spool.read() or outcome.body)
            return
        await self._answer.begin(self._format, outcome)
        while piece := spool.read(1 << 20):
            await self._answer.write(piece)
        await self._answer.finish()

    # --- INSERT with data -------------------------------------------------------------------------

    async def _insert(self) -> None:
        start = self._statement.data_start or 0
        first = self._text[start:]
        if self._body.complete:
            outcome = await self._while_client_waits(self._start(lambda: self._insert_at_once(first)))
        else:
            outcome = await self._insert_in_pieces(first)
        await self._answer.whole(None, outcome, b"")

    def _begin_insert(self, connection: Connection) -> Insert:
        statement = self._statement
        settings_at = statement.head_end if statement.settings_at is None else statement.settings_at
        return Insert(
            self._queries.engine,
            connection,
            self._ticket,
            head=self._text[:settings_at],
            settings=self._text[settings_at : statement.head_end],
            input_format=self._format,
            parameters=dict(self._request.parameters),
        )

    def _insert_at_once(self, data: bytes) -> Outcome:
        connection, give_back = self._open()
        try:
            insert = self._begin_insert(connection)
            try:
                insert.append(data)
                return insert.finish()
            except BaseException:
                insert.cancel()
                raise
        finally:
            give_back()

    async def _insert_in_pieces(self, first: bytes) -> Outcome:
        call = self._queries.call
        connection, give_back = await call(self._open)
        try:
            insert: Insert = await call(lambda: self._begin_insert(connection))
            try:
                piece = first or await self._body.read_up_to(INSERT_PIECE_BYTES)
                while piece:
                    await call(lambda piece=piece: insert.append(piece))  # type: ignore[misc]
                    self._ticket.check()
                    piece = await self._body.read_up_to(INSERT_PIECE_BYTES)
                return await call(insert.finish)
            except BaseException:
                await asyncio.shield(call(insert.cancel))
                raise
        finally:
            await asyncio.shield(call(give_back))

    async def _insert_input(self) -> None:
        """`INSERT … SELECT … FROM input(structure) FORMAT x`: the data goes to a file that stands in for input()."""
        statement = self._statement
        assert statement.data_start is not None
        assert statement.input_at is not None
        with self._queries.spool_file() as spool:
            piece = self._text[statement.data_start :]
            while piece:
                spool.write(piece)
                piece = await self._body.read_up_to(INSERT_PIECE_BYTES)
            spool.flush()
            begin, end = statement.input_at
            source = f"file({quote(spool.name)}, {quote(self._format)}, ".encode()
            await self._direct(self._text[:begin] + source + self._text[end : statement.head_end])


async def unless_gone(watch: asyncio.Future[None], step: Coroutine[Any, Any, bytes]) -> bytes:
    """Await `step`, or raise ClientGone when the client goes away first."""
    task = asyncio.create_task(step)
    try:
        waiting: set[asyncio.Future[Any]] = {task, watch}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():  # asked first: a fast query always has its next piece ready
            raise ClientGone
        return task.result()
    finally:
        task.cancel()
        # It lets go of the pipe's number before the pipe is closed and the number reused.
        await asyncio.wait([task])


def _without_end(text: bytes) -> bytes:
    return text.rstrip().rstrip(b";")


def _look_at(job: asyncio.Future[T]) -> None:
    """An error that nobody waits for any more (the client is gone) is not worth a traceback."""
    if not job.cancelled():
        job.exception()
