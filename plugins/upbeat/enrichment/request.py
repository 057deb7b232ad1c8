"""The body of a request for a question, as both providers take it: for a call of its own, and as one line of a batch. Pure."""

from __future__ import annotations

from typing import Any

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.parameters import sampling
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.question import Question
from upbeat.enrichment.strict_schema import sent_schema

LONGEST_QUOTED = 2_000
"""Characters of a malformed answer that are shown to the model again."""


def request_body(
    question: Question, *, wire_model: str | None = None, repair: Completion | None = None
) -> dict[str, Any]:
    """A chat completion's body.

    Args:
        wire_model: what the provider calls the model, where that is another name: an Azure deployment.
        repair: a malformed answer to the same question, whose problem is told.
    """
    model = question.key.model
    prompt = question.prompt
    return {
        "model": wire_model or model,
        "messages": messages_of(question, repair),
        "response_format": response_format(prompt),
        **sampling(model, temperature=prompt.temperature, max_tokens=prompt.max_tokens),
    }


def response_format(prompt: Prompt) -> dict[str, Any]:
    """Structured output by the prompt's schema, named after its kind."""
    schema = {"name": prompt.kind, "strict": True, "schema": sent_schema(prompt.output_schema)}
    return {"type": "json_schema", "json_schema": schema}


def messages_of(question: Question, repair: Completion | None = None) -> list[dict[str, Any]]:
    """The question's messages; of a repair also the malformed answer, and one that tells what is wrong with it."""
    messages = list(question.messages)
    if repair is None:
        return messages
    told = f"That answer cannot be used: {repair.detail}. Answer again, with nothing but one JSON object of the schema."
    return [
        *messages,
        {"role": "assistant", "content": repair.text[:LONGEST_QUOTED] or "(empty)"},
        {"role": "user", "content": told},
    ]
