"""Redis goes, and comes back: nothing raises, nothing hangs, and the fleet stays within its caps all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs
from tests.integration.ratelimit.worker_process import Watched

from upbeat.ratelimit import Limit, Mode, RedisRateLimiter, ResilientRateLimiter
from upbeat.ratelimit.redis_limiter import WORKERS_KEY
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess


class Worker(ResilientRateLimiter):
    """A worker whose questions to Redis are counted."""

    def __init__(self, settings: Settings) -> None:
        self.redis = Watched(async_client(settings))
        super().__init__(self.redis)


@asynccontextmanager
async def fleet_on(server: RedisProcess, workers: int, **changed: float) -> AsyncIterator[list[Worker]]:
    """Workers that know of each other."""
    fleet = [Worker(server.settings.model_copy(update=changed)) for _ in range(workers)]
    for worker in fleet:
        await worker.acquire([Limit("hello", 1_000, 1.0)])
    await until(lambda: all(worker.live_workers == workers for worker in fleet))
    yield fleet
    await asyncio.gather(*(worker.close() for worker in fleet))


async def two_beats(fleet: list[Worker]) -> None:
    """Returns when each knows how many there are and what all have used: the first beat may have begun before that."""
    before = [worker.redis.snapshots for worker in fleet]
    await until(
        lambda: all(
            worker.redis.snapshots >= past + 2 and worker.live_workers == len(fleet)
            for worker, past in zip(fleet, before, strict=True)
        )
    )


async def until(holds: Callable[[], bool]) -> None:
    """Returns when it holds."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < 240, "it does not come to hold"
        await asyncio.sleep(0.005)


class Upstream:
    """Counts what reaches it: asked without a pause, through each worker's limiter."""

    def __init__(self, fleet: list[Worker], limit: Limit) -> None:
        self.limit = limit
        self.spans: list[tuple[float, float]] = []
        self.answered = dict.fromkeys(fleet, 0.0)
        self._asking = [asyncio.create_task(self._ask(worker)) for worker in fleet]

    async def _ask(self, worker: Worker) -> None:
        while True:
            before = time.monotonic()
            decision = await worker.acquire([self.limit])
            self.answered[worker] = before
            if decision.allowed:
                self.spans.append((before, time.monotonic()))
            await asyncio.sleep(0.002)

    async def end(self) -> None:
        """Stop asking. A request that failed makes this fail."""
        for asking in self._asking:
            asking.cancel()
        ended = await asyncio.gather(*self._asking, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    def since(self, moment: float) -> int:
        """How many passed that were asked for since then."""
        return sum(before >= moment for before, _ in self.spans)

    def assert_within_the_cap(self) -> None:
        """A grant happened between its question and its answer: N + 1 of them must span at least the period."""
        spans = sorted(self.spans)
        for first, last in zip(spans, spans[self.limit.amount :], strict=False):
            assert last[1] - first[0] >= self.limit.per_seconds - 0.002


@pytest.mark.parametrize(
    "limit", [Limit("short", 40, 1.0), Limit("long", 60, 6.0)], ids=lambda limit: limit.key
)
async def test_the_fleet_stays_within_its_cap_while_redis_goes_and_comes_back(
    own_redis: RedisProcess, limit: Limit
) -> None:
    a_while = max(3.0, limit.per_seconds)
    async with fleet_on(own_redis, 3) as fleet:
        upstream = Upstream(fleet, limit)
        await until(lambda: upstream.since(0) >= limit.amount)
        await two_beats(fleet)
        gone = time.monotonic()
        own_redis.kill()
        await asyncio.sleep(a_while)
        # None of them hangs, whether it may pass or not.
        await until(lambda: all(asked > gone for asked in upstream.answered.values()))
        await until(lambda: upstream.since(gone) >= limit.amount // 2)
        own_redis.start()
        await asyncio.sleep(a_while)
        await until(lambda: {worker.mode for worker in fleet} == {Mode.SHARED})
        shared = time.monotonic()
        await until(lambda: upstream.since(shared) >= limit.amount // 2)
        await upstream.end()
    upstream.assert_within_the_cap()


async def test_what_one_worker_used_up_the_others_do_not_use_again(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as (greedy, *others):
        for worker in others:
            assert (await worker.acquire([limit])).allowed
        for _ in range(28):
            assert (await greedy.acquire([limit])).allowed
        await two_beats([greedy, *others])  # the others see how full it is
        own_redis.kill()
        assert not any([(await worker.acquire([limit])).allowed for worker in (greedy, *others)])


async def test_each_worker_keeps_to_its_share_of_what_is_left(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as fleet:
        for worker in fleet:
            assert (await worker.acquire([limit])).allowed
        await two_beats(fleet)
        own_redis.kill()
        granted = [sum([(await worker.acquire([limit])).allowed for _ in range(30)]) for worker in fleet]
        assert granted == [9, 9, 9]


async def test_requests_made_without_redis_count_after_its_return(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as fleet:
        own_redis.kill()
        granted = sum([(await worker.acquire([limit])).allowed for worker in fleet for _ in range(5)])
        assert granted == 15
        await fleet[0].penalise("closed", 600.0)
        own_redis.start()
        await until(lambda: all(worker.mode is Mode.SHARED for worker in fleet))
        (state,) = await fleet[0].peek([limit])
        assert state.used == 15
        assert not (await fleet[1].acquire([Limit("closed", 10, 60.0)])).allowed


async def test_going_and_coming_back_are_said_once_and_nobody_has_to_ask_for_it(
    own_redis: RedisProcess,
) -> None:
    async with fleet_on(own_redis, 1) as (worker,):
        with capture_logs() as lines:
            own_redis.kill()
            for _ in range(200):
                await worker.acquire([Limit("source", 1_000, 60.0)])
            assert worker.mode is Mode.ALONE
            await asyncio.sleep(1.0)
            await asyncio.to_thread(own_redis.start)
            await until(lambda: worker.mode is Mode.SHARED)
        assert [line["event"] for line in lines] == [
            "rate limits fall back to memory: this worker keeps to its share",
            "rate limits are shared in Redis again",
        ]


async def test_a_server_that_hangs_costs_one_request_the_time_out_and_the_others_nothing(
    own_redis: RedisProcess,
) -> None:
    limit = Limit("source", 1_000, 60.0)
    async with fleet_on(own_redis, 1, redis_answer_seconds=0.25) as (worker,):
        await until(lambda: worker.mode is Mode.SHARED)
        before = worker.redis.decisions
        own_redis.freeze()
        try:
            for _ in range(100):
                assert (await worker.acquire([limit])).allowed
            # None, when it was the worker's beat that found the server hanging.
            assert worker.redis.decisions - before <= 1, "several of them waited for the server"
            assert worker.mode is Mode.ALONE
        finally:
            own_redis.thaw()
        await until(lambda: worker.mode is Mode.SHARED)


async def test_a_penalty_outlives_redis(own_redis: RedisProcess) -> None:
    limit = Limit("source", 100, 60.0)
    async with fleet_on(own_redis, 2) as (told, other):
        assert (await other.acquire([limit])).allowed
        await told.penalise("source", 600.0)
        await two_beats([told, other])
        own_redis.kill()
        for worker in (told, other):
            assert 300 < (await worker.acquire([limit])).retry_after <= 600


async def test_a_worker_that_starts_without_redis_uses_the_configured_number_of_workers(
    own_redis: RedisProcess,
) -> None:
    own_redis.kill()
    worker = ResilientRateLimiter(RedisRateLimiter(async_client(own_redis.settings)), live_workers=4)
    granted = sum([(await worker.acquire([Limit("source", 20, 60.0)])).allowed for _ in range(20)])
    assert granted == 5
    await worker.close()


async def test_a_worker_that_closes_signs_off(own_redis: RedisProcess) -> None:
    async with fleet_on(own_redis, 3):
        with own_redis.client() as client:
            assert client.zcard(WORKERS_KEY) == 3
    with own_redis.client() as client:
        assert client.zcard(WORKERS_KEY) == 0
