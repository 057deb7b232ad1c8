"""Time that passes only where a client sleeps."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field


@dataclass
class ManualTime:
    """A clock in seconds; `run` moves it from one sleeper's end to the next, while nothing else is under way."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    _one_more: asyncio.Event = field(default_factory=asyncio.Event)
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._one_more.set()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.seconds + seconds, len(self.slept), future))
        await future

    async def until_slept(self, times: int) -> None:
        """Until so many have gone to sleep."""
        while len(self.slept) < times:
            self._one_more.clear()
            await self._one_more.wait()

    async def jump(self, seconds: float) -> None:
        """A sleep of one task alone: the clock jumps."""
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    async def run(self, *tasks: asyncio.Task[object]) -> None:
        """Until the tasks are done."""
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            if self._sleepers:
                self.seconds, _, future = heapq.heappop(self._sleepers)
                future.set_result(None)
