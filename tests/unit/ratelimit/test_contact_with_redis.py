"""How long a worker gives the others, by how long an answer of Redis may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from upbeat.ratelimit import Limit, Mode, RedisRateLimiter, ResilientRateLimiter
from upbeat.ratelimit.redis_limiter import Window
from upbeat.settings import Settings
from upbeat.stores.redis import async_client


class Answering(RedisRateLimiter):
    """As a Redis that answers at once, though it might take long."""

    def __init__(self, answer_seconds: float) -> None:
        super().__init__(async_client(Settings(redis_answer_seconds=answer_seconds)))
        self.lifetimes: list[float] = []

    async def register_worker(self, worker_id: str, *, lifetime: float) -> int:
        self.lifetimes.append(lifetime)
        return 2

    async def windows(self, limits: Sequence[Limit], *, parts: int) -> list[Window]:
        return []

    async def record(self, grants: Mapping[Limit, Sequence[float]]) -> None:
        pass


@pytest.mark.parametrize("seconds", [0.25, 4.0])
async def test_the_others_have_as_long_to_find_redis_as_its_answer_may_take(seconds: float) -> None:
    limiter = ResilientRateLimiter(Answering(seconds))
    limiter.mode = Mode.ALONE
    assert await limiter._next_contact() == pytest.approx(0.2 + seconds)
    assert limiter.mode is Mode.REJOINING
    assert await limiter._next_contact() == 1.0
    assert limiter.mode is Mode.SHARED


@pytest.mark.parametrize("seconds", [0.25, 4.0])
async def test_a_worker_whose_every_beat_waits_for_two_answers_counts_as_living(seconds: float) -> None:
    redis = Answering(seconds)
    await ResilientRateLimiter(redis)._next_contact()
    assert redis.lifetimes == [5 * (1.0 + 2 * seconds)]
