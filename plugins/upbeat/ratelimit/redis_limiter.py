"""The limits that all workers share: lists of grant times in Redis, decided by one script in one round trip.

A limit of N requests per P seconds keeps the times of its last N grants. A request passes when the N-th newest grant
is at least P old, so no window of P seconds, wherever it starts, holds more than N, and none is refused that would
have fitted. Each decision costs the same whatever N is; a key holds at most N times of 10 bytes and expires by itself.
Times are Redis' own: the clocks of the workers do not matter. Why not counters or buckets: docs/adr/0004.

Requests that ask while a decision is under way are decided together in the next one, so a busy process needs
few round trips. Needs Redis 6 or later. A stack's keys must be on one server: on Redis Cluster the script is refused
(CROSSSLOT), and hash tags would change the keys that the specification names.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from redis import exceptions
from redis.asyncio import Redis

from upbeat.errors import StoreUnavailableError, UpbeatError
from upbeat.ratelimit.limiter import require_distinct_keys
from upbeat.ratelimit.limits import ALLOWED, KEY_PREFIX, Decision, Limit, LimitState

WORKERS_KEY = f"{KEY_PREFIX}workers"

_BATCH = 128
_MICROSECONDS = 1_000_000
_AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    OSError,
)
# Before Redis 7 the reason stands inside the error of the script.
_AWAY_IN_SCRIPT = re.compile(r"(?:^|-)(?:OOM|READONLY|MISCONF|NOREPLICAS|MASTERDOWN|LOADING|BUSY)\b")


@dataclass(frozen=True, slots=True)
class Window:
    """A limit's state and when its grants happened.

    `ages` are the ages (s) of the newest grant of each of `len(ages)` equal parts of the window, oldest part first;
    part j of m ends with grant ceil(used * j / m).
    """

    state: LimitState
    ages: tuple[float, ...]


class RedisRateLimiter:
    """Stacked limits shared by every process on one Redis. Raises `StoreUnavailableError` when Redis is away.

    The client (`stores.redis.async_client`) gives up fast and never repeats a call; `close` closes it.

    Attributes:
        answer_seconds: how long the client waits for an answer.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client
        self.answer_seconds: float = client.connection_pool.connection_kwargs["socket_timeout"]
        self._acquire = _script(client, "acquire")
        self._penalise = _script(client, "penalise")
        self._inspect = _script(client, "inspect")
        self._record = _script(client, "record")
        self._heartbeat = _script(client, "heartbeat")
        self._waiting: deque[tuple[Sequence[Limit], asyncio.Future[Decision]]] = deque()
        self._deciding: asyncio.Task[None] | None = None

    async def acquire(self, limits: Sequence[Limit]) -> Decision:
        """One decision over all levels, all or nothing. A caller that gives up waiting may have spent its tokens."""
        if not limits:
            return ALLOWED
        require_distinct_keys(limits)
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting.append((limits, answer))
        if self._deciding is None or self._deciding.done():
            self._deciding = asyncio.create_task(self._decide_waiting())
        return await answer

    async def penalise(self, key: str, seconds: float) -> None:
        """Let nothing pass `key` for `seconds`, in any process."""
        if seconds > 0:
            async with _answering():
                await self._penalise(keys=[_penalty_key(key)], args=[_microseconds(seconds)])

    async def lift_penalty(self, key: str) -> float:
        """End the penalty of `key`; the seconds that it had left. Workers that decide alone keep the one they know."""
        async with _answering():
            left = await self._client.pttl(_penalty_key(key))
            await self._client.delete(_penalty_key(key))
        return max(0, int(left)) / 1_000

    async def peek(self, limits: Sequence[Limit]) -> list[LimitState]:
        """How full each limit is now."""
        return [window.state for window in await self.windows(limits, parts=0)]

    async def windows(self, limits: Sequence[Limit], *, parts: int) -> list[Window]:
        """The state of each limit, and when its grants happened, in at most `parts` parts."""
        if not limits:
            return []
        keys = [limit.key for limit in limits]
        figures = [(limit.amount, _microseconds(limit.per_seconds)) for limit in limits]
        async with _answering():
            answer = await self._inspect(
                keys=[*keys, *map(_penalty_key, keys)], args=[orjson.dumps(figures), parts]
            )
        return [_window(limit, found) for limit, found in zip(limits, orjson.loads(answer), strict=True)]

    async def record(self, grants: Mapping[Limit, Sequence[float]]) -> None:
        """Write down grants made without Redis, by their ages in seconds, so that they count in their windows."""
        made = {limit: ages for limit, ages in grants.items() if ages}
        if made:
            entries = [
                [_microseconds(limit.per_seconds), *map(_microseconds, ages)] for limit, ages in made.items()
            ]
            async with _answering():
                await self._record(keys=[limit.key for limit in made], args=[orjson.dumps(entries)])

    async def register_worker(self, worker_id: str, *, lifetime: float) -> int:
        """Say that this worker lives for `lifetime` more seconds; the number of workers that live, with this one."""
        async with _answering():
            return int(await self._heartbeat(keys=[WORKERS_KEY], args=[worker_id, int(lifetime * 1_000)]))

    async def forget_worker(self, worker_id: str) -> None:
        """This worker ends: the others' shares grow at their next beat."""
        async with _answering():
            await self._client.zrem(WORKERS_KEY, worker_id)

    async def drop_connections(self) -> None:
        """After a failure: connections to a server that is gone would each fail once more."""
        await self._client.connection_pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """Finish the decisions under way and close the client."""
        if self._deciding is not None:
            await asyncio.gather(self._deciding, return_exceptions=True)
        with suppress(*_AWAY):  # it is given up anyway
            await self._client.aclose()

    async def _decide_waiting(self) -> None:
        """Decide all who wait, a batch at a time, until nobody does."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]
            batch = [(limits, answer) for limits, answer in batch if not answer.done()]
            try:
                await self._answer(batch)
            except Exception as error:
                # Those behind would only wait out the same time-out.
                for _, answer in [*batch, *self._waiting]:
                    if not answer.done():
                        answer.set_exception(error)
                self._waiting.clear()

    async def _answer(self, batch: Sequence[tuple[Sequence[Limit], asyncio.Future[Decision]]]) -> None:
        if not batch:
            return
        try:
            decisions = await self._decide([limits for limits, _ in batch])
        except exceptions.ResponseError as error:
            # The script reads all keys before it writes any, so a foreign value under one key has cost nothing yet.
            if len(batch) > 1:
                for one in batch:
                    await self._answer([one])
                return
            limits, answer = batch[0]
            names = ", ".join(limit.key for limit in limits)
            refusal = UpbeatError(f"Redis cannot decide over {names}: {error}")
            refusal.__cause__ = error
            if not answer.done():
                answer.set_exception(refusal)
            return
        for (_, answer), decision in zip(batch, decisions, strict=True):
            if not answer.done():
                answer.set_result(decision)

    async def _decide(self, stacks: Sequence[Sequence[Limit]]) -> list[Decision]:
        index: dict[str, int] = {}
        requests = []
        for limits in stacks:
            request: list[int] = []
            for limit in limits:
                position = index.setdefault(limit.key, len(index) + 1)
                request += (position, limit.amount, round(limit.per_seconds * _MICROSECONDS))
            requests.append(request)
        keys = list(index)
        async with _answering():
            answer = await self._acquire(
                keys=[*keys, *map(_penalty_key, keys)], args=[orjson.dumps(requests)]
            )
        found = orjson.loads(answer)
        return [
            Decision(False, wait / _MICROSECONDS, keys[at - 1]) if wait else ALLOWED
            for wait, at in zip(found[::2], found[1::2], strict=True)
        ]


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Whatever means that Redis is away becomes the one error that says so."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailableError(f"Redis does not answer the rate limiter: {error}") from error
    except exceptions.ResponseError as error:
        if _AWAY_IN_SCRIPT.search(str(error)) is None:
            raise
        raise StoreUnavailableError(f"Redis takes no writes of the rate limiter: {error}") from error


def _script(client: Redis, name: str) -> Any:
    """A script of this folder; the client loads it into a server that does not know it (yet, or after a restart)."""
    return client.register_script((Path(__file__).parent / f"{name}.lua").read_text())


def _penalty_key(key: str) -> str:
    return f"{key}:penalty"


def _microseconds(seconds: float) -> int:
    return round(seconds * _MICROSECONDS)


def _window(limit: Limit, found: list[float]) -> Window:
    used, wait, penalty, *ages = found
    state = LimitState(limit, int(used), wait / _MICROSECONDS, penalty / _MICROSECONDS)
    return Window(state, tuple(age / _MICROSECONDS for age in ages))
