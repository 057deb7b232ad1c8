"""Waiting for events and minding background tasks of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

_CANCEL_AGAIN_SECONDS = 2.0


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


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until all have ended; what they raised stays in them.

    Once is not enough: a driver that is cancelled in the middle of a statement asks the server to stop it, and where that
    fails, too, raises its own error instead of the cancellation. A loop that goes on after such errors would never end.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
