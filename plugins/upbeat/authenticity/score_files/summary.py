"""What became of a file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from upbeat.authenticity.rules import FAKE, LIKELY_REAL, WEAK_SIGN

_SCORES = {"fake": FAKE, "weak_sign": WEAK_SIGN, "likely_real": LIKELY_REAL}


@dataclass(slots=True)
class Summary:
    """Counts of rows, and what was done with the columns.

    Attributes:
        rows: that the file has, good and broken.
        scores: how many rows have which score.
        seconds: that it took so far.
        columns: field of a follower → the column that it was taken from.
        kept_columns: other columns that stand in the output, in order.
        ignored_columns: other columns that do not.
        first_broken: line and reason of the first broken rows.
    """

    rows: int = 0
    scored: int = 0
    broken: int = 0
    scores: Counter[float] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    columns: dict[str, str] = field(default_factory=dict)
    kept_columns: list[str] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    first_broken: list[tuple[int, str]] = field(default_factory=list)

    @property
    def shares(self) -> dict[str, float | None]:
        """Of the scored rows: fake (1.0), weak sign (0.33), likely real (0.0); None without rows."""
        return {
            name: self.scores[score] / self.scored if self.scored else None for name, score in _SCORES.items()
        }

    @property
    def rows_per_second(self) -> float | None:
        """Scored rows by the time that all took; None before there is any."""
        return self.scored / self.seconds if self.scored and self.seconds else None

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "rows": self.rows,
            "scored": self.scored,
            "broken": self.broken,
            "shares": self.shares,
            "decided_by": dict(self.decided_by),
            "seconds": round(self.seconds, 3),
            "rows_per_second": self.rows_per_second and round(self.rows_per_second, 1),
            "columns": self.columns,
            "kept_columns": self.kept_columns,
            "ignored_columns": self.ignored_columns,
            "first_broken": [{"line": line, "reason": reason} for line, reason in self.first_broken],
        }
