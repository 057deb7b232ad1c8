"""One behaviour, over every limiter: in memory (the clock is held), in Redis, and the one that has both."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from upbeat.ratelimit import Limit, MemoryRateLimiter, RateLimiter, RedisRateLimiter, ResilientRateLimiter
from upbeat.settings import Settings
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess


@dataclass
class Backend:
    """A limiter and the way its time passes."""

    limiter: RateLimiter
    advance: Callable[[float], Awaitable[None]]
    now: Callable[[], float] = time.monotonic


def in_memory() -> Backend:
    now = 0.0

    async def advance(seconds: float) -> None:
        nonlocal now
        now += seconds

    return Backend(MemoryRateLimiter(clock=lambda: now), advance, lambda: now)


def url_where_nobody_listens() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"


@pytest.fixture(params=["memory", "redis", "resilient", "resilient without Redis"])
async def backend(request: pytest.FixtureRequest, redis_server: RedisProcess) -> AsyncIterator[Backend]:
    if request.param == "memory":
        backend = in_memory()
    elif request.param == "redis":
        backend = Backend(RedisRateLimiter(async_client(redis_server.settings)), asyncio.sleep)
    elif request.param == "resilient":
        redis_limiter = RedisRateLimiter(async_client(redis_server.settings))
        backend = Backend(ResilientRateLimiter(redis_limiter), asyncio.sleep)
    else:
        nowhere = async_client(Settings(redis_url=url_where_nobody_listens()))  # type: ignore[arg-type]
        backend = Backend(ResilientRateLimiter(RedisRateLimiter(nowhere)), asyncio.sleep)
    yield backend
    await backend.limiter.close()


async def allowed(backend: Backend, *limits: Limit) -> bool:
    return (await backend.limiter.acquire(limits)).allowed


async def test_as_many_pass_as_the_limit_says_and_no_more(backend: Backend) -> None:
    limit = Limit("key", 5, 60.0)
    assert [await allowed(backend, limit) for _ in range(8)] == [True] * 5 + [False] * 3


async def test_one_per_period_means_one_in_each_period(backend: Backend) -> None:
    limit = Limit("handle", 1, 0.25)
    for _ in range(4):
        asked = backend.now()
        assert await allowed(backend, limit)
        # Where the clock is not held, a period may pass between two questions.
        assert not await allowed(backend, limit) or backend.now() - asked >= limit.per_seconds
        await backend.advance(0.2501)


async def test_the_window_rolls_it_does_not_restart(backend: Backend) -> None:
    limit = Limit("key", 2, 0.8)
    assert await allowed(backend, limit)
    await backend.advance(0.4)
    asked = backend.now()
    assert await allowed(backend, limit)
    await backend.advance(0.45)
    assert await allowed(backend, limit)  # the first is out of the window
    # The second is not.
    assert not await allowed(backend, limit) or backend.now() - asked >= limit.per_seconds


async def test_a_request_needs_room_at_every_level(backend: Backend) -> None:
    wide, narrow = Limit("wide", 100, 600.0), Limit("narrow", 1, 600.0)
    assert await allowed(backend, wide, narrow)
    decision = await backend.limiter.acquire([wide, narrow])
    assert not decision.allowed
    assert decision.limited_by == "narrow"
    assert decision.retry_after == pytest.approx(600.0, abs=120.0)


async def test_a_refused_request_spends_nothing_at_any_level(backend: Backend) -> None:
    first, full, last = Limit("first", 3, 60.0), Limit("full", 1, 60.0), Limit("last", 3, 60.0)
    assert await allowed(backend, full)
    for _ in range(10):
        assert not await allowed(backend, first, full, last)
    assert [state.used for state in await backend.limiter.peek([first, full, last])] == [0, 1, 0]
    assert [await allowed(backend, first, last) for _ in range(4)] == [True, True, True, False]


async def test_the_longest_wait_is_the_one_that_is_told(backend: Backend) -> None:
    short, long = Limit("short", 1, 100.0), Limit("long", 1, 600.0)
    assert await allowed(backend, long, short)
    decision = await backend.limiter.acquire([long, short])
    assert decision.limited_by == "long"
    assert 480.0 < decision.retry_after <= 600.0


async def test_who_waits_as_told_gets_through(backend: Backend) -> None:
    limit = Limit("key", 2, 0.3)
    asked = backend.now()
    assert await allowed(backend, limit)
    assert await allowed(backend, limit)
    decision = await backend.limiter.acquire([limit])
    if decision.allowed:
        assert backend.now() - asked >= limit.per_seconds
        return
    assert 0.0 < decision.retry_after <= 0.3
    await backend.advance(decision.retry_after + 0.001)
    assert await allowed(backend, limit)


async def test_an_allowed_decision_names_no_wait(backend: Backend) -> None:
    decision = await backend.limiter.acquire([Limit("key", 1, 1.0)])
    assert (decision.allowed, decision.retry_after, decision.limited_by) == (True, 0.0, None)


async def test_a_request_that_nothing_binds_passes(backend: Backend) -> None:
    assert await allowed(backend)


async def test_requests_at_once_share_the_room_exactly(backend: Backend) -> None:
    limits = [Limit("source", 7, 60.0), Limit("global", 1_000, 60.0)]
    decisions = await asyncio.gather(*(backend.limiter.acquire(limits) for _ in range(300)))
    assert sum(decision.allowed for decision in decisions) == 7
    assert [state.used for state in await backend.limiter.peek(limits)] == [7, 7]


async def test_stacks_that_overlap_are_decided_one_after_another(backend: Backend) -> None:
    source = Limit("source", 20, 60.0)
    stacks = [[Limit(f"handle_{n % 5}", 1, 60.0), source] for n in range(30)]
    decisions = await asyncio.gather(*(backend.limiter.acquire(stack) for stack in stacks))
    assert [decision.allowed for decision in decisions] == [True] * 5 + [False] * 25
    (state,) = await backend.limiter.peek([source])
    assert state.used == 5


async def test_a_penalty_closes_a_limit_that_has_room(backend: Backend) -> None:
    limit, other = Limit("source", 100, 60.0), Limit("other", 100, 60.0)
    assert await allowed(backend, limit)
    asked = backend.now()
    await backend.limiter.penalise("source", 0.4)
    decision = await backend.limiter.acquire([other, limit])
    passed = backend.now() - asked
    assert decision.limited_by == "source" or passed >= 0.4
    assert 0.4 - passed - 0.05 <= decision.retry_after <= 0.4
    assert await allowed(backend, other)
    await backend.advance(0.41)
    assert await allowed(backend, other, limit)


async def test_a_shorter_penalty_does_not_end_a_longer_one(backend: Backend) -> None:
    limit = Limit("source", 100, 60.0)
    await backend.limiter.penalise("source", 300.0)
    await backend.limiter.penalise("source", 0.01)
    await backend.limiter.penalise("source", 0.0)
    assert (await backend.limiter.acquire([limit])).retry_after > 180.0


async def test_the_state_of_a_limit_can_be_read_without_spending(backend: Backend) -> None:
    limits = [
        Limit("half", 4, 600.0),
        Limit("full", 2, 600.0),
        Limit("unused", 9, 600.0),
        Limit("closed", 5, 600.0),
    ]
    for _ in range(2):
        assert await allowed(backend, *limits[:2])
    await backend.limiter.penalise("closed", 300.0)
    for _ in range(3):
        half, full, unused, closed = await backend.limiter.peek(limits)
    assert (half.used, half.remaining, half.retry_after) == (2, 2, 0.0)
    assert (full.used, full.remaining) == (2, 0)
    assert full.retry_after == pytest.approx(600.0, abs=120.0)
    assert (unused.used, unused.remaining, unused.retry_after) == (0, 9, 0.0)
    assert (closed.used, closed.remaining) == (0, 0)
    assert closed.penalty == closed.retry_after == pytest.approx(300.0, abs=120.0)


async def test_what_has_left_the_window_is_not_counted_as_used(backend: Backend) -> None:
    limit = Limit("key", 10, 0.3)
    for _ in range(4):
        assert await allowed(backend, limit)
    await backend.advance(0.31)
    asked = backend.now()
    assert await allowed(backend, limit)
    (state,) = await backend.limiter.peek([limit])
    assert state.used == 1 or (state.used == 0 and backend.now() - asked >= limit.per_seconds)


async def test_a_smaller_figure_counts_what_was_granted_under_the_larger_one(backend: Backend) -> None:
    for _ in range(6):
        assert await allowed(backend, Limit("key", 10, 60.0))
    assert not await allowed(backend, Limit("key", 5, 60.0))
    assert await allowed(backend, Limit("key", 7, 60.0))
    assert not await allowed(backend, Limit("key", 7, 60.0))


async def test_a_key_twice_in_one_stack_is_a_mistake_of_the_caller(backend: Backend) -> None:
    with pytest.raises(ValueError, match="twice"):
        await backend.limiter.acquire([Limit("key", 1, 1.0), Limit("key", 2, 1.0)])
