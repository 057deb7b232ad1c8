"""What Google's errors mean: recorded and quoted bodies where there are any, the reference's reasons else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from upbeat.crawlers.http import Answer
from upbeat.crawlers.youtube.google_refusals import CommentsOffError, google_refusal, seconds_to_quota_reset
from upbeat.crawlers.youtube.youtube138 import YouTube138
from upbeat.crawlers.youtube.ytapi import YtApi
from upbeat.errors import BackOffError, NextSourceError, NotFoundError, RotateCredentialError, UpbeatError

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def answer(status: int, body: Any, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, NOW)


def google(status: int, reason: str, message: str = "no", **more: Any) -> dict[str, Any]:
    entry = {"message": message, "domain": "youtube", "reason": reason}
    return {"error": {"code": status, "message": message, "errors": [entry], **more}}


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), 20 * 3600),  # 4:00 in winter
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), 24 * 3600),  # midnight in summer
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), 60),
        (datetime(2026, 11, 1, 7, 0, tzinfo=UTC), 25 * 3600),  # the night in which the clocks go back
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 23 * 3600),  # and forward
    ],
)
def test_a_days_quota_is_filled_again_at_midnight_in_california(now: datetime, seconds: float) -> None:
    assert seconds_to_quota_reset(now) == seconds


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"])
def test_a_key_whose_units_are_used_up_rests_until_they_are_filled_again(reason: str) -> None:
    error = google_refusal("ytapi", google(403, reason), status=403, now=lambda: NOW)
    assert isinstance(error, RotateCredentialError)
    assert (error.status, error.cool_down) == (429, 20 * 3600)


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_a_key_that_was_too_fast_rests_for_an_hour(reason: str) -> None:
    error = YtApi.refusal(answer(403, google(403, reason)))
    assert isinstance(error, RotateCredentialError)
    assert (error.status, error.cool_down) == (429, 3600)


KEY_INVALID = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, google(400, "keyInvalid", "Bad Request")),
        (400, google(400, "badRequest", "API key not valid. Please pass a valid API key.", details=[KEY_INVALID])),
        (400, google(400, "badRequest", "API key not valid. Please pass a valid API key.")),
        (403, google(403, "accessNotConfigured")),
        (403, google(403, "forbidden", details=[{"reason": "API_KEY_SERVICE_BLOCKED"}])),
        (401, google(401, "authError", "Invalid Credentials")),
        (403, google(403, "insufficientPermissions")),
        (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
    ],
)  # fmt: skip
def test_a_refused_key_is_told_from_a_used_up_one(status: int, body: Any) -> None:
    error = YtApi.refusal(answer(status, body))
    assert isinstance(error, RotateCredentialError)
    assert error.status == 401


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (404, "channelNotFound", NotFoundError),
        (404, "videoNotFound", NotFoundError),
        (404, "playlistNotFound", NotFoundError),
        (404, "notFound", NotFoundError),
        (403, "commentsDisabled", CommentsOffError),
        (403, "channelForbidden", NextSourceError),
        (403, "playlistItemsNotAccessible", NextSourceError),
        (400, "invalidPageToken", NextSourceError),
        (400, "missingRequiredParameter", NextSourceError),
        (400, "processingFailure", BackOffError),
        (500, "backendError", BackOffError),
        (503, "anything", BackOffError),
    ],
)
def test_what_is_not_the_keys_fault_leaves_it_alone(
    status: int, reason: str, expected: type[UpbeatError]
) -> None:
    error = YtApi.refusal(answer(status, google(status, reason)))
    assert type(error) is expected
    assert reason in str(error)


def test_the_line_of_an_error_has_no_markup() -> None:
    error = google_refusal(
        "ytapi", google(403, "quotaExceeded", 'exceeded your <a href="/q">quota</a>.'), status=403
    )
    assert str(error) == "quotaExceeded: exceeded your quota."


def test_quoted_and_recorded_errors_are_read(shared_data: Path) -> None:
    lines = (shared_data / "api/errors/api_error_bodies.jsonl").read_text(encoding="utf-8").splitlines()
    quoted = [entry for line in lines if (entry := json.loads(line))["api"] == "youtube_v3"]
    errors = [YtApi.refusal(answer(entry["http_status"], entry["body"])) for entry in quoted]
    recorded = (shared_data / "api/youtube_v3/error_permission_resp.json").read_bytes()
    errors.append(YtApi.refusal(answer(403, recorded)))
    assert [(type(error), getattr(error, "status", None)) for error in errors] == [
        (RotateCredentialError, 429),
        (RotateCredentialError, 401),
        (RotateCredentialError, 403),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", {}, {"error": {}}, {"error": []}, {"error": {"errors": [1]}}]
)
@pytest.mark.parametrize(
    ("status", "expected"), [(500, BackOffError), (429, RotateCredentialError), (404, NotFoundError)]
)
def test_an_error_without_a_reason_goes_by_its_status(
    body: Any, status: int, expected: type[UpbeatError]
) -> None:
    assert isinstance(YtApi.refusal(answer(status, body)), expected)


def test_the_scrapers_errors_are_the_gateways() -> None:
    used_up = YouTube138.refusal(answer(429, {"message": "Too many requests"}, retry_after="60"))
    refused = YouTube138.refusal(answer(403, {"message": "You are not subscribed to this API."}))
    assert isinstance(used_up, RotateCredentialError)
    assert isinstance(refused, RotateCredentialError)
    assert (used_up.status, refused.status) == (429, 403)
