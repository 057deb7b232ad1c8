"""Background tasks end when they are told to, also those that a cancellation does not reach at once."""

from __future__ import annotations

import asyncio

import pytest

from upbeat.queue import background


async def test_a_task_that_lost_its_cancellation_to_another_error_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "_CANCEL_AGAIN_SECONDS", 0.01)
    lost = 0

    async def goes_on_after_errors() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    task = asyncio.create_task(goes_on_after_errors())
    await asyncio.sleep(0)
    await background.end_tasks([task])
    assert task.cancelled()
    assert lost == 3


async def test_what_a_task_raised_stays_in_it() -> None:
    async def breaks() -> None:
        raise ValueError("no")

    task = asyncio.create_task(breaks())
    await asyncio.wait({task})
    await background.end_tasks([task])
    with pytest.raises(ValueError, match="no"):
        task.result()
