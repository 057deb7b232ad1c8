"""What a language model said of a creator from their public text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from upbeat.records.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment(Fact):
    """One answer about `profile_id`. `observed_at` is when the model answered, not when the answer was used again.

    Attributes:
        question_kind: `base_gender`, `base_location` …; the column and the event's field are named `kind`.
        model: as it was asked for.
        is_sandbox: the sandbox answered, under the name of a real model.
        result: the whole answer, the schema's fields; the fields below are read out of it.
        country: ISO 3166 alpha-2, upper case.
        language: ISO 639-1, lower case.
        confidence: 0 to 1, the model's own.
        input_hash: hexadecimal SHA-256 of what was asked.
        input_tokens: of all calls that the answer took.
        output_tokens: likewise.
        latency_seconds: of the last call; None in batch mode.
    """

    kind: ClassVar[str] = "enrichment"

    profile_id: str
    question_kind: str
    model: str
    prompt_version: str
    is_sandbox: bool
    handle: str | None = None
    result: dict[str, Any]
    gender: str | None = None
    country: str | None = None
    city: str | None = None
    category: str | None = None
    language: str | None = None
    topics: list[str] | None = None
    confidence: float | None = None
    reasoning: str | None = None
    input_hash: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_seconds: float | None = None
