"""What sources say of credentials, by recorded and documented answers, and what follows from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.credentials.validation import ASK_AGAIN_SECONDS, REST_SECONDS, Effect, effect_of
from upbeat.credentials.verdicts import (
    REQUIRED_SCOPES,
    Validity,
    Verdict,
    graph_token_verdict,
    youtube_key_verdict,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER, BEFORE = int(NOW.timestamp()) + 5_000, int(NOW.timestamp()) - 5_000


def token(**fields: Any) -> bytes:
    data = {
        "app_id": "1",
        "type": "USER",
        "is_valid": True,
        "scopes": [*REQUIRED_SCOPES, "public_profile"],
        "expires_at": LATER,
        "data_access_expires_at": LATER + 1_000,
        **fields,
    }
    return json.dumps({"data": data}).encode()


def graph(body: bytes, status: int = 200, *, now: datetime = NOW, own_token: bool = True) -> Verdict:
    return graph_token_verdict(status, body, now=now, own_token=own_token)


def error(code: int, message: str = "no") -> bytes:
    return json.dumps({"error": {"message": message, "type": "OAuthException", "code": code}}).encode()


@pytest.mark.parametrize(
    ("body", "status", "validity", "reason"),
    [
        (token(), 200, Validity.VALID, ""),
        (token(expires_at=0, data_access_expires_at=0), 200, Validity.VALID, ""),
        (token(is_valid=False), 200, Validity.INVALID, "has expired or was withdrawn"),
        (
            token(is_valid=False, error={"code": 190, "message": "Session has expired"}),
            200,
            Validity.INVALID,
            "Session",
        ),
        (token(expires_at=BEFORE), 200, Validity.INVALID, "expired on 2026-11-24"),
        (token(data_access_expires_at=BEFORE), 200, Validity.DATA_ACCESS_EXPIRED, "2026-11-24"),
        (token(scopes=list(REQUIRED_SCOPES[1:])), 200, Validity.MISSING_SCOPES, "instagram_basic"),
        (token(scopes=None), 200, Validity.MISSING_SCOPES, "pages_show_list"),
        (token(data_access_expires_at=BEFORE, scopes=[]), 200, Validity.DATA_ACCESS_EXPIRED, ""),
        (error(190, "Error validating access token"), 400, Validity.INVALID, "error 190: Error validating"),
        (error(4), 403, Validity.USED_UP, "error 4"),
        (error(2), 500, Validity.CANNOT_TELL, "error 2"),
        (error(100, "You must provide an app access token"), 400, Validity.CANNOT_TELL, "app access token"),
        (b"<html>Bad Gateway</html>", 502, Validity.CANNOT_TELL, "HTTP 502"),
        (b"{}", 200, Validity.CANNOT_TELL, "HTTP 200"),
        (token(is_valid="yes"), 200, Validity.CANNOT_TELL, "HTTP 200"),
        (b"[]", 200, Validity.CANNOT_TELL, "HTTP 200"),
    ],
)
def test_what_debug_token_says_of_a_token(body: bytes, status: int, validity: Validity, reason: str) -> None:
    verdict = graph(body, status)
    assert verdict.validity is validity
    assert reason in verdict.reason


def test_the_first_end_of_a_valid_token_is_told() -> None:
    assert graph(token()).ends_at == datetime.fromtimestamp(LATER, UTC)
    assert graph(token(expires_at=0)).ends_at == datetime.fromtimestamp(LATER + 1_000, UTC)
    assert graph(token(expires_at=0, data_access_expires_at=0)).ends_at is None


def test_a_refused_app_token_says_nothing_of_the_token_that_was_asked_about() -> None:
    assert graph(error(190), 400, own_token=False).validity is Validity.CANNOT_TELL
    assert graph(error(4), 400, own_token=False).validity is Validity.CANNOT_TELL


@pytest.mark.parametrize(
    ("now", "validity", "reason"),
    [
        (
            datetime(2019, 12, 1, tzinfo=UTC),
            Validity.MISSING_SCOPES,
            "instagram_basic, instagram_manage_insights",
        ),
        (datetime(2020, 1, 15, tzinfo=UTC), Validity.INVALID, "expired on 2019-12-26"),
    ],
)
def test_the_recorded_token_is_read(
    shared_data: Path, now: datetime, validity: Validity, reason: str
) -> None:
    body = (shared_data / "api" / "graph_api" / "base" / "token_info.json").read_bytes()
    verdict = graph(body, now=now)
    assert verdict.validity is validity
    assert reason in verdict.reason


def test_every_recorded_graph_error_gives_its_verdict(shared_data: Path) -> None:
    found = {
        line["body"]["error"]["code"]: graph(json.dumps(line["body"]).encode(), 400).validity
        for line in recorded_errors(shared_data, "graph")
        if "error" in line["body"]
    }
    assert found == {
        **dict.fromkeys((4, 17, 32, 613), Validity.USED_UP),
        190: Validity.INVALID,
        100: Validity.CANNOT_TELL,
    }


def test_every_recorded_youtube_error_gives_its_verdict(shared_data: Path) -> None:
    found = [
        youtube_key_verdict(line["http_status"], json.dumps(line["body"]).encode()).validity
        for line in recorded_errors(shared_data, "youtube_v3")
    ]
    assert found == [Validity.USED_UP, Validity.INVALID]
    passing = (shared_data / "api" / "youtube_v3" / "error_permission_resp.json").read_bytes()
    assert youtube_key_verdict(403, passing).validity is Validity.CANNOT_TELL


def recorded_errors(shared_data: Path, api: str) -> list[dict[str, Any]]:
    lines = (
        (shared_data / "api" / "errors" / "api_error_bodies.jsonl").read_text(encoding="utf-8").splitlines()
    )
    return [line for line in map(json.loads, lines) if line["api"] == api]


def google(code: int, *reasons: str, message: str = "no", **more: Any) -> bytes:
    errors = [{"message": message, "domain": "usageLimits", "reason": reason} for reason in reasons]
    return json.dumps({"error": {"code": code, "message": message, "errors": errors, **more}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "validity", "reason"),
    [
        (200, b'{"kind": "youtube#videoListResponse", "items": []}', Validity.VALID, ""),
        (400, google(400, "keyInvalid"), Validity.INVALID, "not valid"),
        (
            400,
            google(400, "badRequest", message="API key not valid. Please pass a valid API key."),
            Validity.INVALID,
            "API key not valid",
        ),
        (
            400,
            google(400, "badRequest", details=[{"reason": "API_KEY_INVALID"}]),
            Validity.INVALID,
            "not valid",
        ),
        (403, google(403, "accessNotConfigured"), Validity.INVALID, "not enabled"),
        (403, google(403, "quotaExceeded"), Validity.USED_UP, "quota"),
        (429, google(429, "rateLimitExceeded"), Validity.USED_UP, "quota"),
        (429, b"", Validity.USED_UP, "quota"),
        (401, b"{}", Validity.INVALID, "refused"),
        (403, google(403, "forbidden"), Validity.CANNOT_TELL, "HTTP 403: no"),
        (500, b"oops", Validity.CANNOT_TELL, "HTTP 500"),
        (200, b"{}", Validity.CANNOT_TELL, "HTTP 200"),
    ],
)
def test_what_youtube_says_of_a_key(status: int, body: bytes, validity: Validity, reason: str) -> None:
    verdict = youtube_key_verdict(status, body)
    assert verdict.validity is validity
    assert reason in verdict.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "error",
                    "errors",
                    "details",
                    "reason",
                    "message",
                    "code",
                    "is_valid",
                    "scopes",
                    "expires_at",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.integers(100, 599), st.binary(max_size=50) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_answer_gives_a_verdict_with_a_reason_of_one_line(status: int, body: bytes) -> None:
    for verdict in (graph(body, status), youtube_key_verdict(status, body)):
        assert verdict.reason or verdict.validity is Validity.VALID
        assert "\n" not in verdict.reason


@pytest.mark.parametrize(
    ("verdict", "effect"),
    [
        (Verdict(Validity.VALID), Effect(needs_validation=False, again=86_400)),
        (
            Verdict(Validity.VALID, ends_at=NOW + timedelta(hours=1)),
            Effect(needs_validation=False, again=3_600),
        ),
        (
            Verdict(Validity.VALID, ends_at=NOW + timedelta(days=60)),
            Effect(needs_validation=False, again=86_400),
        ),
        (Verdict(Validity.USED_UP), Effect(needs_validation=False, rest=REST_SECONDS, again=86_400)),
        (Verdict(Validity.INVALID), Effect(needs_validation=True, rest=REST_SECONDS)),
        (Verdict(Validity.MISSING_SCOPES), Effect(needs_validation=True, rest=REST_SECONDS)),
        (Verdict(Validity.DATA_ACCESS_EXPIRED), Effect(needs_validation=True, data_access_expired=True)),
        (
            Verdict(Validity.CANNOT_TELL),
            Effect(needs_validation=False, told=False, again=ASK_AGAIN_SECONDS),
        ),
    ],
)
def test_what_follows_from_a_verdict(verdict: Verdict, effect: Effect) -> None:
    assert effect_of(verdict, hours=24, now=NOW) == effect


def test_only_a_valid_credential_and_one_that_could_not_be_asked_about_are_used() -> None:
    usable = {validity for validity in Validity if Verdict(validity).usable}
    assert usable == {Validity.VALID, Validity.CANNOT_TELL}
