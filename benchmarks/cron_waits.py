"""How long something that arrives at any moment waits for schedules, one after another: arithmetic over real crons."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import croniter

DAY = 86_400
_BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
"""Of the days that are looked at; a Monday in the middle of nothing."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A DAG that moves what has arrived one step on.

    Attributes:
        crons: when it starts; more than one: whichever comes first. Empty: at once when the movement before it has ended.
        seconds: from its start by the schedule to the end of its last task.
    """

    name: str
    crons: Sequence[str]
    seconds: float


def latencies(movements: Sequence[Movement], *, step: float = 10.0, days: int = 7) -> list[float]:
    """Seconds from the arrival to the end of the last movement, for arrivals every `step` seconds over `days` days.

    What arrives while a movement runs waits for its next start: it has read its input already.
    """
    starts = [_starts(movement, days + 3) for movement in movements]
    found = []
    for number in range(int(days * DAY / step)):
        now = arrived = number * step
        for movement, begins in zip(movements, starts, strict=True):
            now = (begins[bisect_left(begins, now)] if movement.crons else now) + movement.seconds
        found.append(now - arrived)
    return found


def _starts(movement: Movement, days: int) -> list[float]:
    """Seconds from `_BEGIN` of all starts, in order."""
    found = []
    for cron in movement.crons:
        moments = croniter(cron, _BEGIN - timedelta(seconds=1))
        while (at := (moments.get_next(datetime) - _BEGIN).total_seconds()) < days * DAY:
            found.append(at)
    return sorted(found)
