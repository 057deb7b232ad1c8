"""How often a key may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from upbeat.api.key_rates import KeyRates
from upbeat.errors import InputError, StoreUnavailableError
from upbeat.ratelimit import Decision, Limit, MemoryRateLimiter


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Counted(MemoryRateLimiter):
    """Stands for the limiter that all processes share; `away`: it does not answer."""

    asked = 0
    away = False

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        if self.away:
            raise StoreUnavailableError("Redis is away")
        self.asked += 1
        await asyncio.sleep(0)
        return await super().acquire(limits)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(clock: Clock) -> Counted:
    return Counted(clock=clock)


async def test_a_small_limit_is_kept_to_the_request(clock: Clock, shared: Counted) -> None:
    rates = KeyRates("3/min", lambda: shared, clock=clock)

    found = [await rates.take("ada", None) for _ in range(5)]

    assert [one.allowed for one in found] == [True, True, True, False, False]
    assert [one.remaining for one in found] == [2, 1, 0, 0, 0]
    assert found[-1].retry_after == 60.0
    assert found[-1].headers() == [
        (b"ratelimit-policy", b'"key";q=3;w=60'),
        (b"ratelimit", b'"key";r=0;t=60'),
    ]


async def test_a_refused_key_passes_when_it_was_told(clock: Clock, shared: Counted) -> None:
    rates = KeyRates("600/min", lambda: shared, clock=clock)
    await rates.take("ada", "1/min")
    refused = await rates.take("ada", "1/min")
    asked = shared.asked
    await rates.take("ada", "1/min")

    assert shared.asked == asked  # what is known to be refused is not asked for again

    clock.now += refused.retry_after
    assert (await rates.take("ada", "1/min")).allowed


async def test_two_processes_share_one_limit(clock: Clock, shared: Counted) -> None:
    first, second = (KeyRates("40/min", lambda: shared, clock=clock) for _ in range(2))

    passed = 0
    for _ in range(60):
        for rates in (first, second):
            passed += (await rates.take("ada", None)).allowed

    # A process may hold grants that it did not use.
    assert 38 <= passed <= 40


async def test_requests_at_once_are_all_counted(clock: Clock, shared: Counted) -> None:
    rates = KeyRates("50/min", lambda: shared, clock=clock)

    found = await asyncio.gather(*(rates.take("ada", None) for _ in range(80)))

    assert sum(one.allowed for one in found) == 50


async def test_keys_do_not_count_for_one_another(clock: Clock, shared: Counted) -> None:
    rates = KeyRates("1/min", lambda: shared, clock=clock)

    assert (await rates.take("ada", None)).allowed
    assert (await rates.take("bob", None)).allowed


async def test_while_redis_is_away_the_process_counts_alone_and_then_shares_again(
    clock: Clock, shared: Counted
) -> None:
    rates = KeyRates("5/min", lambda: shared, clock=clock)
    shared.away = True

    alone = [await rates.take("ada", None) for _ in range(7)]
    shared.away = False
    asked_alone = shared.asked
    clock.now += 60
    again = await rates.take("ada", None)

    assert [one.allowed for one in alone] == [True] * 5 + [False] * 2
    assert (asked_alone, again.allowed, shared.asked) == (0, True, 1)


def test_a_setting_that_is_no_rate_is_named() -> None:
    with pytest.raises(InputError, match="UPBEAT_API_KEY_RATE 'often' is not a rate"):
        KeyRates("often", MemoryRateLimiter)
