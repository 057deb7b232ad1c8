"""A pause that all requests of a client keep, so that one 429 slows its siblings, too."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

SPREAD = 0.25
"""After a pause requests come back within this share of it, not all at its end."""

LEAST_SPREAD_SECONDS = 0.05


@dataclass
class SharedPause:
    """Whoever is told to wait says so here; whoever wants to ask waits here.

    Attributes:
        now: seconds of a clock that does not go back.
    """

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    draw: Callable[[], float] = random.random
    until: float = float("-inf")
    length: float = 0.0

    def extend(self, seconds: float) -> None:
        """Nobody asks for so many seconds from now on; a longer pause stays."""
        if self.now() + seconds > self.until:
            self.until = self.now() + seconds
            self.length = seconds

    def left(self) -> float:
        """Seconds until the pause ends; 0 without one."""
        return max(0.0, self.until - self.now())

    async def keep(self, most: float) -> float:
        """Wait until no pause is left, then a moment that differs between requests; gives the seconds waited.

        Returns early, with the pause unkept (`left()` above 0), when it would take longer than `most` seconds.
        """
        started = self.now()
        while (left := self.left()) > 0:
            spread = self.draw() * max(LEAST_SPREAD_SECONDS, SPREAD * self.length)
            if self.now() - started + left > most:
                break
            await self.sleep(left + min(spread, max(0.0, most - left)))
        return self.now() - started
