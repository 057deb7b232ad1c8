"""Which fields of a kind are judged, and how one answer is scored against one label. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from upbeat.enrichment.evaluation import plain_values
from upbeat.enrichment.evaluation.city_names import city_key
from upbeat.enrichment.kinds import Kind

Measure = Literal["exact", "set_f1", "distribution"]
CLOSE = 0.2
"""Two distributions are near enough when their total variation distance is not above this."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How a field is judged.

    Attributes:
        is_nullable: whether null is an answer: nobody could tell from the text.
        counts_for_confidence: whether the stated confidence is about this field, too.
        parts: of a distribution, the names that make the key of a share.
    """

    name: str
    measure: Measure = "exact"
    is_nullable: bool = False
    counts_for_confidence: bool = True
    parts: tuple[str, ...] = ()

    @property
    def is_binary(self) -> bool:
        """Whether a score is 0 or 1."""
        return self.measure != "set_f1"

    def plain(self, value: Any) -> Any:
        """A label or an answer in the form that is compared. Raises `ValueError` with what it must be."""
        if value is None:
            if not self.is_nullable:
                raise ValueError("must not be null: leave the field out where it is not known")
            return None
        if self.measure == "set_f1":
            return plain_values.topics(value)
        if self.measure == "distribution":
            return plain_values.shares(value, self.parts)
        if not isinstance(value, str) or not value.strip():
            raise ValueError("must be a text")
        return _EXACT[self.name](value)


_EXACT = {
    "gender": plain_values.gender,
    "country": plain_values.country,
    "city": city_key,
    "category": plain_values.category,
    "language": plain_values.language,
}

FIELDS: dict[Kind, tuple[FieldRule, ...]] = {
    "base_gender": (FieldRule(name="gender"),),
    "base_location": (
        FieldRule(name="country", is_nullable=True),
        FieldRule(name="city", is_nullable=True),
    ),
    "categ_lang_topics": (
        FieldRule(name="category"),
        FieldRule(name="language"),
        FieldRule(name="topics", measure="set_f1", counts_for_confidence=False),
    ),
    "audience_age_gender": (
        FieldRule(name="age_ranges", measure="distribution", parts=("range",)),
        FieldRule(name="gender_distribution", measure="distribution", parts=("gender",)),
    ),
    "audience_cities": (FieldRule(name="cities", measure="distribution", parts=("city", "country")),),
}
"""All of them are primary: a version that loses one of them is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldScore:
    """One field of one row.

    Attributes:
        score: 0 to 1; of a distribution 1 when it is within `CLOSE`, an empty one being near an empty one alone.
        is_answered: whether a value was given: null and no result are none.
        distance: total variation distance, of a distribution that was given.
        is_top_right: whether its largest part is the label's.
    """

    score: float
    is_answered: bool
    distance: float | None = None
    is_top_right: bool | None = None


def score_field(rule: FieldRule, label: Any, result: Mapping[str, Any] | None) -> FieldScore:
    """Score an answer.

    Args:
        label: as `FieldRule.plain` gives it.
        result: the answer; None where there is none of use, which is wrong.
    """
    if result is None or rule.name not in result:
        return FieldScore(score=0.0, is_answered=False)
    try:
        given = rule.plain(result[rule.name])
    except ValueError:
        return FieldScore(score=0.0, is_answered=result[rule.name] is not None)
    if given is None or label is None:
        return FieldScore(score=float(given is None and label is None), is_answered=given is not None)
    if rule.measure == "exact":
        return FieldScore(score=float(given == label), is_answered=True)
    if rule.measure == "set_f1":
        return FieldScore(score=set_f1(label, given), is_answered=bool(given))
    distance = total_variation(label, given)
    is_close = bool(label) == bool(given) and distance <= CLOSE + _ROUNDING
    return FieldScore(
        score=float(is_close),
        is_answered=bool(given),
        distance=distance,
        is_top_right=not (label or given) or bool(_tops(label) & _tops(given)),
    )


def set_f1(label: frozenset[str], given: frozenset[str]) -> float:
    """Harmonic mean of precision and recall, 2·|A ∩ B| / (|A| + |B|); 1 for two empty sets."""
    size = len(label) + len(given)
    return 2 * len(label & given) / size if size else 1.0


def total_variation(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Half the sum of the absolute differences, 0 to 1; what is missing to 1 counts as one more part, the rest."""
    keys = {*first, *second}
    rests = [max(0.0, 1 - sum(shares.values())) for shares in (first, second)]
    apart = sum(abs(first.get(key, 0.0) - second.get(key, 0.0)) for key in keys)
    return min(1.0, (apart + abs(rests[0] - rests[1])) / 2)


def _tops(shares: Mapping[str, float]) -> frozenset[str]:
    """The largest parts: several where they are equal."""
    most = max(shares.values(), default=0.0)
    return frozenset(key for key, share in shares.items() if share >= most - _ROUNDING)
