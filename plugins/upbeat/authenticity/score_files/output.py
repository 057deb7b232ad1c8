"""What a scored row says: the columns of the output and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from upbeat.authenticity.follower import Follower, ModelScore, RuleScore

RULE_COLUMNS = (
    "score", "decided_by", "lang_flag", "digits", "digits_flag", "special_char_flag", "similarity", "is_known_name",
    "script", "latin_name", "matched_name",
)  # fmt: skip
MODEL_COLUMNS = ("model_probability", "model_reasons")
MOST_REASONS = 3


def column_names(kept: Sequence[str], *, with_model: bool) -> tuple[str, ...]:
    """The columns of the output. A kept column with a name that stands there already gets `input_` before it."""
    names = ["handle", "full_name", *RULE_COLUMNS, *(MODEL_COLUMNS if with_model else ())]
    for name in kept:
        while name in names:
            name = f"input_{name}"
        names.append(name)
    return tuple(names)


def row(
    follower: Follower,
    rules: RuleScore,
    model: ModelScore | None,
    kept: Sequence[Any],
    *,
    with_model: bool,
) -> list[Any]:
    """The values of a row in the order of `column_names`.

    `model_reasons` are the strongest few, `feature` and its share in the log-odds; None where the model knows too little.
    """
    values = [follower.handle, follower.full_name, *(getattr(rules, name) for name in RULE_COLUMNS)]
    if with_model:
        values.append(None if model is None else model.probability)
        values.append(None if model is None else _reasons(model))
    return [*values, *kept]


def _reasons(model: ModelScore) -> list[dict[str, Any]]:
    return [
        {"feature": feature, "log_odds": round(share, 3)} for feature, share in model.reasons[:MOST_REASONS]
    ]
