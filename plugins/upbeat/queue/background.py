"""Waiting for events and minding background tasks of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress


def raise_ended(background: Sequence[asyncio.Task[None]]) -> None:
    """Raise what ended a task that should run as long as the consumer."""
    for task in background:
        if task.done():
            task.result()
            raise RuntimeError(f"the {task.get_name()} of this worker ended")


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
