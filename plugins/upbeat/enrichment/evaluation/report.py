"""What an evaluation found: accuracy per field, outcomes, calibration, the scores that a comparison needs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from upbeat.enrichment.evaluation.calibration import Calibration, calibration
from upbeat.enrichment.evaluation.claims import OLD_FIGURES, claim
from upbeat.enrichment.evaluation.fields import FIELDS, FieldRule, FieldScore, score_field
from upbeat.enrichment.evaluation.intervals import Estimate, bootstrap_mean, share_of
from upbeat.enrichment.evaluation.labelled import LabelledRow
from upbeat.enrichment.evaluation.replies import Reply
from upbeat.enrichment.evaluation.verdict import Comparison
from upbeat.enrichment.kinds import Kind
from upbeat.enrichment.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReport:
    """One field. Rows without a label of it do not count; a row without a result counts as wrong and not answered.

    Attributes:
        measure: `exact`, `set_f1` (accuracy is the mean F1), `distribution` (accuracy is the share within a total variation distance of 0.2).
        coverage: share of the rows for which a value was given: null, no topics and no cities are none.
        of_answered: accuracy among those.
        accuracy: over all rows; an unknown is right where the label says that nobody could tell.
        distance: mean total variation distance; top_right: how often the largest part is the label's.
    """

    field: str
    measure: str
    coverage: Estimate
    of_answered: Estimate | None
    accuracy: Estimate
    distance: Estimate | None = None
    top_right: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Calls for the rows' answers, those of earlier runs too, and what this run added. Costs in nanodollars (10⁻⁹ US dollars)."""

    calls: int = 0
    repairs: int = 0
    cost_nanodollars: int = 0
    new_calls: int = 0
    new_cost_nanodollars: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One version on one labelled set. `claim` goes wherever the figures go."""

    claim: str
    is_sandbox: bool
    kind: Kind
    version: str
    fingerprint: str
    model: str
    labelled_set: str
    rows: int
    outcomes: dict[str, int]
    fields: tuple[FieldReport, ...]
    calibration: Calibration | None
    spent: Spent
    scores: dict[str, list[float | None]]

    @property
    def schema_failures(self) -> int:
        """Rows whose answer did not fit the schema, even when it was asked for again."""
        return self.outcomes.get("malformed", 0)

    def old_figure(self) -> dict[str, Any] | None:
        """What the old system reached, for a real model's figures alone."""
        old = OLD_FIGURES.get(self.kind)
        return None if self.is_sandbox or old is None else asdict(old)

    def as_report(
        self, comparison: Comparison | None = None, against: Evaluation | None = None
    ) -> dict[str, Any]:
        """For JSON: all figures, with the comparison where there is one, and what the other version's answers cost."""
        compared = None if comparison is None else {**asdict(comparison), "line": comparison.line}
        return {
            **asdict(self),
            "schema_failures": self.schema_failures,
            "old_system": self.old_figure(),
            "compared_with": against.version if against else None,
            "compared_spent": asdict(against.spent) if against else None,
            "comparison": compared,
        }


def evaluation(
    prompt: Prompt,
    rows: Sequence[LabelledRow],
    replies: Sequence[Reply],
    *,
    model: str,
    is_sandbox: bool,
    labelled_set: str,
    spent: Spent | None = None,
) -> Evaluation:
    """Score the replies to the rows, given in the same order."""
    scored = {rule.name: _scores(rule, rows, replies) for rule in FIELDS[prompt.kind]}
    return Evaluation(
        claim=claim(is_sandbox=is_sandbox),
        is_sandbox=is_sandbox,
        kind=prompt.kind,
        version=prompt.version,
        fingerprint=prompt.fingerprint(),
        model=model,
        labelled_set=labelled_set,
        rows=len(rows),
        outcomes=dict(Counter(reply.outcome for reply in replies)),
        fields=tuple(
            found for rule in FIELDS[prompt.kind] if (found := _field(rule, scored[rule.name])) is not None
        ),
        calibration=calibration(_confidences(prompt.kind, replies, scored)),
        spent=spent or Spent(),
        scores={
            name: [None if one is None else round(one.score, 6) for one in found]
            for name, found in scored.items()
        },
    )


def _scores(
    rule: FieldRule, rows: Sequence[LabelledRow], replies: Sequence[Reply]
) -> list[FieldScore | None]:
    return [
        score_field(rule, row.labels[rule.name], reply.result) if rule.name in row.labels else None
        for row, reply in zip(rows, replies, strict=True)
    ]


def _field(rule: FieldRule, scores: Sequence[FieldScore | None]) -> FieldReport | None:
    judged = [one for one in scores if one is not None]
    answered = [one for one in judged if one.is_answered]
    coverage, accuracy = share_of(len(answered), len(judged)), _accuracy(rule, judged)
    if coverage is None or accuracy is None:
        return None
    tops = [one.is_top_right for one in judged if one.is_top_right is not None]
    return FieldReport(
        field=rule.name,
        measure=rule.measure,
        coverage=coverage,
        of_answered=_accuracy(rule, answered),
        accuracy=accuracy,
        distance=bootstrap_mean([one.distance for one in judged if one.distance is not None]),
        top_right=share_of(sum(tops), len(tops)),
    )


def _accuracy(rule: FieldRule, scores: Sequence[FieldScore]) -> Estimate | None:
    if rule.is_binary:
        return share_of(sum(one.score == 1.0 for one in scores), len(scores))
    return bootstrap_mean([one.score for one in scores])


def _confidences(
    kind: Kind, replies: Sequence[Reply], scored: dict[str, list[FieldScore | None]]
) -> list[tuple[float, bool]]:
    """The stated confidence of each row whose labels cover all that it is about, and whether all of that was right."""
    names = [rule.name for rule in FIELDS[kind] if rule.counts_for_confidence]
    found = []
    for place, reply in enumerate(replies):
        scores = [scored[name][place] for name in names]
        said = (reply.result or {}).get("confidence")
        if isinstance(said, int | float) and not any(one is None for one in scores):
            found.append((float(said), all(one is not None and one.score == 1.0 for one in scores)))
    return found
