"""How sources are asked about credentials: through the limits, and without the secret in what is kept or said."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from upbeat.crawlers.credential_validation import UpstreamValidator
from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.credentials import Credential, Validity
from upbeat.credentials.verdicts import REQUIRED_SCOPES
from upbeat.errors import BackOffError, RotateCredentialError
from upbeat.ratelimit import MemoryRateLimiter, source_key
from upbeat.settings import Settings

TOKEN = "EAAB-very-secret-token"
GRAPH = Credential(1, "graphapi", {"token": TOKEN, "user_id": "17"})
YOUTUBE = Credential(2, "ytapi", {"key": "AIza-very-secret-key"})
VALID = json.dumps({"data": {"is_valid": True, "scopes": list(REQUIRED_SCOPES)}}).encode()


class Source:
    """Gives one answer and remembers the questions."""

    def __init__(self, answer: bytes | Exception = VALID, status: int = 200, **settings: object) -> None:
        self.settings = Settings(**settings)  # type: ignore[arg-type]
        self.answer, self.status = answer, status
        self.asked: list[UpstreamRequest] = []

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Answer(self.status, {}, self.answer, datetime.now(UTC))


def validator_of(source: Source, limiter: MemoryRateLimiter | None = None) -> UpstreamValidator:
    return UpstreamValidator(source.settings, source, limiter or MemoryRateLimiter())


async def test_a_graph_token_is_asked_about_with_itself_and_stands_in_no_address() -> None:
    source = Source()
    assert (await validator_of(source).ask(GRAPH)).validity is Validity.VALID
    (request,) = source.asked
    assert request.path == "/v15.0/debug_token"
    assert request.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert request.secret_query == {"input_token": TOKEN}
    assert TOKEN not in repr(request)


@pytest.mark.parametrize(
    ("secrets", "header"),
    [
        ({"key": "a-key"}, {"X-Goog-Api-Key": "a-key"}),
        ({"token": "a-token", "user_id": "UC1"}, {"Authorization": "Bearer a-token"}),
    ],
)
async def test_a_youtube_key_or_token_is_asked_about_by_a_request_that_bears_it(
    secrets: dict[str, str], header: dict[str, str]
) -> None:
    source = Source(b'{"items": []}')
    verdict = await validator_of(source).ask(Credential(3, "ytapi", secrets))
    assert verdict.validity is Validity.VALID
    assert source.asked[0].headers == header


async def test_with_an_app_token_that_one_asks() -> None:
    source = Source(graph_app_token=SecretStr("app|secret"))
    await validator_of(source).ask(GRAPH)
    assert source.asked[0].headers == {"Authorization": "Bearer app|secret"}
    source.answer, source.status = b'{"error": {"code": 190, "message": "bad app token"}}', 400
    assert (await validator_of(source).ask(GRAPH)).validity is Validity.CANNOT_TELL


async def test_a_youtube_key_goes_into_a_header_of_a_request_that_costs_one_unit() -> None:
    source = Source(b'{"items": []}')
    assert (await validator_of(source).ask(YOUTUBE)).validity is Validity.VALID
    (request,) = source.asked
    assert (request.path, request.query["part"]) == ("/youtube/v3/videos", "id")
    assert request.headers == {"X-Goog-Api-Key": YOUTUBE.secrets["key"]}
    assert not request.secret_query


def test_sources_without_a_way_to_ask_are_not_covered() -> None:
    validator = validator_of(Source())
    sources = ("graphapi", "ytapi", "rapidapi-igdata", "rocketapi", "shopify", "lama")
    assert [source for source in sources if validator.covers(source)] == ["graphapi", "ytapi"]


@pytest.mark.parametrize(
    ("failure", "validity", "reason"),
    [
        (BackOffError("no connection (ConnectError)"), Validity.CANNOT_TELL, "no connection"),
        (
            RotateCredentialError("cannot be sent", status=401, cool_down=1),
            Validity.INVALID,
            "cannot be sent",
        ),
        (ZeroDivisionError(f"a mistake with {TOKEN}"), Validity.CANNOT_TELL, "ZeroDivisionError"),
    ],
)
async def test_a_question_that_fails_is_a_verdict_too(
    failure: Exception, validity: Validity, reason: str
) -> None:
    verdict = await validator_of(Source(failure)).ask(GRAPH)
    assert verdict.validity is validity
    assert reason in verdict.reason
    assert TOKEN not in verdict.reason


async def test_a_source_that_is_to_be_left_alone_is_not_asked() -> None:
    source, limiter = Source(), MemoryRateLimiter()
    await limiter.penalise(source_key("graphapi"), 60)
    verdict = await validator_of(source, limiter).ask(GRAPH)
    assert verdict.validity is Validity.CANNOT_TELL
    assert "rate limit" in verdict.reason
    assert source.asked == []


@given(st.text("abcdefghijklmnopqrstuvwxyzEAQ0123456789-_|", min_size=8, max_size=80))
async def test_an_answer_that_quotes_the_secret_does_not_show_it(secret: str) -> None:
    said = {"code": 190, "message": f"Malformed access token {secret}"}
    source = Source(json.dumps({"error": said}).encode(), 400)
    verdict = await validator_of(source).ask(Credential(1, "graphapi", {"token": secret, "user_id": "17"}))
    assert verdict.validity is Validity.INVALID
    assert secret not in repr(verdict)
