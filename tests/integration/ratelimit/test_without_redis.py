"""Redis goes, and comes back: nothing raises, nothing hangs, and the fleet stays within its caps all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from upbeat.ratelimit import Limit, Mode, RedisRateLimiter, ResilientRateLimiter
from upbeat.ratelimit.redis_limiter import WORKERS_KEY
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess


@asynccontextmanager
async def fleet_on(server: RedisProcess, workers: int) -> AsyncIterator[list[ResilientRateLimiter]]:
    """Workers that know of each other."""
    fleet = [ResilientRateLimiter(RedisRateLimiter(async_client(server.settings))) for _ in range(workers)]
    for worker in fleet:
        await worker.acquire([Limit("hello", 1_000, 1.0)])
    await until(lambda: all(worker.live_workers == workers for worker in fleet), within=60.0)
    yield fleet
    await asyncio.gather(*(worker.close() for worker in fleet))


async def until(holds: Callable[[], bool], *, within: float) -> float:
    """Seconds until it holds."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < within, f"not within {within} s"
        await asyncio.sleep(0.005)
    return time.monotonic() - start


class Upstream:
    """Counts what reaches it: asked without a pause, through each worker's limiter."""

    def __init__(self, fleet: list[ResilientRateLimiter], limit: Limit) -> None:
        self.limit = limit
        self.spans: list[tuple[float, float]] = []
        self.slowest = 0.0
        self._asking = [asyncio.create_task(self._ask(worker)) for worker in fleet]

    async def _ask(self, worker: ResilientRateLimiter) -> None:
        while True:
            before = time.monotonic()
            decision = await worker.acquire([self.limit])
            after = time.monotonic()
            self.slowest = max(self.slowest, after - before)
            if decision.allowed:
                self.spans.append((before, after))
            await asyncio.sleep(0.002)

    async def end(self) -> None:
        """Stop asking. A request that failed makes this fail."""
        for asking in self._asking:
            asking.cancel()
        ended = await asyncio.gather(*self._asking, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended

    def between(self, start: float, end: float) -> int:
        return sum(1 for before, _ in self.spans if start <= before < end)

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
    async with fleet_on(own_redis, 3) as fleet:
        upstream = Upstream(fleet, limit)
        await asyncio.sleep(2.3)
        gone = time.monotonic()
        own_redis.kill()
        await asyncio.sleep(max(3.0, limit.per_seconds))
        back = time.monotonic()
        own_redis.start()
        await asyncio.sleep(max(3.0, limit.per_seconds))
        await upstream.end()
        assert {worker.mode for worker in fleet} == {Mode.SHARED}
    upstream.assert_within_the_cap()
    assert upstream.slowest < 5.0, "requests hung"
    assert upstream.between(0, gone) >= limit.amount
    assert upstream.between(gone, back) >= limit.amount // 2, "requests stopped without Redis"
    assert upstream.between(back, time.monotonic()) >= limit.amount // 2, "requests stopped after its return"


async def test_what_one_worker_used_up_the_others_do_not_use_again(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as (greedy, *others):
        for worker in others:
            assert (await worker.acquire([limit])).allowed
        for _ in range(28):
            assert (await greedy.acquire([limit])).allowed
        await asyncio.sleep(2.5)  # two beats: the others see how full it is
        own_redis.kill()
        assert not any([(await worker.acquire([limit])).allowed for worker in (greedy, *others)])


async def test_each_worker_keeps_to_its_share_of_what_is_left(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as fleet:
        for worker in fleet:
            assert (await worker.acquire([limit])).allowed
        await asyncio.sleep(2.5)
        own_redis.kill()
        granted = [sum([(await worker.acquire([limit])).allowed for _ in range(30)]) for worker in fleet]
        assert granted == [9, 9, 9]


async def test_requests_made_without_redis_count_after_its_return(own_redis: RedisProcess) -> None:
    limit = Limit("source", 30, 60.0)
    async with fleet_on(own_redis, 3) as fleet:
        own_redis.kill()
        granted = sum([(await worker.acquire([limit])).allowed for worker in fleet for _ in range(5)])
        assert granted == 15
        await fleet[0].penalise("closed", 60.0)
        own_redis.start()
        await until(lambda: all(worker.mode is Mode.SHARED for worker in fleet), within=60.0)
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
            await until(lambda: worker.mode is Mode.SHARED, within=60.0)
        assert [line["event"] for line in lines] == [
            "rate limits fall back to memory: this worker keeps to its share",
            "rate limits are shared in Redis again",
        ]


async def test_a_server_that_hangs_costs_one_request_the_time_out_and_the_others_nothing(
    own_redis: RedisProcess,
) -> None:
    limit = Limit("source", 1_000, 60.0)
    async with fleet_on(own_redis, 1) as (worker,):
        own_redis.freeze()
        try:
            start = time.monotonic()
            assert (await worker.acquire([limit])).allowed
            one = time.monotonic() - start
            start = time.monotonic()
            for _ in range(100):
                assert (await worker.acquire([limit])).allowed
            assert time.monotonic() - start < 20 * one, "several of them waited for the server, too"
        finally:
            own_redis.thaw()
        await until(lambda: worker.mode is Mode.SHARED, within=60.0)


async def test_a_penalty_outlives_redis(own_redis: RedisProcess) -> None:
    limit = Limit("source", 100, 60.0)
    async with fleet_on(own_redis, 2) as (told, other):
        assert (await other.acquire([limit])).allowed
        await told.penalise("source", 60.0)
        await asyncio.sleep(2.5)
        own_redis.kill()
        for worker in (told, other):
            assert (await worker.acquire([limit])).retry_after == pytest.approx(60, abs=4)


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
