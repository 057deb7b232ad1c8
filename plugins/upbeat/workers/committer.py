"""Collects outcomes into groups, archives the raw answers of a group, and commits it as one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.process import commit_group
from upbeat.logs import get_logger
from upbeat.queue.store import TaskQueue
from upbeat.queue.tasks import Task
from upbeat.stores.postgres import UNAVAILABLE

log = get_logger("workers.committer")

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 10.0


class GroupCommitter:
    """One per worker process. `submit` waits while too much is uncommitted, which holds the worker back.

    Args:
        size: most outcomes of a group.
        seconds: longest wait for a group to fill.
        on_committed: told every group that is in Postgres, with the ids that were still ours.
        on_given_back: told the tasks that went back to the queue because S3 was away.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        queue: TaskQueue,
        archive: RawArchive,
        *,
        size: int,
        seconds: float,
        on_committed: Callable[[Sequence[Outcome], set[int]], None],
        on_given_back: Callable[[Sequence[Task]], None],
    ) -> None:
        self._pool = pool
        self._queue = queue
        self._archive = archive
        self._size = size
        self._seconds = seconds
        self._on_committed = on_committed
        self._on_given_back = on_given_back
        self._outcomes: asyncio.Queue[Outcome | None] = asyncio.Queue(maxsize=2 * size)
        self._full = asyncio.Event()
        self._away: set[str] = set()
        self._archive_wait = _FIRST_WAIT_SECONDS

    @property
    def healthy(self) -> bool:
        """False while a store is away: the worker claims nothing then."""
        return not self._away

    async def submit(self, outcome: Outcome) -> None:
        """Hand an outcome over; returns once there is room for it."""
        await self._outcomes.put(outcome)
        if self._outcomes.qsize() >= self._size:
            self._full.set()

    async def run(self) -> None:
        """Commit groups until `close`."""
        closing = False
        while not closing:
            group, closing = await self._next_group()
            if group:
                await self._archive_and_commit(group)

    async def close(self) -> None:
        """Let `run` end once everything that was submitted is committed."""
        await self._outcomes.put(None)
        self._full.set()

    async def _next_group(self) -> tuple[list[Outcome], bool]:
        first = await self._outcomes.get()
        if first is None:
            return [], True
        if self._outcomes.qsize() < self._size - 1:
            self._full.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self._seconds)
        group = [first]
        while len(group) < self._size and not self._outcomes.empty():
            outcome = self._outcomes.get_nowait()
            if outcome is None:
                return group, True
            group.append(outcome)
        return group, False

    async def _archive_and_commit(self, group: Sequence[Outcome]) -> None:
        try:
            await self._archive.write(group)
        except Exception as error:
            # Whatever keeps the archive from taking a group, a commit without its raw answers is not allowed.
            await self._wait_for_archive(group, error)
            return
        self._archive_wait = _FIRST_WAIT_SECONDS
        failpoint("after_archive")
        accepted = await self._commit(group)
        self._on_committed(group, accepted)

    async def _commit(self, group: Sequence[Outcome]) -> set[int]:
        """Commit, through outages of Postgres: the outcomes are kept, and what was committed is not ours any more."""

        async def attempt() -> set[int]:
            async with self._pool.connection() as connection:
                return await commit_group(connection, group)

        return await self._through_outage(attempt)

    async def _wait_for_archive(self, group: Sequence[Outcome], error: Exception) -> None:
        log.warning("the raw archive is away: tasks go back and wait for it", reason=str(error))
        self._away.add("S3")
        tasks = [outcome.task for outcome in group]

        async def give_back() -> set[int]:
            return await self._queue.give_back(tasks, delay=self._archive_wait)

        await self._through_outage(give_back)
        self._on_given_back(tasks)
        while True:
            await asyncio.sleep(self._archive_wait)
            # Longer each time until a group is archived: every try asks the sources again for what was given back.
            self._archive_wait = min(2 * self._archive_wait, _LONGEST_WAIT_SECONDS)
            with suppress(Exception):
                await self._archive.probe()
                break
        log.info("the raw archive is back")
        self._away.discard("S3")

    async def _through_outage(self, attempt: Callable[[], Awaitable[set[int]]]) -> set[int]:
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                result = await attempt()
            except (StoreUnavailableError, *UNAVAILABLE) as error:
                if "Postgres" not in self._away:
                    log.warning("Postgres is away: results are kept and wait for it", reason=str(error))
                self._away.add("Postgres")
                await asyncio.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
                continue
            if "Postgres" in self._away:
                log.info("Postgres is back")
                self._away.discard("Postgres")
            return result
