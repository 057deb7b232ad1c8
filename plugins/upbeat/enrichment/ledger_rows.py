"""Between the ledger's values and the rows of its statements. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.question import Question, QuestionKey
from upbeat.enrichment.stored_answer import StoredAnswer
from upbeat.stores.json_text import encode_json

Mode = Literal["queue", "batch", "evaluation"]
"""How a question is asked: by a task of the queue, in a batch of the provider's, to evaluate a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call that is to be started; `reserve` is the most that it can cost, in nanodollars."""

    question: Question
    reserve: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a call ended.

    Attributes:
        cost: in nanodollars.
        final: no other call follows: the answer is kept, also one that is of no use.
        earlier: tokens of the call that this one repairs.
    """

    call_id: int
    completion: Completion
    cost: int
    final: bool
    earlier: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A call under way for a question. `age` in seconds; `batch_key` where a batch asks it."""

    call_id: int
    mode: Mode
    batch_key: str | None
    age: float


def of_key(key: QuestionKey) -> dict[str, Any]:
    """The key as parameters."""
    return {name: getattr(key, name) for name in QuestionKey.__slots__}


def of_keys(keys: Iterable[QuestionKey]) -> dict[str, list[Any]]:
    """Many keys as one array for each field."""
    keys = list(keys)
    return {
        "kinds": [key.kind for key in keys],
        "versions": [key.prompt_version for key in keys],
        "models": [key.model for key in keys],
        "hashes": [key.input_hash for key in keys],
        "sandboxes": [key.is_sandbox for key in keys],
    }


def key_of(row: Sequence[Any]) -> QuestionKey:
    """The key whose five columns a row begins with."""
    kind, version, model, input_hash, is_sandbox = row[:5]
    return QuestionKey(
        kind=kind,
        prompt_version=version,
        model=model,
        input_hash=bytes(input_hash),
        is_sandbox=is_sandbox,
    )


def answer_of(row: Sequence[Any]) -> StoredAnswer:
    """A row of the statement `answers`."""
    outcome, result, detail, input_tokens, output_tokens, latency, answered_at = row[5:]
    return StoredAnswer(
        key=key_of(row),
        outcome=outcome,
        result=result,
        detail=detail,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        latency_seconds=latency,
        answered_at=answered_at,
    )


def encode_settlements(settlements: Iterable[Settlement]) -> str:
    """The JSON array that the statement `settle` reads."""
    return encode_json(
        [
            {
                "call_id": one.call_id,
                "outcome": one.completion.outcome,
                "result": one.completion.result,
                "detail": one.completion.detail,
                "input_tokens": one.completion.usage.input,
                "cached_input_tokens": one.completion.usage.cached_input,
                "output_tokens": one.completion.usage.output,
                "cost": one.cost,
                "request_id": one.completion.request_id,
                "latency": one.completion.latency_seconds,
                "final": one.final,
                "earlier_input": one.earlier.input,
                "earlier_output": one.earlier.output,
            }
            for one in settlements
        ]
    )
