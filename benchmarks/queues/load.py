"""What every queue is given to do: the same tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event

EXPIRES = datetime.now(UTC) + timedelta(days=2)


def key(number: int) -> str:
    """The idempotency key of a task."""
    return f"instagram:profile_by_handle:handle_{number:07d}:2026-11-22T14:00Z"


def params(number: int) -> dict[str, str]:
    """Its parameters."""
    return {"handle": f"handle_{number:07d}"}


def priority(number: int) -> int:
    """One of three."""
    return 1 + number % 3


async def no_work() -> None:
    """The handler of the full-life benchmark: what is measured is the queue."""


async def paced(enqueue: Callable[[int], Awaitable[object]], rate: int, tasks: int) -> dict[int, int]:
    """Call `enqueue` with 0, 1, 2, … at this rate, one after another; the time of each commit on the monotonic clock, in ns."""
    committed: dict[int, int] = {}
    begun = time.monotonic()
    for number in range(tasks):
        ahead = begun + number / rate - time.monotonic()
        if ahead > 0:
            await asyncio.sleep(ahead)
        await enqueue(number)
        committed[number] = time.monotonic_ns()
    return committed


async def until(stop: Event) -> None:
    """Return when another process sets `stop`."""
    while not stop.is_set():  # noqa: ASYNC110 (no asyncio event: another process sets it)
        await asyncio.sleep(0.05)
