"""What a stage (relay, sink, listeners) did with the events of one kind, as numbers that add up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from upbeat.events.lag_histogram import add_counts, lag_counts

Stage = Literal["relay", "sink", "listen"]


@dataclass(slots=True)
class StageCounts:
    """Events that passed, the batches they passed in, events parked, and the ages of those that passed.

    Attributes:
        lags: counts between `lag_histogram.LAG_BOUNDS`, of seconds from an event's writing to this stage's success.
        lag_sum, lag_max: in seconds.
    """

    events: int = 0
    batches: int = 0
    parked: int = 0
    lags: list[int] = field(default_factory=lambda: lag_counts([]))
    lag_sum: float = 0.0
    lag_max: float = 0.0

    @classmethod
    def of(cls, events: int, batches: int, parked: int, lags: Sequence[float]) -> StageCounts:
        """The counts of one batch; a negative lag (clocks differ) counts as none."""
        largest, total = max((0.0, *lags)), sum(lags)
        return cls(events, batches, parked, lag_counts(lags), max(0.0, total), largest)

    def add(self, other: StageCounts) -> None:
        """Count the other's, too."""
        self.events += other.events
        self.batches += other.batches
        self.parked += other.parked
        self.lags = add_counts(self.lags, other.lags)
        self.lag_sum += other.lag_sum
        self.lag_max = max(self.lag_max, other.lag_max)
