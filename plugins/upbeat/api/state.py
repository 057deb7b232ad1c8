"""What one process of the API holds: settings, connections, keys it has seen, and whether it drains."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar, cast

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import HTTPConnection

from upbeat.api.key_cache import KeyCache
from upbeat.api.key_rates import key_rates
from upbeat.api.request_metrics import RequestMetrics
from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.postgres import UNAVAILABLE, async_pool

CONNECTION_SECONDS = 5.0
"""So long a request waits for a connection: a caller is told sooner than it gives up."""
STATEMENT_SECONDS = 30.0
"""So long a statement may take: its caller has given up by then, and the connection is needed by others."""
Connection = psycopg.AsyncConnection[Any]
Part = TypeVar("Part")
Read = TypeVar("Read")


class ApiState:
    """Opened at the first request: a mounted application is never told that its server starts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self.draining = False
        self.stopping = False
        self.under_way = 0
        self.metrics = RequestMetrics()
        self.keys = KeyCache(self.connection)
        self.rates = key_rates(settings)
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._pool: AsyncConnectionPool[Connection] | None = None
        self._parts: dict[Any, Any] = {}

    async def open(self) -> AsyncConnectionPool[Connection]:
        """The pool of this process; its connections autocommit and give tuples."""
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    pool = async_pool(
                        self.settings,
                        max_size=self.settings.api_connections,
                        application="upbeat api",
                        checked=False,
                        statement_seconds=STATEMENT_SECONDS,
                    )
                    self._pool = await self._stack.enter_async_context(pool)
        return self._pool

    async def read(self, ask: Callable[[Connection], Awaitable[Read]]) -> Read:
        """What `ask` reads with statements that change nothing.

        The connection is not tried first, which would double its round trips; where it was dead, `ask` is called once more, over
        one that is alive.

        Raises:
            StoreUnavailableError: Postgres does not answer.
        """
        async with self._connection(alive=False) as connection:
            try:
                return await ask(connection)
            except UNAVAILABLE:
                if not connection.closed:
                    raise
        async with self._connection(alive=True) as connection:
            return await ask(connection)

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for single statements, alive a moment ago. Raises `StoreUnavailableError`."""
        return self._connection(alive=True)

    @asynccontextmanager
    async def _connection(self, *, alive: bool) -> AsyncIterator[Connection]:
        pool = await self.open()
        try:
            connection = await self._take(pool, alive=alive)
            try:
                yield connection
            finally:
                await pool.putconn(connection)
        except PoolTimeout as error:
            line = f"no connection to Postgres was to be had within {CONNECTION_SECONDS:g} s"
            raise StoreUnavailableError(line) from error
        except psycopg.errors.QueryCanceled as error:
            line = f"Postgres took longer than {STATEMENT_SECONDS:g} s and was stopped"
            raise StoreUnavailableError(line) from error
        except UNAVAILABLE as error:
            raise StoreUnavailableError("Postgres does not answer") from error

    async def _take(self, pool: AsyncConnectionPool[Connection], *, alive: bool) -> Connection:
        """From the pool, which replaces a dead one that it gets back."""
        deadline = time.monotonic() + CONNECTION_SECONDS
        while True:
            connection = await pool.getconn(timeout=max(0.01, deadline - time.monotonic()))
            if not alive:
                return connection
            try:
                await AsyncConnectionPool.check_connection(connection)
            except BaseException as error:
                await pool.putconn(connection)
                if not isinstance(error, UNAVAILABLE):
                    raise
            else:
                return connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection and one transaction: a write, its audit line and its idempotency row are all there, or none is."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def part(self, make: Callable[[ApiState], AbstractAsyncContextManager[Part]]) -> Part:
        """What a resource holds for the life of this process: opened when it is first asked for, closed before the pool."""
        if make in self._parts:
            return cast("Part", self._parts[make])
        await self.open()
        async with self._opening:
            if make not in self._parts:
                self._parts[make] = await self._stack.enter_async_context(make(self))
        return cast("Part", self._parts[make])

    def drain(self) -> None:
        """Take no new requests: `/health/ready` says so. What comes is served all the same."""
        if not self.draining:
            self.draining = True
            self.metrics.draining.set(1)

    def end_drain(self) -> None:
        """Take requests again, unless the process is about to end."""
        if not self.stopping:
            self.draining = False
            self.metrics.draining.set(0)

    async def close(self) -> None:
        """Close what was opened, the last first."""
        await self.keys.close()
        await self.rates.close()
        await self._stack.aclose()
        self._parts.clear()
        self._pool = None


def state_of(connection: HTTPConnection) -> ApiState:
    """The state of the application that serves this request. For routes: `State = Annotated[ApiState, Depends(state_of)]`."""
    return cast("ApiState", connection.app.state.upbeat)
