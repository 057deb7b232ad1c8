"""Keeps a worker from walking through a whole backlog only to hear "no room" for every task of it."""

from __future__ import annotations

from collections.abc import Callable

# One refusal may concern a single handle; this many in a row concern what all tasks of the flow share.
_REFUSALS_IN_A_ROW = 8


class ThrottlePause:
    """Says until when a flow claims nothing, from what became of its last tasks.

    A pause lasts as long as the shortest wait among the refusals that led to it, so that no room is missed.
    """

    def __init__(self, clock: Callable[[], float], *, refusals: int = _REFUSALS_IN_A_ROW) -> None:
        self._clock = clock
        self._refusals = refusals
        self._in_a_row: list[float] = []
        self._until = 0.0

    @property
    def seconds_left(self) -> float:
        """Seconds until the flow may claim again; 0 when it may now."""
        return max(0.0, self._until - self._clock())

    def refused(self, retry_after: float) -> None:
        """A limit had no room for a task for `retry_after` seconds."""
        self._in_a_row.append(self._clock() + retry_after)
        if len(self._in_a_row) >= self._refusals:
            self._until = min(self._in_a_row)
            self._in_a_row.clear()

    def passed(self) -> None:
        """A task of the flow went through."""
        self._in_a_row.clear()
        self._until = 0.0
