"""What one process of the API holds: settings, connections, keys it has seen, and whether it drains."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
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
Connection = psycopg.AsyncConnection[Any]
Part = TypeVar("Part")


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
                        self.settings, max_size=self.settings.api_connections, application="upbeat api"
                    )
                    self._pool = await self._stack.enter_async_context(pool)
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for single statements. Raises `StoreUnavailableError`."""
        pool = await self.open()
        try:
            async with pool.connection(timeout=CONNECTION_SECONDS) as connection:
                yield connection
        except PoolTimeout as error:
            line = f"no connection to Postgres was to be had within {CONNECTION_SECONDS:g} s"
            raise StoreUnavailableError(line) from error
        except UNAVAILABLE as error:
            raise StoreUnavailableError("Postgres does not answer") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection and one transaction: a write, its audit line and its idempotency row are all there, or none is."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def part(self, make: Callable[[ApiState], AbstractAsyncContextManager[Part]]) -> Part:
        """What a resource holds for the life of this process: opened when it is first asked for, closed before the pool."""
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
