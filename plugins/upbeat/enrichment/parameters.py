"""Names of parameters that differ between models: those that reason take no temperature, and their thinking counts as output."""

from __future__ import annotations

from typing import Any

REASONING_MODELS = ("o1", "o3", "o4", "gpt-5")
"""How the names of models that reason begin (platform.openai.com/docs/guides/reasoning)."""

REASONING_TOKENS = 2_000
"""Room for the thinking, beside what the prompt allows for the answer. The effort is set low."""


def reasons(model: str) -> bool:
    """Whether a model, by its name, is one that reasons."""
    return model.startswith(REASONING_MODELS) and "chat" not in model


def output_limit(model: str, max_tokens: int) -> int:
    """Most tokens that the model may write for an answer of `max_tokens`."""
    return max_tokens + REASONING_TOKENS if reasons(model) else max_tokens


def sampling(model: str, *, temperature: float, max_tokens: int) -> dict[str, Any]:
    """The parameters of a request that bound and steer the answer, by the names that the model takes."""
    if reasons(model):
        return {"max_completion_tokens": output_limit(model, max_tokens), "reasoning_effort": "low"}
    return {"max_tokens": max_tokens, "temperature": temperature}
