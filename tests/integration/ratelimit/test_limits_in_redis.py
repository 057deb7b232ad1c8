"""What is particular to Redis: what it keeps, for how long, and many processes on one server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upbeat.errors import StoreUnavailableError, UpbeatError
from upbeat.ratelimit import (
    ALL_LEVELS,
    Figures,
    Limit,
    Mode,
    Rate,
    RedisRateLimiter,
    ResilientRateLimiter,
    limits_for,
)
from upbeat.ratelimit.redis_limiter import WORKERS_KEY
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess


HAMMER = Path(__file__).with_name("hammer.py")


@pytest.fixture
async def limiter(redis_server: RedisProcess) -> AsyncIterator[RedisRateLimiter]:
    limiter = RedisRateLimiter(async_client(redis_server.settings))
    yield limiter
    await limiter.close()


async def test_the_keys_are_those_of_the_specification_and_expire_by_themselves(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    figures = Figures(
        handle=Rate(1, 30)
    )  # the spec's second would be over before a loaded machine has looked
    await limiter.acquire(limits_for(ALL_LEVELS, source="graphapi", handle="nasa", figures=figures))
    with redis_server.client() as client:
        seconds = {key.decode(): client.ttl(key) for key in client.scan_iter()}
    assert seconds == {
        "beat_server_beat_global_daily": pytest.approx(86_400, abs=20),
        "beat_server_beat_global_minute": pytest.approx(60, abs=20),
        "beat_server_beat_handle_nasa": pytest.approx(30, abs=20),
        "beat_server_beat_source_graphapi": pytest.approx(3_600, abs=20),
    }


async def test_a_refused_request_leaves_no_trace(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    full, other = Limit("full", 1, 60.0), Limit("other", 5, 60.0)
    await limiter.acquire([full])
    with redis_server.client() as client:
        before = {key: client.lrange(key, 0, -1) for key in client.scan_iter()}
        assert not (await limiter.acquire([other, full])).allowed
        assert {key: client.lrange(key, 0, -1) for key in client.scan_iter()} == before


async def test_a_key_never_holds_more_times_than_its_amount(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    limit = Limit("key", 3, 0.02)
    for _ in range(20):
        await limiter.acquire([limit])
        await asyncio.sleep(0.01)
    with redis_server.client() as client:
        assert client.llen("key") <= 3


async def test_a_full_day_of_requests_fits_into_a_quarter_of_a_megabyte(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    limit = Limit("day", 20_000, 86_400.0)
    for _ in range(200):
        await asyncio.gather(*(limiter.acquire([limit]) for _ in range(100)))
    assert not (await limiter.acquire([limit])).allowed
    with redis_server.client() as client:
        assert client.memory_usage("day", samples=0) < 256 * 1024


GAPS = st.lists(st.integers(0, 30).map(lambda n: n / 1_000), min_size=5, max_size=40)


@given(GAPS, st.integers(1, 4), st.integers(10, 80).map(lambda n: n / 1_000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_rolling_window_by_the_servers_clock_holds_more_than_the_amount(
    redis_server: RedisProcess, gaps: list[float], amount: int, per_seconds: float
) -> None:
    key = f"key_{time.monotonic_ns()}"
    allowed = asyncio.run(drive(redis_server.settings, [Limit(key, amount, per_seconds)], gaps))
    assert allowed > 0


async def drive(settings: Settings, limits: list[Limit], gaps: list[float]) -> int:
    """Ask after each gap. A second, never trimmed key notes the server's time of every grant, for the check."""
    limiter = RedisRateLimiter(async_client(settings))
    log = Limit(f"{limits[0].key}_log", 10_000, 60.0)
    allowed = sum(
        [(await asyncio.sleep(gap), (await limiter.acquire([*limits, log])).allowed)[1] for gap in gaps]
    )
    client = async_client(settings)
    times = [int(time) for time in await client.lrange(log.key, 0, -1)]
    await client.aclose()
    await limiter.close()
    assert len(times) == allowed
    for limit in limits:
        for first, last in zip(times, times[limit.amount :], strict=False):
            assert last - first >= limit.per_seconds * 1e6
    return allowed


def test_processes_on_one_server_never_leak_a_token(redis_server: RedisProcess) -> None:
    start, seconds = time.time() + 2.0, 2.0
    command = [sys.executable, str(HAMMER), redis_server.url, str(start), str(seconds)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    granted = sum(int(process.communicate(timeout=240)[0]) for process in processes)
    with redis_server.client() as client:
        times = [int(time) for time in client.lrange("global", 0, -1)]
    assert len(times) == granted, "a grant was told without being written, or written without being told"
    assert granted >= 300, "hardly anything passed: the test has shown nothing"
    assert times == sorted(times)
    for first, last in zip(times, times[200:], strict=False):
        assert last - first >= 500_000


async def test_a_server_that_forgot_the_script_is_taught_it_again(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    limit = Limit("key", 2, 60.0)
    assert (await limiter.acquire([limit])).allowed
    with redis_server.client() as client:
        client.script_flush()
    assert (await limiter.acquire([limit])).allowed
    assert not (await limiter.acquire([limit])).allowed


async def test_a_foreign_value_under_a_key_is_named_and_costs_the_others_nothing(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    with redis_server.client() as client:
        client.set("taken", "not a list")
    good, shared = Limit("good", 10, 60.0), Limit("shared", 10, 60.0)
    answers = await asyncio.gather(
        limiter.acquire([good, shared]),
        limiter.acquire([Limit("taken", 1, 1.0), shared]),
        limiter.acquire([good, shared]),
        return_exceptions=True,
    )
    assert isinstance(answers[1], UpbeatError)
    assert "taken" in str(answers[1])
    assert [state.used for state in await limiter.peek([good, shared])] == [2, 2]


async def test_a_caller_that_left_before_the_decision_spends_nothing(limiter: RedisRateLimiter) -> None:
    limit = Limit("key", 10, 60.0)
    asking = asyncio.create_task(limiter.acquire([limit]))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.sleep(0.05)
    assert (await limiter.acquire([limit])).allowed
    (state,) = await limiter.peek([limit])
    assert state.used == 1


async def test_an_absent_server_is_an_error_with_a_name(own_redis: RedisProcess) -> None:
    limiter = RedisRateLimiter(async_client(own_redis.settings))
    own_redis.kill()
    answers = await asyncio.gather(
        *(limiter.acquire([Limit("key", 1, 1.0)]) for _ in range(300)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {StoreUnavailableError}
    await limiter.close()


@pytest.mark.parametrize("state", ["full", "replica"])
async def test_a_server_that_takes_no_writes_is_as_good_as_absent(
    own_redis: RedisProcess, state: str
) -> None:
    limiter = RedisRateLimiter(async_client(own_redis.settings))
    resilient = ResilientRateLimiter(RedisRateLimiter(async_client(own_redis.settings)))
    with own_redis.client() as client:
        if state == "full":
            client.config_set("maxmemory", "1")
        else:
            client.replicaof("127.0.0.1", "1")
        with pytest.raises(StoreUnavailableError, match="Redis"):
            await limiter.acquire([Limit("key", 1, 60.0)])
        with pytest.raises(StoreUnavailableError, match="Redis"):
            await limiter.register_worker("one", lifetime=5.0)
        assert (await resilient.acquire([Limit("key", 1, 60.0)])).allowed
        assert resilient.mode is Mode.ALONE
    await limiter.close()
    await resilient.close()


async def test_the_windows_of_a_limit_tell_when_its_requests_went_out(limiter: RedisRateLimiter) -> None:
    limit = Limit("key", 100, 60.0)
    await limiter.record({limit: [9.0, 1.0, 70.0, 5.0, 5.0, 3.0]})
    (window,) = await limiter.windows([limit], parts=3)
    assert window.state.used == 5
    since = window.ages[-1] - 1.0
    assert since >= 0
    assert [age - since for age in window.ages] == pytest.approx((5.0, 3.0, 1.0), abs=0.01)


async def test_grants_made_elsewhere_are_merged_in_order_of_time(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    limit = Limit("key", 5_000, 60.0)
    await limiter.record({limit: [age / 100 for age in range(2_000)]})
    assert (await limiter.acquire([limit])).allowed
    await limiter.record({limit: [0.005 + age / 100 for age in range(2_500)], Limit("none", 1, 1.0): []})
    with redis_server.client() as client:
        times = [int(time) for time in client.lrange("key", 0, -1)]
        assert client.exists("none") == 0
    assert len(times) == 4_501
    assert times == sorted(times)
    assert (await limiter.peek([limit]))[0].used == 4_501


async def test_live_workers_are_counted_and_dead_ones_are_not(
    limiter: RedisRateLimiter, redis_server: RedisProcess
) -> None:
    assert await limiter.register_worker("one", lifetime=240.0) == 1
    assert await limiter.register_worker("two", lifetime=240.0) == 2
    assert await limiter.register_worker("one", lifetime=240.0) == 2
    await asyncio.sleep(0.15)
    assert await limiter.register_worker("three", lifetime=0.1) == 1
    await limiter.forget_worker("three")
    with redis_server.client() as client:
        assert client.exists(WORKERS_KEY) == 0
