"""What the stand-in answers: the truth as often as its accuracy says, otherwise another creator's truth.

Whether a field of a row is right is decided by a number that is evenly spread over 0 to 1: right below the accuracy. For most rows
the number depends on the row alone, so that all prompts find the same rows hard; for a share of them (`Behaviour.prompt_noise`) it
depends on the prompt and the model too. Hence the same prompt answers the same again, a more accurate one repairs rows without breaking
many, and two prompts of the same accuracy differ in a few rows.

The confidence is calibrated: of the answers with confidence c a share c is right. To that end it is drawn from `LEVELS` with weights
whose mean is the accuracy, by Bayes: a right answer gets level c in proportion to weight x c, a wrong one to weight x (1 - c).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from upbeat.sandbox.llm_behaviour import Behaviour
from upbeat.sandbox.llm_draws import share, weighted
from upbeat.sandbox.llm_kinds import MAIN_FIELD, UNKNOWN_KIND
from upbeat.sandbox.llm_request import ChatRequest
from upbeat.sandbox.llm_schemas import fitted
from upbeat.sandbox.llm_truth import CreatorTruth, wrong_truth

LEVELS = (0.4, 0.55, 0.7, 0.8, 0.9, 0.97)
_FOLLOWS = {"city": "country"}
"""A field that cannot be right where the other is wrong."""


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws about one question."""

    request: ChatRequest
    behaviour: Behaviour

    def _about(self, what: str) -> tuple[str, ...]:
        return self.behaviour.seed, self.request.subject.handle.lower(), self.request.kind, what

    def of_row(self, what: str) -> float:
        """The same for all prompts and models."""
        return share(*self._about(what))

    def of_prompt(self, what: str) -> float:
        """Another one for each prompt and model."""
        return share(*self._about(what), self.request.fingerprint, self.request.model)

    def key(self, what: str) -> str:
        """What further draws of the row go by."""
        return "\x1e".join(self._about(what))

    def accuracy(self, field: str) -> float:
        """How often the field is right."""
        request = self.request
        return self.behaviour.accuracy_of(
            request.kind, field, request.system, request.fingerprint, request.model
        )

    def is_right(self, field: str) -> bool:
        """Whether the field is answered right."""
        accuracy = self.accuracy(field)
        if (other := _FOLLOWS.get(field)) is not None:
            if not self.is_right(other):
                return False
            accuracy = min(1.0, accuracy / max(self.accuracy(other), 1e-9))
        is_noisy = self.of_prompt(f"noise {field}") < self.behaviour.prompt_noise
        drawn = self.of_prompt(field) if is_noisy else self.of_row(field)
        return drawn < accuracy


@lru_cache(maxsize=200)
def level_weights(accuracy: float) -> tuple[float, ...]:
    """Weights of `LEVELS` whose mean is the accuracy, as even as may be (an exponential tilt of even weights)."""
    low, high = -200.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        if _mean(_tilted(middle)) < accuracy:
            low = middle
        else:
            high = middle
    return _tilted(low)


def _tilted(slope: float) -> tuple[float, ...]:
    top = max(slope * level for level in LEVELS)
    raw = [math.exp(slope * level - top) for level in LEVELS]
    return tuple(weight / sum(raw) for weight in raw)


def _mean(weights: tuple[float, ...]) -> float:
    return sum(weight * level for weight, level in zip(weights, LEVELS, strict=True))


def _confidence(draws: Draws, field: str) -> float:
    is_right, weights = draws.is_right(field), level_weights(round(draws.accuracy(field), 4))
    options = [
        (level, weight * (level if is_right else 1 - level))
        for level, weight in zip(LEVELS, weights, strict=True)
    ]
    level = weighted(options, draws.key("confidence"), draws.request.fingerprint, draws.request.model)
    return round(level + 0.04 * (draws.of_prompt("confidence spread") - 0.5), 2)


def answer(request: ChatRequest, truth: CreatorTruth, behaviour: Behaviour) -> dict[str, Any]:
    """The object that the model writes, of the request's schema."""
    if request.kind == UNKNOWN_KIND:
        return fitted(request.schema or {}, {}, request.subject.handle)
    draws = Draws(request, behaviour)
    mistaken = wrong_truth(draws.key("mistake"), truth)
    told = _values(truth)
    for field, wrong in _values(mistaken).items():
        if field in _ASKED[request.kind] and not draws.is_right(field):
            told[field] = wrong
    if request.kind == "audience_age_gender" and not draws.is_right("age_ranges"):
        told["gender_distribution"] = _values(mistaken)["gender_distribution"]
    if (
        request.kind == "base_location"
        and told["country"] != truth.country
        and draws.of_row("null city") < 0.5
    ):
        told["city"] = None
    told["confidence"] = _confidence(draws, MAIN_FIELD[request.kind])
    told["reasoning"] = _reasoning(request, told)
    return fitted(request.schema or {}, told, draws.key("fit"))


_ASKED: dict[str, tuple[str, ...]] = {
    "base_gender": ("gender",),
    "base_location": ("country", "city"),
    "categ_lang_topics": ("category", "language", "topics"),
    "audience_age_gender": ("age_ranges",),
    "audience_cities": ("cities",),
}


def _values(truth: CreatorTruth) -> dict[str, Any]:
    """By the names of the fields of an answer."""
    return {
        "gender": truth.gender,
        "country": truth.country,
        "city": truth.city,
        "category": truth.category,
        "language": truth.language,
        "topics": list(truth.topics),
        "age_ranges": [{"range": name, "share": portion} for name, portion in truth.age_ranges],
        "gender_distribution": [
            {"gender": name, "share": portion} for name, portion in truth.gender_distribution
        ],
        "cities": [{"city": city, "country": code, "share": portion} for city, code, portion in truth.cities],
    }


def _reasoning(request: ChatRequest, told: dict[str, Any]) -> str:
    """A sentence of ours; it quotes nothing of the creator's."""
    shown = told.get(MAIN_FIELD[request.kind])
    what = f" {shown}" if isinstance(shown, str) else ""
    return f"Made up by the sandbox: handle and text fit{what} best."


def labels(kind: str, truth: CreatorTruth) -> dict[str, Any]:
    """What is true, by the fields of the kind's answer."""
    fields = _ASKED[kind] + (("gender_distribution",) if kind == "audience_age_gender" else ())
    return {name: value for name, value in _values(truth).items() if name in fields}
