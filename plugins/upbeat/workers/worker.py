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
from upbeat.flows.catalogue import Flow
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
from upbeat.workers.wake_up import listen

log = get_logger("workers.worker")

# Idle workers are woken by notifications; this is for those that got lost, and for tasks of other workers.
IDLE_POLL_SECONDS = 5.0
UNTIL_IDLE_POLL_SECONDS = 1.0
# Free slots are filled together: a quarter of them at once, or whatever is free after this time.
_GATHER_SECONDS = 0.05
_PROMOTION_SECONDS = 1.0
_RESCUE_SECONDS = 5.0
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
        self._last_promotion = 0.0
        self._last_rescue = 0.0
        self._postgres_away = False

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
                open_work = await self._look_around()
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
        if not self._committer.healthy or self._postgres_away:
            await self._probe_postgres()
            return _OUTAGE_POLL_SECONDS
        await self._maintain(now)
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
                self._note_outage(error)
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
        self._running.pop(task.id, None)
        if not done.cancelled() and (error := done.exception()):
            # Its lease runs out and the task goes back: better late than counted as done.
            log.error("a task broke the worker's own code", task=task.id, reason=repr(error))
            self._held.pop(task.id, None)
        self._wake.set()

    def _committed(self, group: Sequence[Outcome], accepted: set[int]) -> None:
        for outcome in group:
            self._held.pop(outcome.task.id, None)
            if outcome.task.id in accepted:
                self.summary.count(outcome)
        # A waiting task may be due before the next look that was planned.
        if any(outcome.delay is not None for outcome in group):
            self._next_look = min(self._next_look, time.monotonic() + _PROMOTION_SECONDS)
        self._wake.set()
        self._on_progress(self.summary)

    def _given_back(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._held.pop(task.id, None)
        self.summary.given_back += len(tasks)
        self._wake.set()

    def _notified(self) -> None:
        self._next_look = 0.0
        self._wake.set()

    async def _maintain(self, now: float) -> None:
        """Promote, expire and rescue: bounded statements over partial indexes, cheap when there is nothing to do."""
        rescued = changed = 0
        try:
            if now - self._last_promotion >= _PROMOTION_SECONDS or not self._held:
                self._last_promotion = now
                changed += await self._queue.promote_due()
            if now - self._last_rescue >= min(_RESCUE_SECONDS, self._settings.stuck_after_seconds):
                self._last_rescue = now
                await self._queue.expire()
                rescued = await self._queue.reap(self._settings.stuck_after_seconds)
        except UNAVAILABLE as error:
            self._note_outage(error)
            return
        if rescued:
            log.warning("tasks of workers that were lost go back to the queue", tasks=rescued)
        if changed or rescued:
            self._next_look = 0.0

    async def _look_around(self) -> OpenWork | None:
        try:
            return await self._queue.open_work(list(self._flows))
        except UNAVAILABLE as error:
            self._note_outage(error)
            return None

    def _is_done(self, open_work: OpenWork, deadline: float | None) -> bool:
        if open_work.pending or open_work.processing:
            return False
        if open_work.next_due_in is None:
            return True
        return deadline is not None and time.monotonic() + open_work.next_due_in > deadline

    def _note_outage(self, error: Exception) -> None:
        if not self._postgres_away:
            log.warning("Postgres is away: nothing is claimed until it is back", reason=str(error))
        self._postgres_away = True

    async def _probe_postgres(self) -> None:
        if self._postgres_away and await self._answers():
            log.info("Postgres is back")
            self._postgres_away = False
            self._wake.set()

    async def _answers(self) -> bool:
        try:
            await self._queue.open_work(list(self._flows))
        except UNAVAILABLE:
            return False
        return True

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
                self._note_outage(error)
                continue
            for task in tasks:
                # What is being committed right now is skipped by the heartbeat; only running tasks can be lost.
                if task.id not in extended and (running := self._running.get(task.id)):
                    log.warning("a task was given to another worker and is dropped here", task=task.id)
                    self._held.pop(task.id, None)
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
