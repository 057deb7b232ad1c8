"""One worker process: an event loop that claims tasks of its flows and runs at most so many at once.

The loop sleeps until something happens: a slot becomes free, the queue notifies, a waiting task is due, a stop is
asked for. With nothing to do it looks at the queue every few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.flows import Flow
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.retrieve import Retriever
from upbeat.logs import get_logger
from upbeat.queue.store import FlowName, TaskQueue
from upbeat.queue.tasks import OpenWork, Task
from upbeat.settings import Settings
from upbeat.stores.postgres import UNAVAILABLE
from upbeat.workers.committer import GroupCommitter
from upbeat.workers.summary import WorkSummary
from upbeat.workers.throttle_pause import ThrottlePause
from upbeat.workers.upkeep import PROMOTION_SECONDS, QueueUpkeep
from upbeat.workers.wake_up import listen

log = get_logger("workers.worker")

# Idle workers are woken by notifications; this is for those that got lost, and for tasks of other workers.
IDLE_POLL_SECONDS = 5.0
UNTIL_IDLE_POLL_SECONDS = 1.0
# Free slots are filled together: a quarter of them at once, or whatever is free after this time.
_GATHER_SECONDS = 0.05
_OUTAGE_POLL_SECONDS = 1.0


class Worker:
    """Runs tasks of `flows` until told to stop, or until nothing is left.

    Args:
        name: stands in the row of every task that it holds.
        flows: what it may claim, by the names that the queue uses.
        concurrency: most tasks at once.
        drain_seconds: longest wait for running tasks after a stop; the rest goes back to the queue.
        on_progress: told the counts after every committed group.
    """

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        retriever: Retriever,
        archive: RawArchive,
        *,
        name: str,
        flows: Mapping[FlowName, Flow],
        concurrency: int,
        drain_seconds: float,
        on_progress: Callable[[WorkSummary], None] = lambda summary: None,
    ) -> None:
        self.summary = WorkSummary()
        self._settings = settings
        self._retriever = retriever
        self._name = name
        self._flows = flows
        self._concurrency = concurrency
        self._drain_seconds = drain_seconds
        self._on_progress = on_progress
        self._queue = TaskQueue(pool)
        self._committer = GroupCommitter(
            pool,
            self._queue,
            archive,
            size=settings.group_commit_size,
            seconds=settings.group_commit_milliseconds / 1000,
            on_committed=self._committed,
            on_given_back=self._given_back,
        )
        self._pauses = {flow: ThrottlePause(time.monotonic) for flow in flows}
        self._turn = list(flows)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._held: dict[int, Task] = {}
        self._stop = False
        self._wake = asyncio.Event()
        self._next_look = 0.0
        self._last_claim = 0.0
        self._poll = IDLE_POLL_SECONDS
        self._upkeep = QueueUpkeep(self._queue, list(flows), settings.stuck_after_seconds)

    def stop(self) -> None:
        """Claim nothing more, finish or give back what runs, and return from `run`."""
        self._stop = True
        self._wake.set()

    async def run(self, *, until_idle: bool, time_budget: float | None) -> WorkSummary:
        """Work until a stop, the end of `time_budget` seconds, or (`until_idle`) until the flows have no task left.

        Waiting tasks that are due within the time budget are waited for.
        """
        started = time.monotonic()
        deadline = None if time_budget is None else started + time_budget
        self._poll = UNTIL_IDLE_POLL_SECONDS if until_idle else IDLE_POLL_SECONDS
        background = [
            asyncio.create_task(self._committer.run(), name="committer"),
            asyncio.create_task(self._heartbeats(), name="heartbeats"),
            asyncio.create_task(listen(self._settings, self._notified), name="wake-up"),
        ]
        try:
            await self._work(background, until_idle=until_idle, deadline=deadline)
        finally:
            await self._drain(background)
            self.summary.seconds = time.monotonic() - started
        return self.summary

    async def _work(
        self, background: Sequence[asyncio.Task[Any]], *, until_idle: bool, deadline: float | None
    ) -> None:
        while not self._stop and (deadline is None or time.monotonic() < deadline):
            for task in background:
                if task.done():
                    task.result()
                    raise RuntimeError(f"the {task.get_name()} of this worker ended")
            self._wake.clear()
            pause = await self._fill_slots()
            if pause is None:
                continue
            if not self._held and not self._running:
                open_work = await self._upkeep.open_work()
                if open_work is not None:
                    if until_idle and self._is_done(open_work, deadline):
                        return
                    if open_work.next_due_in is not None:
                        pause = min(pause, max(0.01, open_work.next_due_in))
                        self._next_look = time.monotonic() + pause
            if deadline is not None:
                pause = min(pause, max(0.0, deadline - time.monotonic()))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.001, pause))

    async def _fill_slots(self) -> float | None:
        """Claim what fits. Returns how long to wait before the next look, None to look again at once."""
        now = time.monotonic()
        free = self._concurrency - len(self._running)
        if not self._committer.healthy or self._upkeep.postgres_away:
            await self._upkeep.probe()
            return _OUTAGE_POLL_SECONDS
        if await self._upkeep.run_due(idle=not self._held):
            self._next_look = 0.0
        if free == 0:
            return self._poll
        if now < self._next_look:
            return self._next_look - now
        if free < max(1, self._concurrency // 4) and (wait := self._last_claim + _GATHER_SECONDS - now) > 0:
            return wait
        claimed = await self._claim(free)
        self._last_claim = time.monotonic()
        for task in claimed:
            self._start(task)
        if len(claimed) < free:
            # Paused flows are looked at when the pause ends; a notification shortens the wait.
            pauses = [left for pause in self._pauses.values() if (left := pause.seconds_left) > 0]
            self._next_look = time.monotonic() + min([self._poll, *pauses])
            return self._next_look - time.monotonic()
        return None

    async def _claim(self, free: int) -> list[Task]:
        """Up to `free` tasks, flow by flow; the flow that comes first changes every time."""
        self._turn.append(self._turn.pop(0))
        claimed: list[Task] = []
        for platform, flow in self._turn:
            if len(claimed) >= free or self._pauses[platform, flow].seconds_left > 0:
                continue
            try:
                claimed += await self._queue.claim(
                    platform, [flow], self._name, free - len(claimed), self._settings.task_lease_seconds
                )
            except UNAVAILABLE as error:
                self._upkeep.note_outage(error)
                break
        if claimed:
            failpoint("after_claim")
        return claimed

    def _start(self, task: Task) -> None:
        self._held[task.id] = task
        running = asyncio.create_task(self._run(task), name=f"task-{task.id}")
        self._running[task.id] = running
        running.add_done_callback(lambda done: self._slot_free(task, done))

    async def _run(self, task: Task) -> None:
        flow: FlowName = (task.platform, task.flow)
        outcome = await self._retriever.run(task, self._flows[flow])
        if outcome.throttled:
            self._pauses[flow].refused(outcome.delay or 0.0)
        else:
            self._pauses[flow].passed()
        await self._committer.submit(outcome)

    def _slot_free(self, task: Task, done: asyncio.Task[None]) -> None:
        if self._running.get(task.id) is done:
            del self._running[task.id]
        if not done.cancelled() and (error := done.exception()):
            # Its lease runs out and the task goes back: better late than counted as done.
            log.error("a task broke the worker's own code", task=task.id, reason=repr(error))
            self._release(task)
        self._wake.set()

    def _committed(self, group: Sequence[Outcome], accepted: set[int]) -> None:
        for outcome in group:
            self._release(outcome.task)
            if outcome.task.id in accepted:
                self.summary.count(outcome)
        # A waiting task may be due before the next look that was planned.
        if any(outcome.delay is not None for outcome in group):
            self._next_look = min(self._next_look, time.monotonic() + PROMOTION_SECONDS)
        self._wake.set()
        self._on_progress(self.summary)

    def _given_back(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._release(task)
        self.summary.given_back += len(tasks)
        self._wake.set()

    def _notified(self) -> None:
        self._next_look = 0.0
        self._wake.set()

    def _is_done(self, open_work: OpenWork, deadline: float | None) -> bool:
        """Whether nothing is left that could be run before the deadline."""
        if open_work.processing or (open_work.pending and not self._paused_past(deadline)):
            return False
        if open_work.next_due_in is None:
            return True
        return deadline is not None and time.monotonic() + open_work.next_due_in > deadline

    def _paused_past(self, deadline: float | None) -> bool:
        """Whether limits of ours let no flow go on before the deadline."""
        shortest = min(pause.seconds_left for pause in self._pauses.values())
        return deadline is not None and time.monotonic() + shortest > deadline

    def _release(self, task: Task) -> None:
        """Hold this task no more. The same task claimed anew, with another token, is not meant."""
        if self._held.get(task.id) is task:
            del self._held[task.id]

    async def _heartbeats(self) -> None:
        """Extend the leases of all that is held, several times per lease; drop what belongs to somebody else by now."""
        lease = self._settings.task_lease_seconds
        while True:
            await asyncio.sleep(lease / 4)
            tasks = list(self._held.values())
            if not tasks:
                continue
            try:
                extended = await self._queue.heartbeat(tasks, lease)
            except (*UNAVAILABLE, StoreUnavailableError) as error:
                self._upkeep.note_outage(error)
                continue
            for task in tasks:
                # What is being committed right now is skipped by the heartbeat; only running tasks can be lost.
                if task.id not in extended and (running := self._running.get(task.id)):
                    log.warning("a task was given to another worker and is dropped here", task=task.id)
                    self._release(task)
                    running.cancel()

    async def _drain(self, background: Sequence[asyncio.Task[Any]]) -> None:
        """Let running tasks end, give back the rest, commit what is finished. Takes about `drain_seconds` at most."""
        deadline = time.monotonic() + self._drain_seconds
        committer = background[0]
        if self._running:
            await asyncio.wait(self._running.values(), timeout=self._drain_seconds)
        unfinished = list(self._running.values())
        for running in unfinished:
            running.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        closing = asyncio.create_task(self._committer.close())
        await asyncio.wait({committer}, timeout=max(2.0, deadline - time.monotonic()))
        for task in (closing, *background):
            task.cancel()
        results = await asyncio.gather(closing, *background, return_exceptions=True)
        await self._give_back_rest()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _give_back_rest(self) -> None:
        rest = list(self._held.values())
        if not rest:
            return
        try:
            async with asyncio.timeout(5):
                returned = await self._queue.give_back(rest)
        except (*UNAVAILABLE, TimeoutError):
            log.warning(
                "Postgres is away: the leases of unfinished tasks run out by themselves", tasks=len(rest)
            )
            return
        self.summary.given_back += len(returned)
