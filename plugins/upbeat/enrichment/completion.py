"""What came back for a question: a result that fits the schema, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["answered", "refused", "filtered", "truncated", "malformed"]
"""`refused`: the model declined. `filtered`: the provider's content filter. `truncated`: the answer hit the limit of tokens.
`malformed`: no JSON, or not of the schema; it alone may be repaired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call. `cached_input` are those of `input` that were in the provider's cache."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer.

    Attributes:
        result: the schema's fields and nothing else; None unless `answered`.
        detail: why there is none, in one line.
        text: what the model wrote, for a repair; never stored.
        model: that answered, with its date where the provider tells it.
        latency_seconds: None in batch mode.
    """

    outcome: Outcome
    result: dict[str, Any] | None = None
    detail: str | None = None
    text: str = ""
    usage: Usage = Usage()
    model: str = ""
    request_id: str | None = None
    latency_seconds: float | None = None
