"""A caller waits, or is refused with the time to wait, as it chooses."""

from __future__ import annotations

import pytest

from upbeat.errors import ThrottledError
from upbeat.ratelimit import Limit, MemoryRateLimiter, acquire_or_wait


class Time:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


LIMIT = Limit("beat_server_beat_source_lama", 1, 2.0)


async def test_room_is_taken_without_waiting() -> None:
    time = Time()
    await acquire_or_wait(
        MemoryRateLimiter(clock=time.clock), [LIMIT], 0.0, clock=time.clock, sleep=time.sleep
    )
    assert time.slept == []


async def test_a_caller_that_may_wait_waits_just_long_enough() -> None:
    time = Time()
    limiter = MemoryRateLimiter(clock=time.clock)
    for _ in range(3):
        await acquire_or_wait(limiter, [LIMIT], 2.0, clock=time.clock, sleep=time.sleep)
    assert time.slept == [2.0, 2.0]


async def test_a_caller_that_may_not_wait_so_long_is_told_how_long_at_once() -> None:
    time = Time()
    limiter = MemoryRateLimiter(clock=time.clock)
    await acquire_or_wait(limiter, [LIMIT], 0.0, clock=time.clock, sleep=time.sleep)
    with pytest.raises(ThrottledError, match="beat_server_beat_source_lama has no room for 2 s") as refusal:
        await acquire_or_wait(limiter, [LIMIT], 1.9, clock=time.clock, sleep=time.sleep)
    assert refusal.value.retry_after == 2.0
    assert time.slept == []


async def test_waiting_in_turns_ends_when_the_time_is_up() -> None:
    """Somebody else takes the room each time: the total wait is bounded, not each single one."""
    time = Time()
    limiter = MemoryRateLimiter(clock=time.clock)
    await limiter.acquire([LIMIT])

    async def sleep_while_another_comes_first(seconds: float) -> None:
        await time.sleep(seconds)
        await limiter.acquire([LIMIT])

    with pytest.raises(ThrottledError):
        await acquire_or_wait(limiter, [LIMIT], 5.0, clock=time.clock, sleep=sleep_while_another_comes_first)
    assert time.slept == [2.0, 2.0]
