"""A row of numbers as a row of bars, for tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The values as at most `width` bars, the largest as high as it goes; neighbours that share a bar are added up.

    A place with nothing is a space, so that a little is told from nothing.
    """
    share = max(1, -(-len(values) // width))
    stops = reversed(range(len(values), 0, -share))
    sums = [sum(values[max(0, stop - share) : stop]) for stop in stops]
    largest = max(sums, default=0)
    return "".join(_bar(value / largest) if largest else " " for value in sums)


def _bar(share: float) -> str:
    return _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))] if share > 0 else " "
