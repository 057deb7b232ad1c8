"""What keeps the queue moving beside the tasks themselves: promotion, expiry, rescue, and knowing that Postgres is away."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.queue.store import MAINTENANCE_BATCH, TaskQueue
from upbeat.queue.tasks import FlowName, OpenWork
from upbeat.settings import Settings
from upbeat.stores.postgres import UNAVAILABLE, async_pool

log = get_logger("queue.upkeep")

PROMOTION_SECONDS = 1.0
_RESCUE_SECONDS = 5.0


class QueueUpkeep:
    """Every worker does this; rows that another works on are skipped. While Postgres is away nothing raises."""

    def __init__(self, queue: TaskQueue, flows: Sequence[FlowName], stuck_after: float) -> None:
        self._queue = queue
        self._flows = flows
        self._stuck_after = stuck_after
        self._last_rescue = 0.0
        self.postgres_away = False

    async def run_due(self) -> bool:
        """Promote, expire and rescue what is due; bounded statements over small indexes. True when there is more to claim."""
        now = time.monotonic()
        rescued = 0
        try:
            promoted = await self._queue.promote_due(self._flows)
            if now - self._last_rescue >= min(_RESCUE_SECONDS, self._stuck_after):
                expired = await self._queue.expire()
                rescued = await self._queue.reap(self._stuck_after)
                # A full batch: there is more, and claims walk past expired tasks until they are marked.
                if max(expired, rescued) < MAINTENANCE_BATCH:
                    self._last_rescue = now
        except UNAVAILABLE as error:
            self.note_outage(error)
            return False
        if rescued:
            log.warning("tasks of workers that were lost go back to the queue", tasks=rescued)
        return bool(promoted or rescued)

    async def open_work(self) -> OpenWork | None:
        """What is left to do; None while nobody can tell."""
        try:
            return await self._queue.open_work(self._flows)
        except UNAVAILABLE as error:
            self.note_outage(error)
            return None

    def note_outage(self, error: Exception) -> None:
        """Postgres did not answer: claims stop until `probe` finds it back. Said once."""
        if not self.postgres_away:
            log.warning("Postgres is away: nothing is claimed until it is back", reason=str(error))
        self.postgres_away = True

    async def probe(self) -> None:
        """Look whether Postgres is back, when it was away."""
        if self.postgres_away and await self.open_work() is not None:
            log.info("Postgres is back")
            self.postgres_away = False


@dataclass(frozen=True, slots=True)
class Upkept:
    """How many tasks of lost workers went back, how many waiting ones became claimable, how many expired."""

    rescued: int
    promoted: int
    expired: int


async def keep_up(settings: Settings, flows: Sequence[FlowName]) -> Upkept:
    """Rescue, promote and expire all that is due now, whether any worker runs or not: each does the same for its own flows.

    Args:
        flows: whose waiting tasks are promoted; rescue and expiry are of all.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    try:
        async with async_pool(settings, max_size=1, application="upbeat:reaper") as pool:
            queue = TaskQueue(pool, task_log=settings.task_log_events)
            return Upkept(
                rescued=await _all(lambda: queue.reap(settings.stuck_after_seconds)),
                promoted=await _all(lambda: queue.promote_due(flows)),
                expired=await _all(queue.expire),
            )
    except UNAVAILABLE as error:
        raise StoreUnavailableError(f"Postgres does not answer: {error}") from error


async def wake(settings: Settings, flows: Sequence[FlowName]) -> int:
    """Make all waiting tasks of these flows claimable now; how many.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    try:
        async with async_pool(settings, max_size=1, application="upbeat:wake") as pool:
            queue = TaskQueue(pool, task_log=settings.task_log_events)
            return await _all(lambda: queue.wake(flows))
    except UNAVAILABLE as error:
        raise StoreUnavailableError(f"Postgres does not answer: {error}") from error


async def _all(step: Callable[[], Awaitable[int]]) -> int:
    """Batch after batch, until one is not full."""
    total = 0
    while True:
        done = await step()
        total += done
        if done < MAINTENANCE_BATCH:
            return total
