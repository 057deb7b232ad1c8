"""From the body of a chat completion to what it is worth: a result of the schema, or why there is none. Pure.

What is decided here:

- An answer is strict JSON and nothing around it. JSON in a code fence or prose is malformed, as are a key stated twice, NaN, and a number in
  quotes: what is not quite the schema is asked again, once, and never guessed at.
- A field that the schema does not name is malformed, not dropped: the model did something else than it was asked.
- Shares of a whole (`age_ranges`, `gender_distribution`) may miss the sum 1 by a tenth and are scaled to it; of `cities`, which are the
  largest alone, a sum above 1 is. Further off they are malformed: per cent, or a distribution that is none.
- `UK` is read as `GB`; topics are lower case, each once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from upbeat.enrichment.check_result import checked_result
from upbeat.enrichment.completion import Completion, Outcome, Usage
from upbeat.enrichment.prompt import Prompt
from upbeat.errors import UnansweredError

LONGEST_ANSWER = 20_000
"""Characters; four times what the longest allowed answer has."""


class MalformedAnswerError(ValueError):
    """What the model wrote is not what it was asked for: one line, which quotes nothing of it."""


def read_completion(body: Mapping[str, Any], prompt: Prompt) -> Completion:
    """What a completion's body says; the caller adds request id and latency.

    Raises:
        UnansweredError: the body is no completion and no answer of a content filter: it came for a request that may have been paid.
    """
    if "error" in body and body["error"] is not None:
        return _of_error(body["error"])
    choice = _first_choice(body)
    message = _mapping(choice.get("message"))
    content = message.get("content")
    text = content if isinstance(content, str) else ""
    outcome, result, detail = _judged(choice, message, text, prompt)
    return Completion(
        outcome=outcome,
        result=result,
        detail=detail,
        text=text,
        usage=usage_of(body.get("usage")),
        model=str(body.get("model") or ""),
    )


def usage_of(stated: Any) -> Usage:
    """The tokens that a body states; what it does not state, or states as no count, is 0."""
    usage = _mapping(stated)
    given = _count(usage.get("prompt_tokens"))
    cached = _count(_mapping(usage.get("prompt_tokens_details")).get("cached_tokens"))
    return Usage(input=given, cached_input=min(cached, given), output=_count(usage.get("completion_tokens")))


def filtered(error: Mapping[str, Any]) -> Completion:
    """Of an error body by which a content filter refuses the question: nothing was generated, and nothing is paid."""
    results = _mapping(_mapping(error.get("innererror")).get("content_filter_result"))
    names = sorted(str(name) for name, found in results.items() if _mapping(found).get("filtered") is True)
    return Completion(
        outcome="filtered", detail=f"the provider's content filter refused the question{_listed(names)}"
    )


def is_content_filter(error: Mapping[str, Any]) -> bool:
    """Whether an error body is a content filter's."""
    inner = _mapping(error.get("innererror")).get("code")
    return error.get("code") == "content_filter" or inner == "ResponsibleAIPolicyViolation"


def _of_error(error: Any) -> Completion:
    if is_content_filter(_mapping(error)):
        return filtered(_mapping(error))
    raise UnansweredError(
        f"the provider answered with an error: {_mapping(error).get('code') or 'without a code'}",
        source="llm",
    )


def _first_choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = body.get("choices")
    if not isinstance(choices, list):
        raise UnansweredError("the provider's answer is no completion", source="llm")
    return _mapping(choices[0]) if choices else {}


def _judged(
    choice: Mapping[str, Any], message: Mapping[str, Any], text: str, prompt: Prompt
) -> tuple[Outcome, dict[str, Any] | None, str | None]:
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        results = _mapping(choice.get("content_filter_results"))
        names = sorted(
            str(name) for name, found in results.items() if _mapping(found).get("filtered") is True
        )
        return "filtered", None, f"the provider's content filter cut the answer{_listed(names)}"
    if message.get("refusal"):
        return "refused", None, "the model declined to answer"
    if reason == "length":
        return "truncated", None, f"the answer was not done within {prompt.max_tokens} tokens"
    if not choice:
        return "malformed", None, "the answer has no choices"
    if not text.strip():
        called = message.get("tool_calls") or message.get("function_call")
        return "malformed", None, "the answer calls a tool" if called else "the answer is empty"
    try:
        return "answered", checked_result(strict_json(text), prompt), None
    except ValueError as error:
        return "malformed", None, str(error)


def strict_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259), in which no key is stated twice and every number is finite.

    Raises:
        MalformedAnswerError: it is none; the line tells the place and quotes nothing.
    """
    if len(text) > LONGEST_ANSWER:
        raise MalformedAnswerError(f"the answer is longer than {LONGEST_ANSWER} characters")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except MalformedAnswerError:
        raise
    except json.JSONDecodeError as error:
        raise MalformedAnswerError(f"the answer is no JSON: {error.msg} at character {error.pos}") from None
    except (ValueError, RecursionError):
        raise MalformedAnswerError("the answer is no JSON that can be read") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedAnswerError("an object states a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise MalformedAnswerError("NaN and Infinity are no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedAnswerError("a number is too large")
    return number


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _listed(names: list[str]) -> str:
    return f" ({', '.join(names)})" if names else ""
