"""Collects results of tasks into groups and commits each group as one transaction, through outages of Postgres."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.queue.tasks import Task
from upbeat.stores.postgres import UNAVAILABLE

log = get_logger("queue.groups")

FIRST_WAIT_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 10.0


class Result(Protocol):
    """What a handler makes of a task; it knows which task that was."""

    @property
    def task(self) -> Task:
        """The task."""

    @property
    def delay(self) -> float | None:
        """Seconds until a task that is to run again is due; None for one that ended."""


R = TypeVar("R", bound=Result)

WriteGroup = Callable[[psycopg.AsyncConnection[Any], Sequence[R]], Awaitable[set[int]]]
"""Commits a group on a connection in autocommit mode; returns the ids of the tasks that were still held."""


class GroupCommitter(Generic[R]):
    """One per worker process. While two groups are uncommitted, whoever adds to them waits, which holds the worker back.

    Args:
        write: commits one group, all or nothing, the end of its tasks included; called again after an outage.
        size: most results of a group.
        seconds: longest wait for a group to fill.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        write: WriteGroup[R],
        *,
        size: int,
        seconds: float,
    ) -> None:
        self.on_committed: Callable[[Sequence[R], set[int]], None] = lambda group, accepted: None
        self.on_given_back: Callable[[Sequence[Task]], None] = lambda tasks: None
        self._pool = pool
        self._write = write
        self._size = size
        self._seconds = seconds
        self._results: deque[R] = deque()
        self._some = asyncio.Event()
        self._enough = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closing = False
        self._away: set[str] = set()

    @property
    def healthy(self) -> bool:
        """False while a store is away: the worker claims nothing then."""
        return not self._away

    def add(self, result: R) -> bool:
        """Hand a result over; False when the caller should `wait_for_room` before it goes on."""
        self._results.append(result)
        waiting = len(self._results)
        if waiting == 1:
            self._some.set()
        if waiting >= self._size:
            self._enough.set()
            if waiting >= 2 * self._size:
                self._room.clear()
                return False
        return True

    async def wait_for_room(self) -> None:
        """Return once less than two groups wait."""
        await self._room.wait()

    async def run(self) -> None:
        """Commit groups until `close`."""
        while group := await self._next_group():
            await self.handle(group)

    def close(self) -> None:
        """Let `run` end once everything that was submitted is committed."""
        self._closing = True
        self._some.set()
        self._enough.set()

    async def handle(self, group: Sequence[R]) -> None:
        """Commit one group and tell."""
        self.on_committed(group, await self.commit(group))

    async def commit(self, group: Sequence[R]) -> set[int]:
        """Commit, through outages of Postgres: the results are kept, and what was committed is not ours any more."""

        async def attempt() -> set[int]:
            async with self._pool.connection() as connection:
                return await self._write(connection, group)

        return await self.through_outage(attempt)

    async def through_outage(self, attempt: Callable[[], Awaitable[set[int]]]) -> set[int]:
        """The result of `attempt`, repeated until Postgres is there."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                result = await attempt()
            except (StoreUnavailableError, *UNAVAILABLE) as error:
                if "Postgres" not in self._away:
                    log.warning("Postgres is away: results are kept and wait for it", reason=str(error))
                self._away.add("Postgres")
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
                continue
            if "Postgres" in self._away:
                log.info("Postgres is back")
                self._away.discard("Postgres")
            return result

    async def _next_group(self) -> list[R]:
        """The next results, at most a group of them; none at the end."""
        await self._some.wait()
        if len(self._results) < self._size and not self._closing:
            self._enough.clear()
            try:
                async with asyncio.timeout(self._seconds):
                    await self._enough.wait()
            except TimeoutError:
                pass
        group = [self._results.popleft() for _ in range(min(self._size, len(self._results)))]
        if not self._results and not self._closing:
            self._some.clear()
        if len(self._results) < 2 * self._size:
            self._room.set()
        return group
