"""What a benchmark measured, and how it is summed up."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison. `ours` and `peer` hold one figure per repeat, measured in turn in the same run.

    Attributes:
        what: what was measured.
        unit: of the figures, `profiles/s`.
        peer_name: what it is compared to.
        target: the figure that ours has to reach; None where there is none.
        lower_is_better: for times and sizes.
        note: what somebody must know to read the figures.
    """

    what: str
    unit: str
    ours: list[float]
    peer: list[float]
    peer_name: str
    target: float | None = None
    lower_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better ours is, by the medians; None without a peer."""
        if not self.peer:
            return None
        ours, peer = median(self.ours), median(self.peer)
        return peer / ours if self.lower_is_better else ours / peer

    @property
    def meets_target(self) -> bool | None:
        """Whether the median reaches the target; None without one."""
        if self.target is None:
            return None
        return median(self.ours) <= self.target if self.lower_is_better else median(self.ours) >= self.target


def summed(figures: list[float]) -> str:
    """Median with range: `341 (329-352)`."""
    if not figures:
        return ""
    return f"{_short(median(figures))} ({_short(min(figures))}-{_short(max(figures))})"


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"
