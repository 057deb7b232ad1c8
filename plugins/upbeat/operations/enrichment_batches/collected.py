"""What collecting has found: counts, and the problems of lines. Plain values, which go from task to task. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SHOWN_PROBLEMS = 5
TO_ASK_AGAIN = "to ask again"


@dataclass(kw_only=True)
class Problems:
    """Of lines that could not be used: the first ones, and how many there were."""

    shown: list[str] = field(default_factory=list)
    count: int = 0

    def note(self, problem: str) -> None:
        """Keep a problem; of many the first."""
        self.count += 1
        if len(self.shown) < SHOWN_PROBLEMS:
            self.shown.append(problem)

    def line(self, beside: str | None) -> str | None:
        """All in one line, behind what the provider said; None where all went well."""
        more = f"and {self.count - len(self.shown):,} more" if self.count > len(self.shown) else ""
        return "; ".join(part for part in (beside, *self.shown, more) if part) or None


@dataclass(frozen=True, kw_only=True)
class Collected:
    """Counts over the questions of batches.

    Attributes:
        batches: keys of those that were collected.
        answered: questions with a result; `repaired`: of them, those that took a repair.
        without_result: questions that are settled without one, by outcome: refused, filtered, truncated, malformed.
        to_ask_again: questions that no answer was kept for: the next plan asks them.
        facts: that this run told of creators.
        cost_nanodollars: of the batches; of repairs the ledger knows.
        problems: of lines that could not be used, the first ones of this run.
    """

    batches: list[str] = field(default_factory=list)
    answered: int = 0
    repaired: int = 0
    without_result: dict[str, int] = field(default_factory=dict)
    to_ask_again: int = 0
    facts: int = 0
    cost_nanodollars: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def unusable(self) -> int:
        """Questions that were asked and have no result, for whatever reason."""
        return sum(self.without_result.values()) + self.to_ask_again

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "unusable": self.unusable, "asked": self.answered + self.unusable}


def collected_of(
    rows: Iterable[Mapping[str, Any]], batches: list[str], *, facts: int, problems: list[str]
) -> Collected:
    """Of the rows of the statement `outcomes`."""
    rows = list(rows)
    by_outcome = {row["outcome"]: int(row["questions"]) for row in rows}
    return Collected(
        batches=batches,
        answered=by_outcome.pop("answered", 0),
        repaired=sum(int(row["repaired"]) for row in rows),
        to_ask_again=by_outcome.pop(TO_ASK_AGAIN, 0),
        without_result=by_outcome,
        facts=facts,
        cost_nanodollars=sum(int(row["cost"]) for row in rows),
        problems=problems[:SHOWN_PROBLEMS],
    )


def verdict(told: Mapping[str, Any], most_unusable_share: float) -> tuple[bool, str]:
    """Whether the share of unusable answers is what it may be, and the numbers in one sentence.

    Args:
        told: what `Collected.told` gave.
    """
    asked, unusable = int(told["asked"]), int(told["unusable"])
    parts = [f"{count:,} {outcome}" for outcome, count in sorted(told["without_result"].items())]
    parts += [f"{told['to_ask_again']:,} to be asked again"] if told["to_ask_again"] else []
    of = f" ({', '.join(parts)})" if parts else ""
    sentence = f"{unusable:,} of {asked:,} questions have no usable answer{of}"
    return unusable <= most_unusable_share * asked, sentence
