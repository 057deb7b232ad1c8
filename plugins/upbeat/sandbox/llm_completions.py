"""The body of a chat completion, with what may go wrong in it: refusal, filter, cut, malformed JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from upbeat.sandbox.llm_answers import Draws, answer
from upbeat.sandbox.llm_behaviour import Behaviour
from upbeat.sandbox.llm_draws import choice
from upbeat.sandbox.llm_request import ChatRequest
from upbeat.sandbox.llm_tokens import first_tokens, tokens_of
from upbeat.sandbox.llm_truth import CreatorTruth

REFUSAL = "I'm sorry, but I can't help with that."
MALFORMATIONS = ("cut", "prose", "missing field", "wrong value", "fence")


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, and why it stopped. `content` and `refusal`: one of them is None."""

    content: str | None
    finish_reason: str = "stop"
    refusal: str | None = None
    is_filtered: bool = False

    @property
    def tokens(self) -> int:
        """What it takes of the budget for output."""
        return tokens_of(self.content or self.refusal or "")


def write(request: ChatRequest, truth: CreatorTruth, behaviour: Behaviour) -> Written:
    """The answer to a request, as the behaviour has it. A repair is never refused, filtered or cut by chance."""
    draws = Draws(request, behaviour)
    if not request.is_repair:
        if draws.of_prompt("refused") < behaviour.refused_share:
            return Written(None, refusal=REFUSAL)
        if draws.of_prompt("filtered answer") < behaviour.filtered_answer_share:
            return Written(None, "content_filter", is_filtered=True)
    text = _text(request, truth, behaviour, draws)
    if not request.is_repair and draws.of_prompt("truncated") < behaviour.truncated_share:
        return Written(first_tokens(text, max(1, tokens_of(text) // 2)), "length")
    if request.max_tokens is not None and tokens_of(text) > request.max_tokens:
        return Written(first_tokens(text, request.max_tokens), "length")
    return Written(text)


def _text(request: ChatRequest, truth: CreatorTruth, behaviour: Behaviour, draws: Draws) -> str:
    if request.schema is None:
        spoken = {"message": "The sandbox answers questions that bear a JSON schema."}
        return orjson.dumps(spoken).decode() if request.is_json else spoken["message"]
    told = answer(request, truth, behaviour)
    malformed = behaviour.malformed_repairs_share if request.is_repair else behaviour.malformed_share
    if draws.of_prompt(f"malformed {request.is_repair}") < malformed:
        return _malformed(told, request.schema, draws)
    return orjson.dumps(told).decode()


def _malformed(told: dict[str, Any], schema: dict[str, Any], draws: Draws) -> str:
    """The answer spoiled in one of `MALFORMATIONS`' ways."""
    how, text = choice(MALFORMATIONS, draws.key("malformation")), orjson.dumps(told).decode()
    if how == "cut":
        return text[: max(1, len(text) * 2 // 3)]
    if how == "prose":
        return f"Here is what I found:\n{text}\nLet me know if you need anything else."
    if how == "fence":
        return f"```json\n{text}"
    if how == "missing field" and told:
        first = next(iter(told))
        return orjson.dumps({name: value for name, value in told.items() if name != first}).decode()
    return orjson.dumps(_wrong_value(told, schema)).decode()


def _wrong_value(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The first field of a closed list gets a value that is not on it; without one every field is of the wrong type."""
    for name, inner in schema.get("properties", {}).items():
        if "enum" in inner:
            return {**told, name: "none of these"}
    return {name: {"unexpected": "object"} for name in told}


def completion_body(
    request: ChatRequest, written: Written, *, id: str, created: int, cached_tokens: int
) -> dict[str, Any]:
    """The body as `api.openai.com` sends it."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": written.content,
        "refusal": written.refusal,
        "annotations": [],
    }
    return {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": request.model,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": written.finish_reason}
        ],
        "usage": _usage(request.prompt_tokens, written.tokens, cached_tokens),
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    }


def _usage(prompt: int, completion: int, cached: int) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
