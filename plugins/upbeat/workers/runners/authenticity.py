"""The runner of authenticity: reads a creator's audience from Postgres, scores a sample of it, and gives the scores as records.

Scoring blocks, so it is done in a thread, some accounts at a time: leases are extended meanwhile, and a task that is cancelled
ends with the piece in hand. One thread serves all tasks of a process: two would only take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.crawlers.base import Capture
from upbeat.flows import Flow
from upbeat.ingestion.runner import Ran
from upbeat.logs import get_logger
from upbeat.queue.tasks import Task
from upbeat.records import Parsed, Problem, Relation
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.authenticity.audiences.judge import Judge, Judged
    from upbeat.authenticity.audiences.sample import Creator, Member, Sample

RELATIONS: dict[str, tuple[Relation, ...]] = {
    "score_followers": ("follower",),
    "score_commenters": ("commenter",),
    "sum_up_audience": ("follower", "commenter"),
}
"""Which parts of an audience the methods of the flows are about."""

_PIECE = 2_000
"""Accounts that are scored at once."""
_COLLECTED_BY: dict[Relation, str] = {"follower": "followers", "commenter": "post_comments"}

Result = TypeVar("Result")

log = get_logger("workers.authenticity")


class AudienceScoring:
    """Scores audiences; a `Runner`. The tables and the model are read at the first task of a process."""

    def __init__(self, settings: Settings, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self._settings = settings
        self._pool = pool
        self._thread = ThreadPoolExecutor(1, "score")
        self._loaded: Judge | None = None

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        """The scores that the flow is for. An audience of which nothing was collected gives none, and says what to enqueue."""
        from upbeat.authenticity.audiences.judge import SOURCE

        creator, samples = await self._drawn(task, flow)
        found = Parsed()
        for sample in samples:
            judged = await self._judged(sample, found)
            if flow.method == "sum_up_audience":
                facts = partial(_quality, judged, creator, sample, task)
            else:
                facts = partial(_scores, judged, creator, sample, task)
            found.facts += await self._in_thread(facts) if judged else []
        return Ran(source=SOURCE, parsed=found, details=_details(creator, samples) | _why_no_share(found))

    def close(self) -> None:
        """End the thread, without waiting for what it has in hand."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _drawn(self, task: Task, flow: Flow) -> tuple[Creator, list[Sample]]:
        from upbeat.authenticity.audiences.sample import draw, find_creator, sample_id_of

        size = int(task.params["sample_size"])
        async with self._pool.connection() as connection:
            creator = await find_creator(connection, task.platform, task.params)
            sample_id = await sample_id_of(connection, task.id, size)
            return creator, [
                await draw(connection, creator, task.platform, relation, sample_id, size)
                for relation in RELATIONS[flow.method]
            ]

    async def _judged(self, sample: Sample, found: Parsed) -> list[Judged]:
        """The accounts with their scores; those without become problems of `found`."""
        judged: list[Judged] = []
        for start in range(0, len(sample.members), _PIECE):
            piece = sample.members[start : start + _PIECE]
            scored, problems = await self._in_thread(partial(_judge, piece))
            judged += scored
            found.problems += problems
        return judged

    async def _in_thread(self, work: Callable[[Judge], Result]) -> Result:
        def worked() -> Result:
            if self._loaded is None:  # in the one thread alone, so that nothing is read twice
                from upbeat.authenticity.audiences.judge import Judge

                self._loaded = Judge.load(self._settings)
            return work(self._loaded)

        return await asyncio.get_running_loop().run_in_executor(self._thread, worked)


def _judge(members: list[Member], judge: Judge) -> tuple[list[Judged], list[Problem]]:
    return judge.judge(members)


def _scores(judged: list[Judged], creator: Creator, sample: Sample, task: Task, judge: Judge) -> list[Any]:
    return list(judge.scores(judged, creator, sample, task.platform, datetime.now(UTC)))


def _quality(judged: list[Judged], creator: Creator, sample: Sample, task: Task, judge: Judge) -> list[Any]:
    return [judge.quality(judged, creator, sample, task.platform, datetime.now(UTC))]


def _details(creator: Creator, samples: list[Sample]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sample_id": samples[0].sample_id,
        "sample": {sample.relation: len(sample.members) for sample in samples},
    }
    if left_out := {sample.relation: sample.without_handle for sample in samples if sample.without_handle}:
        told |= {
            "left_out": left_out,
            "left_out_reason": "no handle was collected of them: there is nothing to score",
        }
    notes = [_nothing_collected(creator, sample.relation) for sample in samples if not sample.members]
    if not notes:
        return told
    log.info("nothing to score", note="; ".join(notes))
    return told | {"note": "; ".join(notes)}


def _why_no_share(found: Parsed) -> dict[str, Any]:
    """Why a summary has no share of fakes by the rules, in a line."""
    from upbeat.records import AudienceQuality

    summaries = [fact for fact in found.facts if isinstance(fact, AudienceQuality)]
    if all(summary.corrected_fake_share is not None for summary in summaries):
        return {}
    why = "null: the rules flag genuine accounts about as often as fakes; read model_fake_share"
    log.info("no share by the rules", corrected_fake_share=why)
    return {"corrected_fake_share": why}


def _nothing_collected(creator: Creator, relation: Relation) -> str:
    whose = creator.handle or creator.profile_id
    subject = creator.profile_id if relation == "follower" else "POST_ID"
    return f"no {relation}s of {whose} were collected: `upbeat enqueue instagram.{_COLLECTED_BY[relation]} {subject}`"
