"""Ages of events as counts between fixed bounds: they add up over processes and minutes, which percentiles do not. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

LAG_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
"""Upper bounds in seconds, each inclusive; one more count stands for what is older. A change makes stored minutes wrong."""


def lag_counts(lags: Iterable[float]) -> list[int]:
    """How many lags (seconds) lie up to each bound and above the one before; negative ones (clocks differ) count as 0."""
    # The lags of a batch come nearly in order: sorting them costs less than to look up each.
    ordered = sorted(lags)
    below = [bisect_right(ordered, bound) for bound in LAG_BOUNDS] + [len(ordered)]
    return [upper - lower for lower, upper in zip([0, *below], below, strict=False)]


def add_counts(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The counts of both; the shorter one counts as zeros behind its end."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return [*map(sum, zip(longer, shorter, strict=False)), *longer[len(shorter) :]]


def quantile(counts: Sequence[int], share: float, largest: float) -> float | None:
    """The lag in seconds that `share` (0 to 1) of the events do not exceed; None when there are none.

    Between two bounds events count as evenly spread, so that the error is at most the width of that step. `largest` is
    the greatest lag seen: no answer lies above it.
    """
    wanted = share * sum(counts)
    seen, lower = 0, 0.0
    for place, count in enumerate(counts):
        upper = LAG_BOUNDS[place] if place < len(LAG_BOUNDS) else largest
        if count and seen + count >= wanted:
            inside = lower + (upper - lower) * max(0.0, wanted - seen) / count
            return max(0.0, min(inside, largest))
        seen, lower = seen + count, upper
    return None
