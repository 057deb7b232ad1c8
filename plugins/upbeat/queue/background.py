"""Waiting for events and minding background tasks of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


def raise_ended(background: Sequence[asyncio.Task[None]]) -> None:
    """Raise what ended a task that should run as long as the consumer."""
    for task in background:
        if task.done():
            task.result()
            raise RuntimeError(f"the {task.get_name()} of this worker ended")


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set; it is set after so many seconds. Half the cost of `asyncio.timeout`."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
