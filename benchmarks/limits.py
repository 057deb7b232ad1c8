"""How many requests a second are decided over four stacked limits, and does a refused one cost a token?

Everyone uses one Redis (redis-py with hiredis, uvloop, connections kept open) from one process on this machine, with the same four
limits: global a day, global a minute, per handle (50 of them), per source. We decide over all four at once, with the limiter of the
workers; the peers (`limit_peers`) are asked level after level. Nothing is refused, but where that is what is counted. After every
run of ours the tokens in Redis are counted: at each level as many as requests that passed.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

import redis
import uvloop

from benchmarks.limit_peers import PEERS, Ask, Peer
from benchmarks.private_stack import private_stack
from benchmarks.rows import Row, summed
from upbeat.ratelimit import Limit, Mode, ResilientRateLimiter, limiter_of
from upbeat.settings import Settings

REPEATS = 5
CALLERS = 32
HANDLES = 50
REQUESTS = 32_000
PEER_REQUESTS = 6_400
ALONE_REQUESTS = 2_000
NARROW_REQUESTS = 4_000
RATIO = 3.0
WIDE = 1_000_000
Stack = Callable[[int], Sequence[Limit]]
"""The limits of the n-th request."""


def wide(number: int) -> Sequence[Limit]:
    """Nothing is refused and no list is full."""
    return _stack(number, daily=(WIDE, 86_400), minute=(WIDE, 60), handle=(WIDE, 60), source=(WIDE, 3_600))


def full(number: int) -> Sequence[Limit]:
    """Grants leave their window at once, so each one cuts off the oldest entry of lists as long as ours get."""
    return _stack(number, daily=(20_000, 0.001), minute=(60, 0.001), handle=(20, 0.001), source=(850, 0.001))


def narrow(number: int) -> Sequence[Limit]:
    """After 500 requests the last level refuses, when three others had room."""
    return _stack(number, daily=(WIDE, 86_400), minute=(WIDE, 60), handle=(WIDE, 60), source=(500, 3_600))


def _stack(
    number: int,
    *,
    daily: tuple[int, float],
    minute: tuple[int, float],
    handle: tuple[int, float],
    source: tuple[int, float],
) -> Sequence[Limit]:
    return (
        Limit("bench_daily", *daily),
        Limit("bench_minute", *minute),
        Limit(f"bench_handle_{number % HANDLES}", *handle),
        Limit("bench_source", *source),
    )


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours and each peer in turn, `REPEATS` times."""
    rounds: dict[str, list[float]] = {}
    with private_stack(["redis"]) as settings:
        for repeat in range(REPEATS):
            figures = _round(settings)
            for name, figure in figures.items():
                rounds.setdefault(name, []).append(figure)
            shown = ", ".join(f"{name} {figure:,.0f}" for name, figure in figures.items())
            say(f"repeat {repeat + 1} of {REPEATS}: {shown}")
        leaked = {name: _leaked_by(settings, peer) for name, peer in PEERS.items()}
        leaked_here = _measure_ours(settings, narrow, NARROW_REQUESTS, CALLERS)[1]
    say(f"tokens spent by refused requests: ours {leaked_here}, peers {leaked}")
    assert leaked_here == 0
    return _rows(rounds, leaked)


def _rows(rounds: dict[str, list[float]], leaked: dict[str, int]) -> list[Row]:
    best = max(PEERS, key=lambda name: median(rounds[name]))
    alone = max(PEERS, key=lambda name: median(rounds[f"{name}, alone"]))
    all_peers = "; ".join(f"{name} {summed(rounds[name])}" for name in PEERS)
    refused = ", ".join(f"{name} {tokens}" for name, tokens in leaked.items())
    return [
        Row(
            what=f"four limits, {CALLERS} concurrent",
            unit="decisions/s",
            ours=rounds["ours"],
            peer=rounds[best],
            peer_name=f"the best peer, {best}",
            target=RATIO * median(rounds[best]),
            note=f"the target is {RATIO:g} times the best peer; {all_peers}; tokens that {NARROW_REQUESTS - 500} refused "
            f"requests spent over all levels: ours 0, {refused}",
        ),
        Row(
            what=f"four limits with full keys, {CALLERS} concurrent",
            unit="decisions/s",
            ours=rounds["ours, full keys"],
            peer=rounds[best],
            peer_name=f"the best peer, {best}, whose counters are never full",
            note="each grant cuts off the oldest entry of lists of 20,000, 850, 60 and 20",
        ),
        Row(
            what="four limits, a single caller",
            unit="decisions/s",
            ours=rounds["ours, alone"],
            peer=rounds[f"{alone}, alone"],
            peer_name=f"the best peer, {alone}",
            note="nobody to share a call with: one round trip against one for each level",
        ),
    ]


def _round(settings: Settings) -> dict[str, float]:
    figures = {
        "ours": _measure_ours(settings, wide, REQUESTS, CALLERS)[0],
        "ours, full keys": _measure_ours(settings, full, REQUESTS, CALLERS)[0],
        "ours, alone": _measure_ours(settings, wide, ALONE_REQUESTS, 1)[0],
    }
    for name, peer in PEERS.items():
        for callers, requests, said in (
            (CALLERS, PEER_REQUESTS, name),
            (1, ALONE_REQUESTS, f"{name}, alone"),
        ):
            _empty(settings)
            passed, figures[said] = uvloop.run(_peer_run(settings, peer, wide, requests, callers))
            assert passed == requests, f"{name} refused what it should not"
    return figures


def _measure_ours(settings: Settings, stack: Stack, requests: int, callers: int) -> tuple[float, int]:
    """Decisions a second, and how many tokens were spent without a grant at any level."""
    _empty(settings)

    async def work() -> tuple[int, float]:
        limiter = limiter_of(settings)
        try:
            warm_up = 22_000 if stack is full else callers
            warm, _ = await _drive(lambda limits: _passes(limiter, limits), stack, warm_up, callers)
            passed, speed = await _drive(lambda limits: _passes(limiter, limits), stack, requests, callers)
            assert limiter.mode is Mode.SHARED, "Redis went away: this measured something else"
            return warm + passed, speed
        finally:
            await limiter.close()

    passed, speed = uvloop.run(work())
    counted = _tokens(settings)
    if stack is full:
        assert counted == {"daily": 20_000, "minute": 60, "handle": 20 * HANDLES, "source": 850}, counted
        return speed, 0
    assert min(counted.values()) >= passed, f"{passed} passed, written down are {counted}"
    return speed, sum(tokens - passed for tokens in counted.values())


async def _passes(limiter: ResilientRateLimiter, limits: Sequence[Limit]) -> bool:
    return (await limiter.acquire(limits)).allowed


async def _peer_run(
    settings: Settings, peer: Peer, stack: Stack, requests: int, callers: int
) -> tuple[int, float]:
    async with peer(settings.redis_dsn()) as ask:
        await _drive(ask, stack, callers, callers)
        await asyncio.to_thread(_empty, settings)
        return await _drive(ask, stack, requests, callers)


async def _drive(ask: Ask, stack: Stack, requests: int, callers: int) -> tuple[int, float]:
    """How many of so many requests passed, and how many were decided a second."""
    numbers = iter(range(requests))

    async def caller() -> int:
        return sum([await ask(stack(number)) for number in numbers])

    started = time.perf_counter()
    passed = await asyncio.gather(*(caller() for _ in range(callers)))
    return sum(passed), requests / (time.perf_counter() - started)


def _leaked_by(settings: Settings, peer: Peer) -> int:
    """Tokens that a peer's refused requests spent: three levels count every request, and 500 pass."""
    _empty(settings)
    asked: Counter[bool] = Counter()

    async def work() -> None:
        async with peer(settings.redis_dsn()) as ask:

            async def counting(limits: Sequence[Limit]) -> bool:
                passed = await ask(limits)
                asked[passed] += 1
                return passed

            await _drive(counting, narrow, NARROW_REQUESTS, CALLERS)

    uvloop.run(work())
    with redis.Redis.from_url(settings.redis_dsn()) as client:
        spent = sum(int(client.get(key) or 0) for key in client.scan_iter(count=1000))
    return spent - 4 * asked[True]


def _tokens(settings: Settings) -> dict[str, int]:
    """What our keys hold, by level."""
    counted: Counter[str] = Counter()
    with redis.Redis.from_url(settings.redis_dsn()) as client:
        for key in client.scan_iter(match="bench_*", count=1000):
            counted[key.decode().split("_")[1]] += client.llen(key)
    return dict(counted)


def _empty(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_dsn()) as client:
        client.flushall()
