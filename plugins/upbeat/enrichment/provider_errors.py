"""What an answer of a provider that is no completion asks us to do. Pure.

The lines are ours. A provider's own message is quoted only where it tells what is wrong with a request, and never of a refused key: that
one quotes the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.rate_limit_waits import wait_asked
from upbeat.enrichment.read_completion import filtered, is_content_filter
from upbeat.errors import AccessRefusedError, DropError, UpbeatError

KEY_SETTING = "UPBEAT_LLM_API_KEY"
LONGEST_QUOTED = 200
_PASSES = frozenset({408, 409, 425})
_KEY_IN_TEXT = re.compile(r"\b(?:sk|sess|org|proj)-[\w*-]{4,}")


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The same request may pass: after `seconds`, where the provider says how long."""

    why: Literal["rate limit", "trouble"]
    line: str
    status: int
    seconds: float | None = None


def judge(
    status: int, headers: Mapping[str, str], body: Any, *, provider: str, secret: str = ""
) -> Completion | TryAgain | UpbeatError:
    """What to do with an answer of status 400 or more: a `filtered` completion, another try, or an error to raise.

    Args:
        headers: looked up in lower case.
        body: decoded JSON, or anything else when it was none.
        provider: for the line.
        secret: the key, which no line shows, whatever the provider quotes.
    """
    error = _error_of(body)
    code = _word(_masked(str(error.get("code") or error.get("type") or "no code"), secret))
    if status == 400 and is_content_filter(error):
        return filtered(error)
    if status in (401, 403):
        return AccessRefusedError(
            f"{provider} refuses the key ({status}, {code}): set {KEY_SETTING} to a valid one"
        )
    if status == 429:
        return _too_many(headers, error, provider)
    if status >= 500 or status in _PASSES:
        return TryAgain("trouble", f"{provider} answered {status}", status, wait_asked(headers, ""))
    return DropError(f"{provider} refuses the request for good ({status}, {code}): {_quoted(error, secret)}")


def _too_many(headers: Mapping[str, str], error: Mapping[str, Any], provider: str) -> TryAgain | UpbeatError:
    message = str(error.get("message") or "")
    if "insufficient_quota" in (error.get("code"), error.get("type")):
        return AccessRefusedError(
            f"the quota at {provider} is used up: look at its plan and billing, or set {KEY_SETTING} to another key"
        )
    # No wait makes room for a request that alone is larger than the limit.
    if message.startswith("Request too large"):
        return DropError(
            f"{provider} refuses the request for good (429): it is larger than the limit of tokens per minute"
        )
    return TryAgain("rate limit", f"{provider} answered 429", 429, wait_asked(headers, message))


def _error_of(body: Any) -> Mapping[str, Any]:
    """The error object, in the shape of either provider; Azure's gateway also sends `{"statusCode": …, "message": …}`."""
    if not isinstance(body, Mapping):
        return {}
    error = body.get("error", body)
    return error if isinstance(error, Mapping) else {"message": str(error)}


def _word(code: str) -> str:
    return re.sub(r"[^\w.*-]", "", code)[:60]


def _quoted(error: Mapping[str, Any], secret: str) -> str:
    message = " ".join(str(error.get("message") or "it does not say why").split())
    return _masked(message, secret)[:LONGEST_QUOTED]


def _masked(text: str, secret: str) -> str:
    return _KEY_IN_TEXT.sub("***", text.replace(secret, "***") if secret else text)
