"""Archives the raw answers of a group, then commits the group as one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.failpoints import failpoint
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.process import commit_group
from upbeat.logs import get_logger
from upbeat.queue.groups import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, GroupCommitter
from upbeat.queue.store import TaskQueue

log = get_logger("workers.committer")


class ArchivingCommitter(GroupCommitter[Outcome]):
    """A group that S3 does not take goes back to the queue, and nothing is claimed until S3 is there."""

    def __init__(
        self,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        archive: RawArchive,
        *,
        size: int,
        seconds: float,
        task_log: bool = True,
    ) -> None:
        super().__init__(pool, partial(commit_group, task_log=task_log), size=size, seconds=seconds)
        self._queue = TaskQueue(pool)
        self._archive = archive
        self._archive_wait = FIRST_WAIT_SECONDS

    async def handle(self, group: Sequence[Outcome]) -> None:
        """Archive, commit, tell."""
        try:
            await self._archive.write(group)
        except Exception as error:
            # Whatever keeps the archive from taking a group, a commit without its raw answers is not allowed.
            await self._wait_for_archive(group, error)
            return
        self._archive_wait = FIRST_WAIT_SECONDS
        failpoint("after_archive")
        await super().handle(group)

    async def _wait_for_archive(self, group: Sequence[Outcome], error: Exception) -> None:
        log.warning("the raw archive is away: tasks go back and wait for it", reason=str(error))
        self._away.add("S3")
        tasks = [outcome.task for outcome in group]

        async def give_back() -> set[int]:
            return await self._queue.give_back(tasks, delay=self._archive_wait)

        await self.through_outage(give_back)
        self.on_given_back(tasks)
        while True:
            await asyncio.sleep(self._archive_wait)
            # Longer each time until a group is archived: every try asks the sources again for what was given back.
            self._archive_wait = min(2 * self._archive_wait, LONGEST_WAIT_SECONDS)
            with suppress(Exception):
                await self._archive.probe()
                break
        log.info("the raw archive is back")
        self._away.discard("S3")
