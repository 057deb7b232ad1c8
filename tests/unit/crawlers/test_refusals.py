"""What answers without data mean: recorded bodies where there are any, documented ones else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upbeat.crawlers.http import Answer
from upbeat.crawlers.instagram.graphapi import GraphApi
from upbeat.crawlers.instagram.lama import Lama
from upbeat.crawlers.instagram.rapidapi_igdata import RapidApiIgData
from upbeat.crawlers.refusals import error_text, is_error_document, retry_after_seconds
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NextSourceError,
    NotFoundError,
    PrivateAccountError,
    RotateCredentialError,
    UpbeatError,
)
from upbeat.records import PayloadKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def answer(status: int, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, NOW)


def graph(code: int | str, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


@pytest.mark.parametrize("code", [4, 17, 18, 32, 613, 80000, 80001, 80002, 80014])
def test_a_used_up_graph_token_rests_for_an_hour(code: int) -> None:
    error = GraphApi.refusal(answer(400, graph(code)))
    assert isinstance(error, RotateCredentialError)
    assert (error.cool_down, error.status) == (3600, 429)


@pytest.mark.parametrize("subcode", [458, 459, 460, 463, 464, 467, 492, 493])
def test_a_graph_token_that_ended_is_refused_whatever_ended_it(subcode: int) -> None:
    error = GraphApi.refusal(answer(400, graph(190, "Session has expired", error_subcode=subcode)))
    assert isinstance(error, RotateCredentialError)
    assert error.status == 401


@pytest.mark.parametrize("code", [190, 102, 10, 200, 210, 299])
def test_a_refused_graph_token_is_told_from_a_used_up_one(code: int) -> None:
    error = GraphApi.refusal(answer(400, graph(code)))
    assert isinstance(error, RotateCredentialError)
    assert error.cool_down >= 3600
    assert error.status == 401


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (graph(110, "Invalid user id", error_subcode=2207013), NotFoundError),
        (graph(100, "(#100) Object does not exist, cannot be loaded"), NotFoundError),
        (graph(100, "x", error_subcode=33), NotFoundError),
        (graph(24), NotFoundError),
        (graph(24, "The requested resource does not exist", error_subcode=2207024), NotFoundError),
        (graph("18", "30 unique hashtags"), RotateCredentialError),
        (graph(17, error_subcode=2446079), RotateCredentialError),
        (graph(10, "(#10) Not enough viewers for the media to show insights"), NextSourceError),
        (graph(10, "(#10) Application does not have permission for this action"), RotateCredentialError),
        (graph(100, "Invalid parameter", error_subcode=2108006), NextSourceError),
        (graph(100, "(#100) metric[0] must be one of the following values: reach"), NextSourceError),
        (
            graph(100, "Unsupported get request. Object with ID '1' does not exist", error_subcode=33),
            NotFoundError,
        ),
        (graph(300), NextSourceError),
        (graph(100, "(#100) Tried accessing nonexisting field (foo)"), NextSourceError),
        (graph(2, "An unexpected error has occurred"), BackOffError),
        (graph(9999, is_transient=True), BackOffError),
        (graph(2500, "An active access token must be used"), RotateCredentialError),
        (
            {"error_code": 613, "error_msg": "Calls to this api have exceeded the rate limit."},
            RotateCredentialError,
        ),
        (b"<html>Sorry, something went wrong</html>", NextSourceError),
    ],
)
def test_graph_codes_ask_for_their_reaction(body: Any, expected: type[UpbeatError]) -> None:
    assert type(GraphApi.refusal(answer(400, body))) is expected


def test_a_graph_error_in_a_good_answer_is_the_same_error() -> None:
    with pytest.raises(RotateCredentialError, match="error 190: expired"):
        GraphApi.parse(
            PayloadKind.PROFILE, json.dumps(graph(190, "expired")).encode(), observed_at=NOW, params={}
        )


@pytest.mark.parametrize("crawler", [GraphApi, RapidApiIgData, Lama])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failing_source_is_left_for_later(crawler: Any, status: int) -> None:
    error = crawler.refusal(answer(status, b"<html>Bad gateway</html>", retry_after="7"))
    assert isinstance(error, BackOffError)
    assert error.retry_after == 7
    assert str(error) == f"HTTP {status}"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"message": "Invalid API key."}, RotateCredentialError),
        (403, {"message": "You are not subscribed to this API."}, RotateCredentialError),
        (429, {"message": "Too many requests"}, RotateCredentialError),
        (404, {"error": "User not found"}, NotFoundError),
        (400, {"error": "username is required"}, NextSourceError),
        (400, {"message": "challenge_required", "status": "fail"}, BackOffError),
        (400, {"message": "login_required", "status": "fail"}, BackOffError),
        (403, {"message": "This account is private"}, PrivateAccountError),
        (302, b"", BackOffError),
        (200, {"message": "You have exceeded the MONTHLY quota"}, RotateCredentialError),
        (200, {"detail": "Private account", "exc_type": "PrivateAccount"}, PrivateAccountError),
    ],
)
def test_scrapers_errors_ask_for_their_reaction(status: int, body: Any, expected: type[UpbeatError]) -> None:
    assert type(RapidApiIgData.refusal(answer(status, body))) is expected


def test_a_429_rests_the_credential_an_hour_or_as_long_as_it_says() -> None:
    short = RapidApiIgData.refusal(answer(429, {}, retry_after="5"))
    long = RapidApiIgData.refusal(answer(429, {}, retry_after="7200"))
    assert isinstance(short, RotateCredentialError)
    assert isinstance(long, RotateCredentialError)
    assert (short.cool_down, long.cool_down) == (3600, 7200)


def test_a_429_of_a_source_without_credentials_leaves_the_source_alone() -> None:
    error = Lama.refusal(answer(429, {"detail": "Please wait a few minutes"}, retry_after="11"))
    assert isinstance(error, BackOffError)
    assert error.retry_after == 11


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("2.0", 2.0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0),
        ("Sun, 22 Nov 2020 12:01:00 GMT", 0.0),
        ("999999999", 86400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": text}, now=NOW) == seconds


def test_error_texts_are_short_and_hold_no_secret() -> None:
    text = error_text({"error": {"message": "bad access_token=EAAB123&x=1 " + "long " * 200}})
    assert len(text) <= 200
    assert "EAAB123" not in text


@pytest.mark.parametrize(
    ("crawler", "body"),
    [(RapidApiIgData, b"[]"), (Lama, b"{}"), (GraphApi, b'{"id": "1"}'), (Lama, b"null"), (Lama, b'"text"')],
)
def test_an_answer_of_unknown_shape_is_malformed(crawler: Any, body: bytes) -> None:
    with pytest.raises(MalformedBodyError) as caught:
        crawler.parse(PayloadKind.PROFILE, body, observed_at=NOW, params={})
    assert caught.value.source == crawler.source


def test_every_recorded_error_body_is_understood(shared_data: Path) -> None:
    expected = {4: "429", 17: "429", 32: "429", 613: "429", 190: "401"}
    seen = 0
    for line in (shared_data / "api/errors/api_error_bodies.jsonl").read_text(encoding="utf-8").splitlines():
        recorded = json.loads(line)
        body, status = recorded["body"], recorded["http_status"] or 400
        if recorded["api"] == "graph":
            error = GraphApi.refusal(answer(status, body))
            code = body.get("error_code") or body["error"]["code"]
            if code in expected:
                assert isinstance(error, RotateCredentialError)
                assert str(error.status) == expected[code]
            else:
                assert isinstance(error, NotFoundError)
        elif recorded["api"] == "rapidapi":
            assert isinstance(RapidApiIgData.refusal(answer(status, body)), RotateCredentialError)
        elif recorded["api"] == "instagram_private":
            assert isinstance(RapidApiIgData.refusal(answer(status, body)), BackOffError)
        else:
            continue
        seen += 1
    assert seen >= 15


@pytest.mark.parametrize(
    ("document", "is_error"),
    [
        ({"message": "success", "data": []}, False),
        ({"message": "OK.", "error": None, "errors": []}, False),
        ({"status": "FAIL"}, True),
        ({"status": "ok", "success": True}, False),
        ({"success": False}, True),
        ({"message": "", "error": "no such user"}, True),
        ({"errors": [{"message": "x"}]}, True),
        ([], False),
    ],
)
def test_a_word_of_success_is_no_error(document: Any, is_error: bool) -> None:
    assert is_error_document(document) is is_error
