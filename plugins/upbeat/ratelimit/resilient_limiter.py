"""Limits that outlive Redis: shared while it is there, this worker's share of them while it is away.

State machine of one worker::

    SHARED ──Redis does not answer──► ALONE ──it answers: own grants are written down──► REJOINING ──settled──► SHARED
                                        ▲──────────────────Redis does not answer─────────────┘

The fleet stays within the caps through all of it, but for the cases that docs/adr/0004 lists:

- ALONE: each worker keeps to cap / live workers, and counts its part of what the fleet did before (`FleetView`).
  A window too short for such a view (5 s and less) is taken as full when Redis goes: nothing passes it for its period.
- REJOINING: until every other worker has had time to find Redis and write its grants down, a request needs room in
  the own share *and* in Redis.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from enum import StrEnum

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.ratelimit.fleet_view import PARTS, FleetView
from upbeat.ratelimit.limits import ALLOWED, Decision, Limit, LimitState
from upbeat.ratelimit.memory_limiter import MemoryRateLimiter
from upbeat.ratelimit.redis_limiter import RedisRateLimiter

log = get_logger(__name__)

SHORT_SECONDS = 5.0
"""Windows up to this long are over before a snapshot of them is of use."""

BEAT_SECONDS = 1.0
PROBE_SECONDS = 0.2
_LIFETIME_BEATS = 5


class Mode(StrEnum):
    """Who decides: see the module's state machine."""

    SHARED = "shared"
    ALONE = "alone"
    REJOINING = "rejoining"


class ResilientRateLimiter:
    """A `RedisRateLimiter` with a fallback. Never raises because Redis is away, and never waits for it twice.

    A task of its own, started by the first `acquire`, says every `BEAT_SECONDS` that this worker lives, and looks every
    `PROBE_SECONDS` for a Redis that is away; so an absent Redis costs one request the time-out, once.
    """

    def __init__(
        self,
        redis_limiter: RedisRateLimiter,
        *,
        live_workers: int = 1,
        worker_id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`live_workers` is what counts until Redis has told how many there are: the configured number of processes."""
        self.mode = Mode.SHARED
        self.live_workers = max(1, live_workers)
        self._redis = redis_limiter
        self._worker_id = worker_id or f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._clock = clock
        self._memory = MemoryRateLimiter(workers=self.live_workers, clock=clock)
        self._view = FleetView()
        self._has_answered = False
        self._fell_at = float("-inf")
        self._unrecorded_since = float("-inf")
        self._fell = asyncio.Event()
        self._contact: asyncio.Task[None] | None = None

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        """One decision over all levels, all or nothing, by Redis or by this worker's share."""
        self._stay_in_contact()
        decision = await self._decide(limits)
        for limit in limits:
            if limit.per_seconds > SHORT_SECONDS:
                self._view.asked(limit, granted=decision.allowed)
        return decision

    async def penalise(self, key: str, seconds: float) -> None:
        """Let nothing pass `key` for `seconds`: in the fleet, or in this worker until Redis is back."""
        await self._memory.penalise(key, seconds)
        if self.mode is not Mode.ALONE:
            try:
                await self._redis.penalise(key, seconds)
            except StoreUnavailableError as error:
                self._fall(error)

    async def peek(self, limits: Sequence[Limit]) -> list[LimitState]:
        """How full each limit is: the fleet's, or this worker's share without Redis."""
        if self.mode is not Mode.ALONE:
            try:
                return await self._redis.peek(limits)
            except StoreUnavailableError as error:
                self._fall(error)
        return await self._memory.peek(limits)

    async def close(self) -> None:
        """Sign this worker off and close the connection."""
        if self._contact is not None:
            # Again until it ends: a cancellation that meets a time-out inside the client is swallowed there.
            while not self._contact.done():
                self._contact.cancel()
                await asyncio.wait([self._contact], timeout=0.5)
        with contextlib.suppress(StoreUnavailableError):
            await self._redis.forget_worker(self._worker_id)
        await self._redis.close()

    async def _decide(self, limits: Sequence[Limit]) -> Decision:
        mode = self.mode
        if mode is not Mode.SHARED:
            decision = self._decide_alone(limits)
            if mode is Mode.ALONE or not decision.allowed:
                return decision
        try:
            decision = await self._redis.acquire(limits)
        except StoreUnavailableError as error:
            self._fall(error)
            # While rejoining, the own share has been spent already.
            return self._decide_alone(limits) if mode is Mode.SHARED else ALLOWED
        self._has_answered = True
        return decision

    def _decide_alone(self, limits: Sequence[Limit]) -> Decision:
        since = self._clock() - self._fell_at
        full = [
            (limit.per_seconds - since, limit.key)
            for limit in limits
            if since < limit.per_seconds <= SHORT_SECONDS
        ]
        return Decision(False, *max(full)) if full else self._memory.decide(limits)

    def _fall(self, error: StoreUnavailableError) -> None:
        """Decide alone from now on. Called by every request that fails; the first one does it."""
        if self.mode is Mode.ALONE:
            return
        if self.mode is Mode.SHARED:
            self._start_own_share()
        self.mode = Mode.ALONE
        self._fell.set()
        log.warning(
            "rate limits fall back to memory: this worker keeps to its share",
            live_workers=self._memory.workers,
            reason=str(error),
        )

    def _start_own_share(self) -> None:
        now = self._clock()
        penalties = self._memory.penalties() | self._view.penalties(now)
        self._memory = MemoryRateLimiter(workers=self.live_workers, clock=self._clock)
        for limit, ages in self._view.own_shares(self.live_workers, now).items():
            self._memory.seed(limit, ages)
        for key, seconds in penalties.items():
            self._memory.penalise_for(key, seconds)
        self._unrecorded_since = now
        if self._has_answered:
            self._fell_at = now

    def _stay_in_contact(self) -> None:
        if self._contact is None or self._contact.done():
            self._contact = asyncio.create_task(self._keep_contact())

    async def _keep_contact(self) -> None:
        while True:
            try:
                pause = await self._next_contact()
            except Exception:
                # A server that refuses these commands is a fault to report, not a reason to stop looking.
                log.exception("rate limits: contact with Redis failed")
                pause = BEAT_SECONDS
            # Not wait_for: before Python 3.12 it swallows a cancellation that meets the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._fell.wait()
            self._fell.clear()

    async def _next_contact(self) -> float:
        """Beat, probe or settle, as the mode asks; the seconds until the next time."""
        if self.mode is Mode.ALONE:
            await self._probe()
            # By then every other worker has looked for Redis too, and waited for its answer.
            return (
                PROBE_SECONDS + self._redis.answer_seconds if self.mode is Mode.REJOINING else PROBE_SECONDS
            )
        if await self._beat():
            # Only with a fresh view of the fleet: the next fall starts from it.
            self.mode = Mode.SHARED
        return BEAT_SECONDS

    async def _beat(self) -> bool:
        held = self._view.pending()
        try:
            self.live_workers = await self._register()
            windows = await self._redis.windows(list(held), parts=PARTS)
        except StoreUnavailableError as error:
            self._fall(error)
            return False
        self._has_answered = True
        self._view.update(windows, held, self._clock())
        return self.mode is not Mode.ALONE

    async def _probe(self) -> None:
        """Rejoin if Redis answers. How many workers live is not taken from this answer: the others come back as well."""
        with contextlib.suppress(StoreUnavailableError):
            await self._redis.drop_connections()
            await self._register()
            self.mode = Mode.REJOINING
        if self.mode is not Mode.REJOINING:
            return
        try:
            await self._write_down()
        except StoreUnavailableError as error:
            self._fall(error)
            return
        log.warning("rate limits are shared in Redis again")

    async def _write_down(self) -> None:
        """Tell Redis what passed here while it was away."""
        now = self._clock()
        await self._redis.record(self._memory.ages_since(self._unrecorded_since))
        self._unrecorded_since = now
        for key, seconds in self._memory.penalties().items():
            await self._redis.penalise(key, seconds)

    async def _register(self) -> int:
        # Each beat may wait for two answers: a worker whose Redis is slow lives all the same.
        beat = BEAT_SECONDS + 2 * self._redis.answer_seconds
        return await self._redis.register_worker(self._worker_id, lifetime=_LIFETIME_BEATS * beat)
