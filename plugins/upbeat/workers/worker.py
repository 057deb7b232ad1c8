"""One worker process of the platform: the queue's consumer with the runners of the parts as handlers and the group commit behind it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.flows import Flow
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.runner import TaskRunner
from upbeat.queue.consumer import Consumer
from upbeat.queue.lanes import Lane
from upbeat.queue.tasks import FlowName, Task
from upbeat.settings import Settings
from upbeat.workers.committer import ArchivingCommitter
from upbeat.workers.summary import WorkSummary
from upbeat.workers.throttle_pause import ThrottlePause


class Worker:
    """Runs tasks of `flows` until told to stop, or until nothing is left.

    Args:
        name: stands in the lease of every task that it holds.
        flows: what it may claim, by the names that the queue uses.
        concurrency: most tasks at once, in all and of each flow; None takes what each flow states.
        on_progress: told the counts after every committed group.
    """

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        runner: TaskRunner,
        archive: RawArchive,
        *,
        name: str,
        flows: Mapping[FlowName, Flow],
        concurrency: int | None,
        on_progress: Callable[[WorkSummary], None] = lambda summary: None,
    ) -> None:
        self.summary = WorkSummary()
        self._runner = runner
        self._on_progress = on_progress
        committer = ArchivingCommitter(
            pool,
            archive,
            size=settings.group_commit_size,
            seconds=settings.group_commit_milliseconds / 1000,
            task_log=settings.task_log_events,
        )
        self._consumer = Consumer(
            settings,
            pool,
            {named: self._lane(flow, concurrency) for named, flow in flows.items()},
            committer,
            worker=name,
            most=concurrency,
            on_committed=self._committed,
            on_given_back=self._given_back,
        )

    def stop(self) -> None:
        """Claim nothing more, finish or give back what runs, and return from `run`."""
        self._consumer.stop()

    async def run(self, *, until_idle: bool, time_budget: float | None) -> WorkSummary:
        """Work until a stop, the end of `time_budget` seconds, or (`until_idle`) until the flows have no task left.

        Waiting tasks that are due within the time budget are waited for; without one, those that are due in a minute or so.
        """
        started = time.monotonic()
        try:
            await self._consumer.run(until_idle=until_idle, time_budget=time_budget)
        finally:
            self.summary.seconds = time.monotonic() - started
        return self.summary

    def _lane(self, flow: Flow, concurrency: int | None) -> Lane[Outcome]:
        pause = ThrottlePause(time.monotonic)

        async def run(task: Task) -> Outcome:
            outcome = await self._runner.run(task, flow)
            if outcome.throttled:
                pause.refused(outcome.delay or 0.0)
            else:
                pause.passed()
            return outcome

        return Lane(run, concurrency or flow.concurrency, pause_left=lambda: pause.seconds_left)

    def _committed(self, group: Sequence[Outcome], accepted: set[int]) -> None:
        for outcome in group:
            if outcome.task.id in accepted:
                self.summary.count(outcome)
        self._on_progress(self.summary)

    def _given_back(self, tasks: int) -> None:
        self.summary.given_back += tasks
