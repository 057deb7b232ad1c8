"""An answer that was paid for, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from upbeat.enrichment.completion import Outcome
from upbeat.enrichment.question import QuestionKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """One row of `beat.llm_answer`.

    Attributes:
        result: the schema's fields; None unless `answered`.
        detail: why there is none, in one line.
        input_tokens, output_tokens: of all calls that it took.
        latency_seconds: of the last of them; None in batch mode.
        answered_at: when it was paid for, not when it was used again.
    """

    key: QuestionKey
    outcome: Outcome
    result: dict[str, Any] | None
    detail: str | None
    input_tokens: int
    output_tokens: int
    latency_seconds: float | None
    answered_at: datetime
