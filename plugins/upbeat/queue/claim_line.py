"""The connection on which a worker claims and, between claims, hears that there is something to claim.

One connection for both: the backend that delivers a notification is awake for the claim that follows it. Claims are not
waited for to reach the disk (`synchronous_commit = off`): a claim that a crash of Postgres forgets leaves its tasks PENDING,
and their results are refused, since the token they show is not there. Ends of tasks keep the server's setting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from upbeat.queue.statements import CHANNEL, SQL
from upbeat.queue.store import claim_arguments, claimed_tasks
from upbeat.queue.tasks import FlowName, Task

_CONNECT_SECONDS = 10
# How often the socket is looked at, whatever the loop says of it. A timer for each claim would cost as much as a twentieth of it.
_LOOK_SECONDS = 1.0
_PREPARED = "upbeat_claim"
_BINARY = 1
# One plan for as long as the connection lives, whatever the tables hold when it is made: by the indexes, row by row. Left to
# itself Postgres plans for the empty queue that a starting worker meets, and reads the whole table at every claim from then on.
PLAN_OPTIONS = " ".join(
    f"-c {name}"
    for name in (
        "plan_cache_mode=force_generic_plan",
        "enable_seqscan=off",
        "enable_bitmapscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "enable_sort=off",
        "jit=off",
    )
)


class ClaimLine:
    """Opens at the first claim and again after every outage. One claim at a time.

    Claims go past the driver's cursors, straight to libpq: one watcher of the socket, which is never taken off, and one future
    per claim. What a cursor does for each statement took longer than Postgres takes for it.

    Args:
        worker: whose leases the claims make.
        on_notice: called with the payload of every notification, the key of a flow (`instagram.profile_by_handle`).
        durable_claims: wait for the disk at claims, as the server's setting says.
    """

    def __init__(
        self,
        dsn: str,
        *,
        worker: str,
        lease_seconds: float,
        on_notice: Callable[[str], None],
        durable_claims: bool = False,
    ) -> None:
        self._dsn = dsn
        self._worker = worker
        self._lease_seconds = lease_seconds
        self._on_notice = on_notice
        self._options = (
            "-c timezone=UTC " + PLAN_OPTIONS + ("" if durable_claims else " -c synchronous_commit=off")
        )
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._watched: int | None = None
        self._loader = Transformer()
        self._result: PGresult | None = None
        self._answer: asyncio.Future[PGresult] | None = None
        self._look_again: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Connect and listen, unless that is done. Raises `psycopg.OperationalError` while Postgres is away."""
        if self._watched is not None:
            return
        await self.close()
        connection = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="upbeat:claims",
            options=self._options,
        )
        connection.add_notify_handler(lambda notice: self._on_notice(notice.payload))
        try:
            await connection.execute(f"PREPARE {_PREPARED} AS {SQL['claim']}".encode())
            await connection.execute(f"LISTEN {CHANNEL}".encode())
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        self._loader = Transformer(connection)
        # From here on the driver waits for nothing on this socket.
        self._watched = connection.fileno()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._watched, self._hear)
        self._look_again = loop.call_later(_LOOK_SECONDS, self._look)

    async def claim(self, wanted: Mapping[FlowName, int], most: int) -> list[Task]:
        """As `store.claim`. Raises `psycopg.OperationalError` while Postgres is away."""
        await self.open()
        assert self._connection is not None
        token = str(uuid4())
        arguments = claim_arguments(wanted, most, token, self._worker, self._lease_seconds)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._connection.pgconn.send_query_prepared(
                _PREPARED.encode(), [argument.encode() for argument in arguments], result_format=_BINARY
            )
            self._flush()
            result = await self._answer
        except (
            BaseException
        ):  # lost, or cancelled with the answer still to come: the next claim connects anew
            await self.close()
            raise
        finally:
            self._answer = None
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        self._loader.set_pgresult(result)
        return claimed_tasks(self._loader.load_rows(0, result.ntuples, tuple), token)

    async def close(self) -> None:
        """Close the connection."""
        self._unwatch()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _unwatch(self) -> None:
        if self._watched is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._watched)
            loop.remove_writer(self._watched)
            self._watched = None
            if self._look_again is not None:
                self._look_again.cancel()

    def _flush(self) -> None:
        """Send what is not sent; a statement that does not fit into the socket's buffer goes on when there is room."""
        if self._connection is None or self._watched is None:
            return
        loop = asyncio.get_running_loop()
        if self._connection.pgconn.flush():
            loop.add_writer(self._watched, self._flush)
        else:
            loop.remove_writer(self._watched)

    def _look(self) -> None:
        """Hear what nobody says: of a socket that is reset, uvloop drops the watch and calls nobody."""
        self._hear()
        if self._watched is not None:
            self._look_again = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)

    def _hear(self) -> None:
        """Something came in: the answer to a claim, notifications, or the end of the connection."""
        assert self._connection is not None
        pgconn = self._connection.pgconn
        try:
            pgconn.consume_input()
            self._take_answer()
            while notice := pgconn.notifies():
                self._on_notice(notice.extra.decode())
        except psycopg.OperationalError as error:
            self._unwatch()
            pgconn.finish()  # the next claim connects anew
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(error)
            self._on_notice("")

    def _take_answer(self) -> None:
        """The result of a claim, once it is here as a whole: an answer ends with no result."""
        assert self._connection is not None
        pgconn = self._connection.pgconn
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if self._result is not None and self._answer is not None and not self._answer.done():
                    self._answer.set_result(self._result)
                self._result = None
                return
            self._result = result
