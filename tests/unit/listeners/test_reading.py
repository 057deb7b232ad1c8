"""From bytes to a plan, or to one line that says why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from upbeat.credentials import CredentialCipher
from upbeat.listeners.credentials import Credentials
from upbeat.listeners.handler import Handler
from upbeat.listeners.messages import credential_update, scrape_request
from upbeat.listeners.reading import UnusableError, body_hash, message_name, one_line, read
from upbeat.listeners.scrape_requests import ScrapeRequests
from upbeat.listeners.sealing import SEALED, Seal
from upbeat.settings import Settings

SETTINGS = Settings.model_validate({"credential_key": Fernet.generate_key().decode()})
NOW = datetime(2026, 11, 20, tzinfo=UTC)
BODY = orjson.dumps(scrape_request.EXAMPLE)


def plan(body: bytes, handler: Handler | None = None, content_type: str | None = None) -> Any:
    chosen = handler or ScrapeRequests()
    return read(
        body, message_id="m", content_type=content_type, models=chosen.models, handler=chosen, received_at=NOW
    )


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[1]", "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"{}", "version: is missing or unknown: this listener takes 1"),
        (b'{"version": true}', "version: is missing or unknown"),
        (b'{"version": "1"}', "version: is missing or unknown"),
        (b'{"version": 2}', "version: is missing or unknown"),
        (b'{"version": 1}', "flow: Field required (and 1 more)"),
        (b'{"version": 1, "flow": "x\\ud800", "params": {}}', "is no JSON"),
        (
            BODY.replace(b"natgeo", b"not a handle", 1),
            "instagram.profile_by_handle: handle='not a handle' does not fit",
        ),
        (BODY.replace(b"profile_by_handle", b"nothing"), "there is no such flow"),
        (b" " * 9_000_000, "is larger than"),
    ],
)
def test_a_body_that_cannot_be_used_is_answered_with_one_line(body: bytes, problem: str) -> None:
    with pytest.raises(UnusableError) as caught:
        plan(body)
    assert problem in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_no_bytes_break_the_reader_and_every_reason_fits_a_header(body: bytes) -> None:
    for handler in (ScrapeRequests(), Credentials(SETTINGS)):
        with pytest.raises(UnusableError) as caught:
            plan(body, handler)
        assert str(caught.value).isprintable()
        assert 0 < len(str(caught.value)) <= 500


def test_a_flow_of_a_part_that_is_not_there_yet_is_refused_as_on_the_command_line() -> None:
    body = orjson.dumps({"version": 1, "flow": "assets.instagram_picture", "params": {}})
    with pytest.raises(UnusableError, match=r"instagram_picture"):
        plan(body)


def test_a_message_without_an_id_is_named_by_its_body() -> None:
    assert message_name("m", b"a") == message_name("m", b"b") == "m"
    assert message_name(None, b"a") == message_name("", b"a") != message_name(None, b"b")
    with pytest.raises(UnusableError):
        message_name("a\x00", b"")


@given(st.binary(max_size=50))
def test_the_hash_of_a_body_fits_a_bigint(body: bytes) -> None:
    assert -(2**63) <= body_hash(body) < 2**63


@given(st.text())
def test_a_reason_is_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()


def test_a_sealed_body_is_opened_and_is_the_same_message() -> None:
    handler = Credentials(SETTINGS)
    body = orjson.dumps(credential_update.EXAMPLE)
    sealed = handler.seal.close(body)
    assert b"EAAB" not in sealed
    open_one, sealed_one = plan(body, handler), plan(sealed, handler, SEALED)
    assert open_one == sealed_one


@given(st.binary(max_size=300))
def test_any_body_comes_out_of_its_seal_as_it_went_in(body: bytes) -> None:
    seal = Seal(CredentialCipher(SETTINGS))
    assert seal.open(seal.close(body)) == body


def test_a_sealed_body_under_another_key_is_refused() -> None:
    other = Settings.model_validate({"credential_key": Fernet.generate_key().decode()})
    sealed = Seal(CredentialCipher(other)).close(b"{}")
    for body in (sealed, b"nonsense"):
        with pytest.raises(UnusableError, match="opens with no key"):
            plan(body, Credentials(SETTINGS), SEALED)


def test_only_a_listener_with_secrets_opens_sealed_bodies() -> None:
    with pytest.raises(UnusableError, match="is no JSON"):
        plan(Credentials(SETTINGS).seal.close(BODY), ScrapeRequests(), SEALED)
