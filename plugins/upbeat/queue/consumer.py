"""Claims tasks, runs their handlers, commits what they give in groups: the loop of every worker.

The loop sleeps until something happens: slots become free, the queue notifies, a waiting task is due, a stop is asked for.
With nothing to do it looks at the queue every few seconds.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.logs import get_logger
from upbeat.queue.background import end_tasks, raise_ended, wait_for
from upbeat.queue.claim_line import ClaimLine
from upbeat.queue.groups import GroupCommitter, R
from upbeat.queue.lanes import GATHER_SECONDS, Lane, Run, fair_shares, seconds_until_claim
from upbeat.queue.leases import HeldTasks
from upbeat.queue.store import TaskQueue
from upbeat.queue.tasks import FlowName, OpenWork, Task
from upbeat.queue.upkeep import PROMOTION_SECONDS, QueueUpkeep
from upbeat.settings import Settings
from upbeat.stores.postgres import UNAVAILABLE

log = get_logger("queue.consumer")

# Idle workers are woken by notifications; this is for those that got lost, and for tasks of other workers.
IDLE_POLL_SECONDS = 5.0
UNTIL_IDLE_POLL_SECONDS = 1.0
# How long a run until idle without a time budget waits for what is due later: longer than a limit of a minute and than the back-off
# of a passing error, shorter than a limit of an hour and a budget of a day.
UNTIL_IDLE_WAIT_SECONDS = 90.0
_SAY_WAITING_SECONDS = 30.0
_OUTAGE_POLL_SECONDS = 1.0
_LEAST_POLL_SECONDS = 0.01
_DEADLINE_LOOK_SECONDS = 1.0
# A slot whose handlers never wait for anything lets the others have a turn after so many tasks.
_TASKS_BEFORE_YIELD = 200
# Leases whose tasks have all ended are dropped with the next heartbeat, or when there are so many.
_ENDED_LEASES = 200


class Consumer(Generic[R]):
    """Runs tasks of its flows until told to stop, or until nothing is left.

    Args:
        pool: for everything but claims, which have a connection of their own.
        lanes: what it may claim, by the names that the queue uses.
        committer: takes what the handlers return.
        worker: stands in the lease of every task that it holds.
        most: most tasks at once in all; None leaves it to the lanes.
        on_committed: told every group that is in Postgres, with the ids that were still ours.
        on_given_back: told how many tasks went back to the queue without having run.
        durable_claims: see `ClaimLine`.
    """

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        lanes: Mapping[FlowName, Lane[R]],
        committer: GroupCommitter[R],
        *,
        worker: str,
        most: int | None = None,
        on_committed: Callable[[Sequence[R], set[int]], None] = lambda group, accepted: None,
        on_given_back: Callable[[int], None] = lambda tasks: None,
        durable_claims: bool = False,
    ) -> None:
        self._settings = settings
        self._lanes = dict(lanes)
        self._by_key = {f"{platform.lower()}.{flow}": lane for (platform, flow), lane in lanes.items()}
        # Pairs, since it is walked at every turn, and to find a flow by its name costs more than to look whether it has work.
        self._turn = list(lanes.items())
        self._most = most or sum(lane.concurrency for lane in lanes.values())
        self._enough = max(1, self._most // 4)
        self._committer = committer
        committer.on_committed, committer.on_given_back = self._committed, self._returned
        self._on_committed = on_committed
        self._on_given_back = on_given_back
        self._queue = TaskQueue(pool, task_log=settings.task_log_events)
        self._upkeep = QueueUpkeep(self._queue, list(lanes), settings.stuck_after_seconds)
        self._line = ClaimLine(
            settings.postgres_dsn(),
            worker=worker,
            lease_seconds=settings.task_lease_seconds,
            on_notice=self._noticed,
            durable_claims=durable_claims,
        )
        self._held = HeldTasks()
        self._running: dict[int, Run[R]] = {}
        self._busy = 0
        self._wake, self._look_after, self._beat = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._stop = self._finished = False
        self._until_idle = self._noticed_any = False
        self._poll = IDLE_POLL_SECONDS
        self._next_poll = self._claimed_at = 0.0
        self._said_waiting = float("-inf")

    def stop(self) -> None:
        """Claim nothing more, finish or give back what runs, and return from `run`."""
        self._stop = True
        self._wake.set()

    async def run(self, *, until_idle: bool = False, time_budget: float | None = None) -> None:
        """Work until a stop, the end of `time_budget` seconds, or (`until_idle`) until the flows have no task left.

        Waiting tasks that are due within the time budget are waited for; without one, those that are due within
        `UNTIL_IDLE_WAIT_SECONDS`.
        """
        deadline = None if time_budget is None else time.monotonic() + time_budget
        self._until_idle = until_idle
        self._poll = UNTIL_IDLE_POLL_SECONDS if until_idle else IDLE_POLL_SECONDS
        background = [
            self._background(self._committer.run(), "committer"),
            self._background(self._heartbeats(), "heartbeats"),
            self._background(self._keep_up(deadline), "upkeep"),
            self._background(self._deadlines(), "deadlines"),
        ]
        try:
            while not (self._stop or self._finished) and (deadline is None or time.monotonic() < deadline):
                raise_ended(background)
                self._wake.clear()
                pause = await self._fill_slots()
                if deadline is not None:
                    pause = min(pause, max(0.0, deadline - time.monotonic()))
                if pause > 0:
                    await wait_for(self._wake, pause)
                else:
                    await asyncio.sleep(0)
        finally:
            await self._drain(background)

    # --- claiming ------------------------------------------------------------------------------------------------

    async def _fill_slots(self) -> float:
        """Claim what fits. Returns how long to wait before the next look."""
        if not self._committer.healthy or self._upkeep.postgres_away:
            return _OUTAGE_POLL_SECONDS
        now = time.monotonic()
        if now >= self._next_poll:
            self._look_everywhere()
            self._next_poll = now + self._poll
        pause = self._next_poll - now
        room = self._most - self._busy
        gather = self._claimed_at + GATHER_SECONDS - now
        if room < self._enough and gather > 0 and not self._noticed_any:
            return min(pause, gather)
        free: list[tuple[FlowName, int]] = []
        for flow, lane in self._turn:
            if lane.more and room > 0 and (wait := seconds_until_claim(lane, now)) is not None:
                pause = min(pause, wait)
                if wait == 0:
                    free.append((flow, lane.free))
        if not free:
            return pause
        self._turn.append(self._turn.pop(0))
        wanted = fair_shares(free, room)
        self._noticed_any = False
        for flow in wanted:
            # A notification that comes while the claim runs is for the next one.
            self._lanes[flow].noticed = self._lanes[flow].more = False
        await self._claim(wanted, room)
        return 0.0

    async def _claim(self, wanted: dict[FlowName, int], room: int) -> None:
        try:
            tasks = await self._line.claim(wanted, room)
        except UNAVAILABLE as error:
            self._look_everywhere()
            self._upkeep.note_outage(error)
            return
        now = self._claimed_at = time.monotonic()
        got = dict.fromkeys(wanted, 0)
        self._held.add(tasks)
        for task in tasks:
            flow = (task.platform, task.flow)
            got[flow] += 1
            self._lanes[flow].waiting.append(task)
        self._busy += len(tasks)
        for flow, asked in wanted.items():
            lane = self._lanes[flow]
            lane.claimed_at = now
            lane.busy += got[flow]
            lane.more = lane.more or got[flow] == asked
            self._start_slot(lane)
        if tasks:
            failpoint("after_claim")

    def _noticed(self, payload: str) -> None:
        """A notification: the key of a flow; one without a platform, or empty, may concern any of ours."""
        if (lane := self._by_key.get(payload)) is not None:
            lane.more = lane.noticed = self._noticed_any = True
        elif "." in payload:
            return
        else:
            self._look_everywhere()
        self._wake.set()

    def _look_everywhere(self) -> None:
        for lane in self._lanes.values():
            lane.more = True
        self._wake.set()

    # --- running -------------------------------------------------------------------------------------------------

    def _start_slot(self, lane: Lane[R]) -> None:
        """Start one more slot when a task waits for it. Each slot calls this again before it runs something: slots
        multiply only while handlers wait for something, and those that do not are served by few of them."""
        lane.starting = False
        if lane.waiting and lane.slots < lane.concurrency and not self._stop:
            lane.slots += 1
            asyncio.create_task(self._slot(lane)).add_done_callback(lambda done: self._slot_ended(lane))

    async def _slot(self, lane: Lane[R]) -> None:
        """Run tasks of this flow, one after another, while some wait."""
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        assert this is not None
        until_yield = _TASKS_BEFORE_YIELD
        while lane.waiting:
            task = lane.waiting.popleft()
            if not self._held.holds(task):  # lost before it began
                self._free_slot(lane)
                continue
            if lane.waiting and not lane.starting:
                lane.starting = True
                loop.call_soon(self._start_slot, lane)
            run = self._running[task.id] = Run(this, loop.time(), lane)
            try:
                result = await lane.handler(task)
            except asyncio.CancelledError as error:
                if not this.cancelling():  # the handler's own doing
                    self._break(task, error)
                    continue
                if not run.overdue or lane.timed_out is None:
                    raise
                this.uncancel()
                result = lane.timed_out(task)
            except Exception as error:
                self._break(task, error)
                continue
            finally:
                if self._running.get(task.id) is run:  # lost and claimed anew, another slot runs it too
                    del self._running[task.id]
                self._free_slot(lane)
            if not self._committer.add(result):
                await self._committer.wait_for_room()
            until_yield -= 1
            if until_yield == 0:
                until_yield = _TASKS_BEFORE_YIELD
                await asyncio.sleep(0)

    def _free_slot(self, lane: Lane[R]) -> None:
        lane.busy -= 1
        self._busy -= 1
        if self._most - self._busy in (1, self._enough) or (lane.more and lane.free in (1, lane.enough)):
            self._wake.set()

    def _slot_ended(self, lane: Lane[R]) -> None:
        lane.slots -= 1
        self._start_slot(lane)  # one that was cancelled leaves tasks behind

    def _committed(self, group: Sequence[R], accepted: set[int]) -> None:
        for result in group:
            self._release(result.task)
            if result.delay is not None:
                self._look_after.set()  # it may be due before the next look
        self._on_committed(group, accepted)

    def _returned(self, tasks: Sequence[Task]) -> None:
        for task in tasks:
            self._release(task)
        self._on_given_back(len(tasks))

    def _break(self, task: Task, error: BaseException) -> None:
        """Let a task that broke the handler go: its lease runs out and it comes back, better late than counted as done."""
        log.error("a task broke the worker's own code", task=task.id, reason=repr(error))
        self._release(task, broken=True)

    def _release(self, task: Task, *, broken: bool = False) -> None:
        self._held.release(task, broken=broken)
        if self._until_idle and not self._held:
            self._look_after.set()
        if len(self._held.ended) >= _ENDED_LEASES:
            self._beat.set()

    # --- in the background ---------------------------------------------------------------------------------------

    def _background(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(lambda done: self._wake.set())
        return task

    async def _heartbeats(self) -> None:
        """Extend the leases of all that is held, several times per lease; drop what belongs to somebody else by now."""
        lease = self._settings.task_lease_seconds
        while True:
            self._beat.clear()
            await wait_for(self._beat, lease / 4)
            held, ended = self._held.tokens(), self._held.take_ended()
            if not held and not ended:
                continue
            try:
                extended = await self._queue.heartbeat(held, lease, ended=ended)
            except (*UNAVAILABLE, StoreUnavailableError) as error:
                self._held.ended += ended
                self._upkeep.note_outage(error)
                await asyncio.sleep(_OUTAGE_POLL_SECONDS)
                continue
            for task in self._held.lose(set(held) - extended):
                log.warning("a task was given to another worker and is dropped here", task=task.id)
                if (run := self._running.get(task.id)) is not None:
                    run.slot.cancel()

    async def _deadlines(self) -> None:
        """Cancel what runs past its flow's deadline: one look a second instead of a timer per task."""
        shortest = min((lane.deadline or math.inf for lane in self._lanes.values()), default=math.inf)
        while True:
            await asyncio.sleep(min(_DEADLINE_LOOK_SECONDS, shortest / 4))
            now = asyncio.get_running_loop().time()
            for run in list(self._running.values()):
                if (
                    run.lane.deadline is not None
                    and now - run.started > run.lane.deadline
                    and not run.overdue
                ):
                    run.overdue = True
                    run.slot.cancel()

    async def _keep_up(self, deadline: float | None) -> None:
        """Promote, expire, rescue; with nothing in hand, look what is left and when the next waiting task is due."""
        while True:
            self._look_after.clear()
            pause = PROMOTION_SECONDS
            if self._upkeep.postgres_away:
                await self._upkeep.probe()
                self._wake.set()
            elif await self._upkeep.run_due():
                self._look_everywhere()
            if not self._held and (left := await self._upkeep.open_work()) is not None:
                if self._until_idle and not self._held and self._is_done(left, deadline):
                    self._finished = True
                    self._wake.set()
                pause = self._poll
                self._say_waiting(left)
                if left.next_due_in is not None:
                    pause = min(pause, max(_LEAST_POLL_SECONDS, left.next_due_in))
            await asyncio.sleep(_LEAST_POLL_SECONDS)
            await wait_for(self._look_after, pause)

    def _say_waiting(self, left: OpenWork) -> None:
        """A run that is to end when nothing is left would seem to hang: now and then it says what it waits for."""
        now = time.monotonic()
        if not self._until_idle or left.pending or (left.next_due_in or 0.0) < _SAY_WAITING_SECONDS:
            return
        if now - self._said_waiting >= _SAY_WAITING_SECONDS:
            self._said_waiting = now
            log.info("only waiting tasks are left", next_is_due_in_seconds=round(left.next_due_in or 0.0))

    def _is_done(self, left: OpenWork, deadline: float | None) -> bool:
        """Whether nothing is left that could be run before the deadline, or soon where there is none."""
        now = time.monotonic()
        seconds = UNTIL_IDLE_WAIT_SECONDS if deadline is None else deadline - now
        if left.processing or (left.pending and not self._paused_for(seconds)):
            return False
        return left.next_due_in is None or left.next_due_in > seconds

    def _paused_for(self, seconds: float) -> bool:
        """Whether limits of ours let no flow that may have something to claim go on within so many seconds."""
        pauses = [lane.pause_left() for lane in self._lanes.values() if lane.more]
        return bool(pauses) and min(pauses) > seconds

    # --- the end -------------------------------------------------------------------------------------------------

    async def _drain(self, background: Sequence[asyncio.Task[None]]) -> None:
        """Let running tasks end, give back the rest, commit what is finished. Takes about `drain_seconds` at most."""
        self._stop = True
        seconds = self._settings.drain_seconds
        deadline = time.monotonic() + seconds
        for lane in self._lanes.values():
            lane.waiting.clear()
        await self._line.close()
        unfinished = {run.slot for run in self._running.values()}
        if unfinished:
            _, unfinished = await asyncio.wait(unfinished, timeout=seconds)
        await end_tasks(unfinished)
        self._committer.close()
        await asyncio.wait({background[0]}, timeout=max(2.0, deadline - time.monotonic()))
        await end_tasks(background)
        results = await asyncio.gather(*background, return_exceptions=True)
        await self._give_back_rest()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _give_back_rest(self) -> None:
        rest = self._held.tasks()
        try:
            async with asyncio.timeout(5):
                returned = await self._queue.give_back(rest) if rest else set()
                await self._queue.heartbeat((), 0, ended=[*self._held.tokens(), *self._held.take_ended()])
        except (*UNAVAILABLE, TimeoutError):
            log.warning(
                "Postgres is away: the leases of unfinished tasks run out by themselves", tasks=len(rest)
            )
            return
        self._on_given_back(len(returned))
