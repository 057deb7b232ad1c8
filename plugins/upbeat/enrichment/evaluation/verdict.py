"""May a version take the place of the active one? The rule, and why it is this one, stand in ADR 26. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from upbeat.enrichment.evaluation.fields import FIELDS
from upbeat.enrichment.evaluation.paired import PairedComparison, compare
from upbeat.enrichment.kinds import Kind

Verdict = Literal["not_worse", "worse", "undecided"]

MARGIN = 0.03
"""A loss of this share of the rows has to be excluded on every field."""

ALPHA_LOSS = 0.005
"""One-sided, for all fields of a kind together (Holm): how often a version that lost nothing is called worse, at most."""

ALPHA_MARGIN = 0.05
"""One-sided, for each field: how often a loss as large as the margin passes, at most. All fields have to pass, so that no share of it is
spent on there being several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All fields of a kind, and what follows.

    Attributes:
        lost: fields whose loss is beyond chance.
        open: fields on which a loss of the margin is not excluded, those without a label among them.
    """

    verdict: Verdict
    fields: tuple[PairedComparison, ...]
    lost: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def line(self) -> str:
        """The verdict with its reason, in one line."""
        if self.verdict == "worse":
            return f"worse: {', '.join(self.lost)} lost beyond chance"
        if self.verdict == "undecided":
            return f"undecided: too few rows to exclude a loss of {MARGIN:.0%} on {', '.join(self.open)}"
        return f"not worse: a loss of {MARGIN:.0%} is excluded on every field"


Scores = Mapping[str, Sequence[float | None]]
"""Field → score of each row, in the file's order; None where the row has no label of it."""


def judge(kind: Kind, active: Scores, candidate: Scores) -> Comparison:
    """Compare two versions on the same rows. Of a field that no row labels nothing is known: it stays open.

    Raises:
        ValueError: the scores are not of the same rows.
    """
    compared, unlabelled = [], []
    for rule in FIELDS[kind]:
        pairs = _pairs(active.get(rule.name, ()), candidate.get(rule.name, ()))
        if pairs:
            before, after = zip(*pairs, strict=True)
            compared.append(compare(rule.name, before, after, margin=MARGIN, is_binary=rule.is_binary))
        else:
            unlabelled.append(rule.name)
    return decide(compared, unlabelled)


def decide(compared: Sequence[PairedComparison], unlabelled: Sequence[str] = ()) -> Comparison:
    """The rule: a loss beyond chance is worse; else every field has to exclude the margin; else nothing is decided.

    Args:
        unlabelled: fields of the kind that were not compared.
    """
    if not compared:
        raise ValueError("no field was compared")
    lost = _holm(compared)
    still_open = (*(one.field for one in compared if one.p_margin > ALPHA_MARGIN), *unlabelled)
    verdict: Verdict = "worse" if lost else "undecided" if still_open else "not_worse"
    return Comparison(verdict=verdict, fields=tuple(compared), lost=lost, open=still_open)


def _holm(compared: Sequence[PairedComparison]) -> tuple[str, ...]:
    """The fields that lost, by Holm's step-down procedure (1979)."""
    found = []
    for place, one in enumerate(sorted(compared, key=lambda one: one.p_loss)):
        if one.p_loss > ALPHA_LOSS / (len(compared) - place):
            break
        found.append(one.field)
    return tuple(found)


def _pairs(active: Sequence[float | None], candidate: Sequence[float | None]) -> list[tuple[float, float]]:
    pairs = list(zip(active, candidate, strict=True))
    if any((before is None) != (after is None) for before, after in pairs):
        raise ValueError("the scores are not of the same rows")
    return [(before, after) for before, after in pairs if before is not None and after is not None]
