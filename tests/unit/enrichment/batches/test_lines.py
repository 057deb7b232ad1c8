"""The lines of a batch's files: whose they are, what they say, and what is none."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.batches.lines import (
    LONGEST_CUSTOM_ID,
    AnswerLine,
    NoAnswer,
    UnreadableLineError,
    custom_id_of,
    read_answer,
    read_line,
    request_line,
)
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.prompt_files import load_prompt

PROMPT = load_prompt("base_gender", "v0.02")
RESULT = {"gender": "female", "confidence": 0.9, "reasoning": "a mother"}


def completion(content: str, **beside: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 30},
        **beside,
    }


def answered(body: Any, status: int = 200) -> bytes:
    response = {"status_code": status, "request_id": "req_1", "body": body}
    return json.dumps({"id": "b", "custom_id": "call-17", "response": response, "error": None}).encode()


@given(st.integers(1, 10**18 - 1))
def test_the_calls_id_goes_out_and_comes_back(call_id: int) -> None:
    custom_id = custom_id_of(call_id)
    raw = request_line(custom_id, {"model": "m", "messages": []}, "/v1/chat/completions")
    sent = orjson.loads(raw)

    assert raw.count(b"\n") == 1
    assert raw.endswith(b"\n")
    assert (sent["method"], sent["url"]) == ("POST", "/v1/chat/completions")
    assert len(custom_id) <= len(LONGEST_CUSTOM_ID)
    back = json.dumps({"custom_id": sent["custom_id"], "response": {"status_code": 200, "body": {}}})
    assert read_line(back.encode()).call_id == call_id


@given(st.binary(max_size=200))
def test_what_is_no_line_is_told_as_that_and_quotes_nothing(raw: bytes) -> None:
    with pytest.raises(UnreadableLineError) as told:
        read_line(raw)
    assert str(told.value) in {"is no JSON", "is no JSON object", "has a custom_id that is none of ours"}


@pytest.mark.parametrize(
    "custom_id",
    ["", "call-", "call-0", "call-01", "call-1x", "xcall-1", "call-" + 19 * "9", "call-१", 17, None],
)
def test_a_name_that_is_none_of_ours_is_told(custom_id: Any) -> None:
    raw = json.dumps({"custom_id": custom_id, "response": {"status_code": 200, "body": {}}}).encode()
    with pytest.raises(UnreadableLineError, match="none of ours"):
        read_line(raw)


@pytest.mark.parametrize("response", [None, {}, {"status_code": "200"}, {"status_code": True}, []])
def test_a_line_with_neither_an_answer_nor_an_error_is_told(response: Any) -> None:
    raw = json.dumps({"custom_id": "call-1", "response": response, "error": None}).encode()
    with pytest.raises(UnreadableLineError, match="neither"):
        read_line(raw)


def test_an_answer_is_read_as_one_of_the_queue_and_has_its_requests_id() -> None:
    line = read_line(answered(completion(json.dumps(RESULT))))
    said = read_answer(line, PROMPT, provider="OpenAI")

    assert isinstance(said, Completion)
    assert (said.outcome, said.result, said.request_id) == ("answered", RESULT, "req_1")
    assert (said.usage, said.latency_seconds) == (Usage(input=700, output=30), None)


def test_a_question_that_was_never_executed_was_not_paid_for() -> None:
    error = {"code": "batch_expired", "message": "This request could not be executed"}
    line = read_line(json.dumps({"custom_id": "call-3", "response": None, "error": error}).encode())

    assert line == AnswerLine(call_id=3, status=None, code="batch_expired")
    assert read_answer(line, PROMPT, provider="OpenAI") == NoAnswer(
        problem="OpenAI did not execute it (batch_expired)", may_be_paid=False
    )


@pytest.mark.parametrize(
    ("status", "body", "problem", "may_be_paid"),
    [
        (500, {"error": {"code": "x"}}, "OpenAI answered 500", False),
        (429, {"error": {"code": "rate_limit_exceeded"}}, "OpenAI answered 429", False),
        (
            400,
            {"error": {"code": "invalid", "message": "no"}},
            "refuses the request for good (400, invalid): no",
            False,
        ),
        (401, {"error": {"code": "invalid_api_key"}}, "refuses the key", False),
        (200, None, "no completion", True),
        (200, {"object": "chat.completion"}, "no completion", True),
    ],
)
def test_a_line_without_an_answer_says_why_and_whether_it_may_be_paid(
    status: int, body: Any, problem: str, may_be_paid: bool
) -> None:
    said = read_answer(read_line(answered(body, status)), PROMPT, provider="OpenAI")

    assert isinstance(said, NoAnswer)
    assert problem in said.problem
    assert said.may_be_paid is may_be_paid


def test_azures_content_filter_is_an_outcome_and_costs_nothing() -> None:
    body = {"error": {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}
    said = read_answer(read_line(answered(body, 400)), PROMPT, provider="Azure OpenAI")

    assert isinstance(said, Completion)
    assert (said.outcome, said.usage) == ("filtered", Usage())
