"""A refused request spends nothing at any level, whatever the caps and whoever asks at once: counted in Redis, exactly."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upbeat.ratelimit import Limit, RedisRateLimiter
from upbeat.stores.redis import async_client

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess

CALLERS = 32
AMOUNTS = st.fixed_dictionaries(
    {
        "daily": st.integers(1, 400),
        "minute": st.integers(1, 400),
        "handle": st.integers(1, 30),
        "source": st.integers(1, 400),
    }
)


@given(AMOUNTS, st.integers(1, 12), st.integers(1, 3), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_32_callers_at_once_each_level_counts_exactly_those_that_passed_all(
    redis_server: RedisProcess, amounts: dict[str, int], handles: int, processes: int, penalised: bool
) -> None:
    with redis_server.client() as client:
        client.flushall()
    passed = asyncio.run(ask(redis_server, amounts, handles, processes, penalised))
    with redis_server.client() as client:
        spent = {
            key.decode(): client.llen(key) for key in client.scan_iter() if not key.endswith(b":penalty")
        }
    assert spent == dict(passed)
    for level in ("daily", "minute", "source"):
        assert passed[level] <= amounts[level]
    assert all(passed[f"handle_{n}"] <= amounts["handle"] for n in range(handles))
    full = min(amounts["daily"], amounts["minute"], amounts["source"], amounts["handle"] * handles)
    assert passed["source"] == (0 if penalised else full), "room was left though more was asked for"


async def ask(
    server: RedisProcess, amounts: dict[str, int], handles: int, processes: int, penalised: bool
) -> Counter[str]:
    """How many requests passed, by the keys that they passed. Each limiter has connections of its own, as a process has."""
    limiters = [RedisRateLimiter(async_client(server.settings)) for _ in range(processes)]
    if penalised:
        await limiters[0].penalise("source", 60.0)
    passed: Counter[str] = Counter()
    # More than any caps allow, over all handles alike.
    requests = iter(range(handles * 31 + 401))

    async def caller(limiter: RedisRateLimiter) -> None:
        for number in requests:
            keys = {**amounts, f"handle_{number % handles}": amounts["handle"]}
            del keys["handle"]
            stack = [Limit(key, amount, 600.0) for key, amount in keys.items()]
            if (await limiter.acquire(stack)).allowed:
                passed.update(list(keys))

    await asyncio.gather(*(caller(limiters[n % processes]) for n in range(CALLERS)))
    for limiter in limiters:
        await limiter.close()
    return passed
