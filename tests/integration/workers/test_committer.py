"""The committer while the archive refuses what it is given: tasks go back, ever more slowly, and nothing is committed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.collection_run import CollectionRun

from upbeat.errors import StoreUnavailableError
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.queue.store import TaskQueue
from upbeat.queue.tasks import Task, TaskStatus
from upbeat.records import PayloadKind, Platform, RawPayload
from upbeat.stores.postgres import async_pool
from upbeat.workers.committer import ArchivingCommitter


class RefusingArchive(RawArchive):
    """S3 answers and takes small objects, but not the groups."""

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        raise StoreUnavailableError("S3 failed put_object with HTTP 507")


def answered(task: Task) -> Outcome:
    payload = RawPayload(
        source="lama",
        kind=PayloadKind.PROFILE,
        url="https://x",
        params={},
        status=200,
        body=b"{}",
        fetched_at=datetime.now(UTC),
    )
    return Outcome(task=task, status=TaskStatus.COMPLETE, source="lama", data={}, payloads=[payload])


async def test_a_group_that_is_refused_again_and_again_does_not_ask_the_sources_again_at_once(
    run: CollectionRun,
) -> None:
    run.enqueue("natgeo")
    times_given_back = 0

    async with async_pool(run.settings) as pool:
        queue = TaskQueue(pool)

        def given_back(tasks: Sequence[Task]) -> None:
            nonlocal times_given_back
            times_given_back += len(tasks)

        committer = ArchivingCommitter(pool, RefusingArchive(run.settings), size=1, seconds=0)
        committer.on_given_back = given_back
        committing = asyncio.create_task(committer.run())
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() < began + 3 or not times_given_back:
            assert loop.time() < began + 240, "nothing was given back"
            # What a worker does, without asking anybody: claim while the stores are there, hand over the result.
            if committer.healthy:
                await queue.promote_due([(Platform.INSTAGRAM, "profile_by_handle")])
                for task in await queue.claim(Platform.INSTAGRAM, ["profile_by_handle"], "w", 1, 60):
                    committer.add(answered(task))
            await asyncio.sleep(0.01)
        committing.cancel()
        await asyncio.gather(committing, return_exceptions=True)
    assert 1 <= times_given_back <= 5
    assert "COMPLETE" not in run.statuses()
