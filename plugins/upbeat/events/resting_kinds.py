"""Which kinds of event the relay may claim now, and which rest: because little of them comes, or because of a refusal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from upbeat.logs import get_logger

log = get_logger(__name__)

SMALL_BATCH = 500
REST_SECONDS = 0.1
"""A kind rests after a smaller batch: a slow stream goes in ten batches a second, not in hundreds."""
FIRST_REFUSED_SECONDS = 0.5
LONGEST_REFUSED_SECONDS = 15.0


class RestingKinds:
    """Until when each kind rests, and why it was refused. A kind that waits holds up no other."""

    def __init__(self, kinds: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._kinds = list(kinds)
        self._clock = clock
        self._until: dict[str, float] = {}
        self._problems: dict[str, str] = {}
        self._waits: dict[str, float] = {}

    def awake(self) -> list[str]:
        """The kinds that may be claimed now."""
        now = self._clock()
        return [kind for kind in self._kinds if self._until.get(kind, now) <= now]

    def passed(self, kind: str, events: int, *, rest: bool) -> None:
        """A whole batch of so many events was taken; with `rest` a small one lets its kind rest."""
        if self._problems.pop(kind, None) is not None:
            log.info("events of a kind go on", kind=kind)
        self._waits.pop(kind, None)
        if rest and events < SMALL_BATCH:
            self._until[kind] = self._clock() + REST_SECONDS

    def refused(self, kind: str, problem: str) -> bool:
        """Something of the kind was refused; True the first time: it is tried again at once, then after longer and longer."""
        wait = self._waits.get(kind, 0.0)
        self._waits[kind] = min(max(FIRST_REFUSED_SECONDS, wait * 2), LONGEST_REFUSED_SECONDS)
        self._until[kind] = self._clock() + wait
        if wait and kind not in self._problems:
            log.warning("events of a kind wait", kind=kind, problem=problem)
        if wait:
            self._problems[kind] = problem
        return not wait

    def any_problem(self) -> str | None:
        """Why a kind waits; None when none was refused lately."""
        return next(iter(self._problems.values()), None)
