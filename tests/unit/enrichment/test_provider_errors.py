"""Errors of providers are sorted by what to do, and no line shows a key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.provider_errors import TryAgain, judge
from upbeat.errors import AccessRefusedError, DropError


def error(code: str | None, message: str = "m", kind: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, error("invalid_api_key", "Incorrect API key provided: sk-abc123***"), AccessRefusedError),
        (
            401,
            {"statusCode": 401, "message": "Access denied due to invalid subscription key"},
            AccessRefusedError,
        ),
        (403, error("unsupported_country_region_territory"), AccessRefusedError),
        (429, error("insufficient_quota", "You exceeded your current quota"), AccessRefusedError),
        (429, error(None, "You exceeded your current quota", "insufficient_quota"), AccessRefusedError),
        (429, error("rate_limit_exceeded", "Request too large for gpt-4o", "tokens"), DropError),
        (400, error("invalid_request_error", "Invalid schema"), DropError),
        (404, error("model_not_found", "The model `x` does not exist"), DropError),
        (413, None, DropError),
        (422, error(None), DropError),
        (429, error("rate_limit_exceeded"), TryAgain),
        (429, b"<html>", TryAgain),
        (408, None, TryAgain),
        (500, error("server_error"), TryAgain),
        (503, None, TryAgain),
    ],
)
def test_errors_ask_for_a_reaction(status: int, body: Any, kind: type) -> None:
    found = judge(status, {}, body, provider="OpenAI")

    assert isinstance(found, kind)
    line = found.line if isinstance(found, TryAgain) else str(found)
    assert "OpenAI" in line
    assert "\n" not in line
    assert "sk-abc" not in line


def test_a_refused_key_and_a_used_up_quota_name_the_setting() -> None:
    for status, code in ((401, "invalid_api_key"), (429, "insufficient_quota")):
        assert "UPBEAT_LLM_API_KEY" in str(judge(status, {}, error(code), provider="OpenAI"))


def test_recorded_errors_are_sorted(shared_data: Path) -> None:
    lines = (shared_data / "openai" / "openai_error_bodies.jsonl").read_text(encoding="utf-8").splitlines()
    found = [judge(row["http_status"], {}, row["body"], provider="x") for row in map(json.loads, lines)]

    assert [type(one) for one in found] == [
        DropError,
        TryAgain,
        AccessRefusedError,
        AccessRefusedError,
        *[Completion] * 4,
    ]
    assert isinstance(found[1], TryAgain)
    assert found[1].seconds == pytest.approx(0.644)
    for one in found[4:]:
        assert isinstance(one, Completion)
        assert (one.outcome, one.usage) == ("filtered", Usage())


def test_recorded_answers_of_status_401_and_404_are_sorted(shared_data: Path) -> None:
    sorted_by_status = {}
    for path in (shared_data / "openai" / "recorded").glob("*.json"):
        response = json.loads(path.read_text(encoding="utf-8"))["response"]
        if response["status"] >= 400:
            sorted_by_status[response["status"]] = type(
                judge(response["status"], {}, response["body"], provider="x")
            )

    assert sorted_by_status == {401: AccessRefusedError, 404: DropError}
