"""The connection on which a worker claims and, between claims, hears that there is something to claim.

One connection for both: the backend that delivers a notification is awake for the claim that follows it. Claims are not
waited for to reach the disk (`synchronous_commit = off`): a claim that a crash of Postgres forgets leaves its tasks PENDING,
and their results are refused, since the token they show is not there. Ends of tasks keep the server's setting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import psycopg

from upbeat.queue.statements import CHANNEL
from upbeat.queue.store import claim
from upbeat.queue.tasks import FlowName, Task

_CONNECT_SECONDS = 10


class ClaimLine:
    """Opens at the first claim and again after every outage.

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
        # The plan is always the same; Postgres would plan the first claims, and any that looks cheaper so, anew.
        self._options = "-c timezone=UTC -c plan_cache_mode=force_generic_plan" + (
            "" if durable_claims else " -c synchronous_commit=off"
        )
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._reading: int | None = None

    async def open(self) -> None:
        """Connect and listen, unless that is done. Raises `psycopg.OperationalError` while Postgres is away."""
        if self._connection is not None and not self._connection.closed:
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
            await connection.execute(f"LISTEN {CHANNEL}".encode())
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        self._watch()

    async def claim(self, wanted: Mapping[FlowName, int], most: int) -> list[Task]:
        """As `store.claim`. Raises `psycopg.OperationalError` while Postgres is away."""
        await self.open()
        assert self._connection is not None
        self._unwatch()  # the driver watches the same socket while a statement runs
        try:
            return await claim(self._connection, wanted, self._worker, self._lease_seconds, most=most)
        finally:
            self._watch()

    async def close(self) -> None:
        """Close the connection."""
        self._unwatch()
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _watch(self) -> None:
        if self._connection is not None and not self._connection.closed:
            self._reading = self._connection.fileno()
            asyncio.get_running_loop().add_reader(self._reading, self._hear)

    def _unwatch(self) -> None:
        if self._reading is not None:
            asyncio.get_running_loop().remove_reader(self._reading)
            self._reading = None

    def _hear(self) -> None:
        """Something came in between claims: notifications, or the end of the connection."""
        assert self._connection is not None
        pgconn = self._connection.pgconn
        try:
            pgconn.consume_input()
            while notice := pgconn.notifies():
                self._on_notice(notice.extra.decode())
        except psycopg.OperationalError:
            self._unwatch()
            pgconn.finish()  # the next claim connects anew
            self._on_notice("")
