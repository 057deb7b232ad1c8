"""One request's wait is everybody's, and nobody comes back at the same moment."""

from __future__ import annotations

import asyncio
import random

from tests.unit.enrichment.manual_time import ManualTime

from upbeat.enrichment.shared_pause import SharedPause


def pause_of(time: ManualTime, seed: int = 1) -> SharedPause:
    return SharedPause(time.now, time.sleep, random.Random(seed).random)


async def test_without_a_pause_nobody_waits() -> None:
    time = ManualTime()

    assert await pause_of(time).keep(10) == 0
    assert time.slept == []


async def test_all_wait_until_the_end_of_the_longest_pause_and_come_back_one_after_another() -> None:
    time = ManualTime()
    pause = pause_of(time)
    pause.extend(20)
    pause.extend(4)
    back: list[float] = []

    async def ask() -> None:
        await pause.keep(60)
        back.append(time.now())

    tasks = [asyncio.create_task(ask()) for _ in range(10)]
    await time.run(*tasks)

    assert all(20 <= moment <= 25 for moment in back)
    assert len(set(back)) == 10


async def test_a_pause_that_grows_meanwhile_is_kept_to_its_new_end() -> None:
    time = ManualTime()
    pause = pause_of(time)
    pause.extend(2)
    task = asyncio.create_task(pause.keep(60))
    await asyncio.sleep(0)
    pause.extend(30)
    await time.run(task)

    assert 30 <= time.now() <= 40
    assert task.result() == time.now()


async def test_a_pause_longer_than_one_may_wait_is_not_waited_for() -> None:
    time = ManualTime()
    pause = pause_of(time)
    pause.extend(100)

    assert await pause.keep(60) == 0
    assert pause.left() == 100
