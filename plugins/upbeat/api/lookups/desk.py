"""The look-ups of one process: a task that is held from its start, run here at once, and stored as any task's result is.

One flight per subject: whoever asks for the same meanwhile, in whatever process, waits for the same task. What is not done when a
caller's time is over goes on; what cannot go on here (no room at a limit, a stop, an archive that is away) goes to the queue, where
any worker finds it, until it expires: who asked is gone by then, and its requests would be missing to those who wait.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from upbeat.api.lookups.outcomes import TaskState
from upbeat.api.lookups.subjects import Subject, task_keys, window_seconds
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState
from upbeat.crawlers.credential_validation import UpstreamValidator
from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import UpstreamHttp
from upbeat.credentials import CredentialCipher, CredentialPool
from upbeat.errors import InputError, StoreUnavailableError
from upbeat.ingestion.archive import RawArchive
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.process import commit_group
from upbeat.ingestion.retrieve import Retriever
from upbeat.ingestion.runner import TaskRunner
from upbeat.logs import get_logger
from upbeat.queue.store import TaskQueue, enqueue_claimed
from upbeat.queue.tasks import NewTask, Task
from upbeat.ratelimit import limiter_of
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE

SQL = load_statements(Path(__file__).with_name("queries.sql"))
PRIORITY = 100
"""Above all flows': somebody waits."""
MOST_RUNNING = 64
"""More look-ups at once go to the queue."""
LIMIT_WAIT_SECONDS = 1.0
"""How long a request waits for a limit before its source is passed over: as long as the limit per handle rests."""
ARCHIVE_DELAY_SECONDS = 5.0
STORE_AGAIN_SECONDS = 0.5
_LOOK_SECONDS = 0.2

log = get_logger("api.lookups")


class _Flight:
    """One subject that is being looked up; `task`, as it was seen last, is there once `begun` is set."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.task: TaskState | None = None
        self.running: asyncio.Task[TaskState] | None = None

    def see(self, task: TaskState) -> None:
        self.task = task
        self.begun.set()


class LookupDesk:
    """See the module. One per process; `lookup_desk` opens it."""

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]],
        runner: TaskRunner,
        archive: RawArchive,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._queue = TaskQueue(pool, task_log=settings.task_log_events)
        self._runner = runner
        self._archive = archive
        self._flights: dict[str, _Flight] = {}
        self._window = window_seconds(settings.api_lookup_cache_seconds)

    async def look_up(self, subject: Subject) -> TaskState:
        """Begin a look-up or join the one under way, and wait for its end, up to `api_lookup_seconds`.

        Returns:
            The task as it is then; one that has not ended goes on.

        Raises:
            StoreUnavailableError: Postgres is away.
        """
        flight = self._flights.get(subject.key)
        if flight is None:
            flight = self._flights[subject.key] = _Flight()
            flight.running = asyncio.create_task(self._fly(flight, subject))
            flight.running.add_done_callback(lambda done: self._landed(subject.key, done))
        assert flight.running is not None
        begun = asyncio.create_task(flight.begun.wait())
        try:
            await asyncio.wait({flight.running, begun}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({flight.running}, timeout=self._settings.api_lookup_seconds)
        finally:
            begun.cancel()
        if flight.running.done():
            return flight.running.result()
        assert flight.task is not None  # begun
        return flight.task

    async def close(self, drain_seconds: float) -> None:
        """Wait for what runs; what does not end in time goes back to the queue."""
        running = [flight.running for flight in self._flights.values() if flight.running is not None]
        if running:
            _, late = await asyncio.wait(running, timeout=drain_seconds)
            for flight in late:
                flight.cancel()
            if late:
                await asyncio.wait(late)

    def _landed(self, key: str, done: asyncio.Task[TaskState]) -> None:
        del self._flights[key]
        if not done.cancelled():
            done.exception()  # whoever waits has it; nobody may be left

    async def _fly(self, flight: _Flight, subject: Subject) -> TaskState:
        """Run a new task, unless there is one already. Raises `StoreUnavailableError`."""
        try:
            return await self._join_or_run(flight, subject)
        except (*UNAVAILABLE, PoolTimeout) as error:
            raise StoreUnavailableError("Postgres does not answer") from error

    async def _join_or_run(self, flight: _Flight, subject: Subject) -> TaskState:
        keys = task_keys(subject, time.time(), self._window)
        known = await self._newest(keys)
        if known is None:
            task = await self._begin(subject, keys[0])
            if task is not None:
                flight.see(TaskState(task.id, "PROCESSING"))
                return await self._run(task, subject)
            # Whoever was quicker may be done already.
            known = await self._newest(keys, ended_too=True)
        if known is None:
            raise StoreUnavailableError("the look-up that another process began is gone: ask again")
        return await self._watch(flight, known, keys)

    async def _begin(self, subject: Subject, key: str) -> Task | None:
        """A new task, held by this process; None where another has begun one, or it waits for a worker."""
        flow = subject.flow
        new = NewTask(
            idempotency_key=key,
            platform=flow.platform,
            flow=flow.name,
            params=subject.params,
            priority=PRIORITY,
            expires_at=datetime.now(UTC) + timedelta(seconds=self._settings.api_lookup_expiry_seconds),
        )
        if len(self._flights) > MOST_RUNNING:
            await self._queue.enqueue([new])
            return None
        worker = f"api:{socket.gethostname()}:{os.getpid()}"
        async with self._pool.connection() as connection:
            return await enqueue_claimed(connection, new, worker, self._settings.task_lease_seconds)

    async def _run(self, task: Task, subject: Subject) -> TaskState:
        """Run and store it; a stop at any moment gives it back, unless its end is committed."""
        try:
            outcome = await self._outcome(task, subject)
            return await (self._give_back(task) if outcome is None else self._store(task, outcome))
        except asyncio.CancelledError:
            await self._give_back(task)
            raise

    async def _outcome(self, task: Task, subject: Subject) -> Outcome | None:
        """Within its lease, so that no heartbeat is needed; what does not end by then (None) is a worker's."""
        try:
            async with asyncio.timeout(self._settings.task_lease_seconds * 0.8):
                return await self._runner.run(task, subject.flow)
        except TimeoutError:
            return None

    async def _store(self, task: Task, outcome: Outcome) -> TaskState:
        """Archive the raw answers, then commit rows, events and the end of the task as one transaction."""
        try:
            await self._archive.write([outcome])
        except Exception as error:
            # Nothing is committed without its raw answers, whatever keeps the archive from taking them.
            log.warning("the raw archive is away: a look-up waits for it", task=task.id, reason=str(error))
            return await self._give_back(task, ARCHIVE_DELAY_SECONDS)
        ours = await self._commit(outcome)
        await self._queue.heartbeat((), 0, ended=[task.lease_token])
        if task.id not in ours:
            return TaskState(task.id, "PENDING")
        return TaskState(task.id, outcome.status.value, outcome.data)

    async def _commit(self, outcome: Outcome) -> set[int]:
        """Tried again while Postgres is away: nobody else may run the task before its lease is found lost, a quarter of an hour on.

        A repeat is safe: what was committed is not ours any more.
        """
        until = time.monotonic() + self._settings.task_lease_seconds
        while True:
            try:
                async with self._pool.connection() as connection:
                    return await commit_group(connection, [outcome], task_log=self._settings.task_log_events)
            except (*UNAVAILABLE, PoolTimeout, StoreUnavailableError) as error:
                if time.monotonic() > until:
                    raise
                log.warning(
                    "Postgres is away: a look-up waits for it", task=outcome.task.id, reason=str(error)
                )
                await asyncio.sleep(STORE_AGAIN_SECONDS)

    async def _give_back(self, task: Task, delay: float = 0.0) -> TaskState:
        await self._queue.give_back([task], delay=delay)
        await self._queue.heartbeat((), 0, ended=[task.lease_token])
        return TaskState(task.id, "PENDING")

    async def _watch(self, flight: _Flight, known: TaskState, keys: list[str]) -> TaskState:
        """Look at a task that another process or a worker runs until it ends, as long as a caller waits at most."""
        until = time.monotonic() + self._settings.api_lookup_seconds
        flight.see(known)
        while not known.ended and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            known = await self._newest(keys, ended_too=True) or known
            flight.see(known)
        return known

    async def _newest(self, keys: list[str], *, ended_too: bool = False) -> TaskState | None:
        """The newest look-up that has not ended, or has so just now; one that expired has told nothing to anybody."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(SQL["newest_task"].encode(), {"keys": keys})
            row = await cursor.fetchone()
        if row is None or (row[3] is not None and row[3] > self._window and not ended_too):
            return None
        return TaskState(*row[:3])


@asynccontextmanager
async def lookup_desk(state: ApiState) -> AsyncIterator[LookupDesk]:
    """For `ApiState.part`: what look-ups need to reach the sources, open as long as the process serves."""
    settings, pool = state.settings, await state.open()
    try:
        cipher = CredentialCipher(settings)
    except InputError as error:
        raise ProblemError(503, "Not configured", str(error)) from error
    http, limiter = UpstreamHttp(settings), limiter_of(settings)
    credentials = CredentialPool(
        pool,
        cipher,
        validator=UpstreamValidator(settings, http, limiter),
        validation_hours=settings.credential_validation_hours,
    )
    retriever = Retriever(
        FallbackChain(settings, http, limiter, credentials),
        settings.limit_levels_interactive,
        max_wait=LIMIT_WAIT_SECONDS,
    )
    # One attempt: whoever waits is told what the sources said, and asks again if they want.
    runner = TaskRunner({"collection": retriever}, deadline=settings.task_deadline_seconds, max_attempts=1)
    desk = LookupDesk(settings, pool, runner, RawArchive(settings))
    try:
        yield desk
    finally:
        await desk.close(settings.api_drain_seconds)
        await http.close()
        await limiter.close()
