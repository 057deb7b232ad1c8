"""The lines of a batch's files: questions as they are sent, answers as they come back, in any order. Pure.

A request: `{"custom_id", "method", "url", "body"}`. An answer: `{"custom_id", "response": {"status_code", "request_id", "body"}, "error"}`;
answers of status 200 stand in the output file, all else in the error file. `custom_id` carries the call's id, and nothing of the creator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from upbeat.enrichment.completion import Completion
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.provider_errors import TryAgain, judge
from upbeat.enrichment.read_completion import read_completion
from upbeat.errors import BackOffError

_CUSTOM_ID = re.compile(r"call-([1-9][0-9]{0,17})")
LONGEST_CUSTOM_ID = "call-" + 18 * "9"


class UnreadableLineError(ValueError):
    """A line of an answer's file that is none: one line, which quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """A line that came back.

    Attributes:
        status: of HTTP; None where the request was never executed: then `code` says why.
        body: of the answer, decoded; whatever the provider sent.
    """

    call_id: int
    status: int | None
    code: str = ""
    request_id: str | None = None
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """A line that brings no answer: why, and whether the provider may have charged for it all the same."""

    problem: str
    may_be_paid: bool


def request_line(custom_id: str, body: Mapping[str, Any], url: str) -> bytes:
    """One line of the file that is sent, with its end."""
    return orjson.dumps({"custom_id": custom_id, "method": "POST", "url": url, "body": body}) + b"\n"


def custom_id_of(call_id: int) -> str:
    """What names the call in the files."""
    return f"call-{call_id}"


def read_line(raw: bytes) -> AnswerLine:
    """A line that came back.

    Raises:
        UnreadableLineError: it is no JSON, names no call, or has no answer's form.
    """
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise UnreadableLineError("is no JSON") from None
    if not isinstance(line, dict):
        raise UnreadableLineError("is no JSON object")
    found = _CUSTOM_ID.fullmatch(str(line.get("custom_id") or ""))
    if found is None:
        raise UnreadableLineError("has a custom_id that is none of ours")
    call_id, response, error = int(found[1]), line.get("response"), line.get("error")
    if isinstance(response, dict) and type(response.get("status_code")) is int:
        request_id = response.get("request_id")
        return AnswerLine(
            call_id=call_id,
            status=response["status_code"],
            request_id=request_id if isinstance(request_id, str) else None,
            body=response.get("body"),
        )
    if isinstance(error, dict):
        return AnswerLine(call_id=call_id, status=None, code=_word(error.get("code")))
    raise UnreadableLineError("has neither an answer nor an error")


def read_answer(line: AnswerLine, prompt: Prompt, *, provider: str) -> Completion | NoAnswer:
    """What a line says to its question.

    Args:
        provider: for people.
    """
    if line.status is None:
        return NoAnswer(problem=f"{provider} did not execute it ({line.code})", may_be_paid=False)
    if line.status != 200:
        return _of_status(line.status, line, provider)
    if not isinstance(line.body, Mapping):
        return NoAnswer(problem=f"{provider} sent what is no completion", may_be_paid=True)
    try:
        return replace(read_completion(line.body, prompt), request_id=line.request_id)
    except BackOffError as error:
        return NoAnswer(problem=str(error), may_be_paid=True)


def _of_status(status: int, line: AnswerLine, provider: str) -> Completion | NoAnswer:
    found = judge(status, {}, line.body, provider=provider)
    if isinstance(found, Completion):
        return replace(found, request_id=line.request_id)
    return NoAnswer(problem=found.line if isinstance(found, TryAgain) else str(found), may_be_paid=False)


def _word(code: Any) -> str:
    return re.sub(r"[^\w.-]", "", str(code or ""))[:60] or "no code"
