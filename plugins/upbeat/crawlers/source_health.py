"""When a failing source is left alone: a rule over consecutive passing failures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

TOLERATED_FAILURES = 3
FIRST_PENALTY_SECONDS = 1.0
LONGEST_PENALTY_SECONDS = 60.0


@dataclass(slots=True)
class SourceHealth:
    """Counts the passing failures (5xx, time-outs, lost connections) that each source had in a row, in this process.

    Requests that were under way when a source began to be left alone fail with it: they do not count again.
    """

    clock: Callable[[], float] = time.monotonic
    _in_a_row: dict[str, int] = field(default_factory=dict)
    _alone_until: dict[str, float] = field(default_factory=dict)

    def succeeded(self, source: str) -> None:
        """The source answered: it is well."""
        self._in_a_row.pop(source, None)

    def failed(self, source: str, retry_after: float | None) -> float:
        """How many seconds nobody should ask the source; 0.0 for a failure that may be an accident.

        `retry_after` is what the source asked for itself, which holds at once. Else the third failure in a row costs
        1 s, and each further one twice as long, up to a minute.
        """
        now = self.clock()
        if retry_after is None and now < self._alone_until.get(source, now):
            return 0.0
        failures = self._in_a_row[source] = self._in_a_row.get(source, 0) + 1
        seconds = _penalty(failures) if retry_after is None else retry_after
        self._alone_until[source] = max(self._alone_until.get(source, now), now + seconds)
        return seconds


def _penalty(failures: int) -> float:
    beyond = failures - TOLERATED_FAILURES
    if beyond < 0:
        return 0.0
    return min(FIRST_PENALTY_SECONDS * 2.0 ** min(beyond, 10), LONGEST_PENALTY_SECONDS)
