"""No secret of a credential is in a repr, a log line, an error or a masked text, whatever it consists of."""

from __future__ import annotations

import io
import string
from contextlib import redirect_stderr

import structlog
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from upbeat.credentials import Credential, CredentialCipher, credential_key, without_secrets
from upbeat.logs import configure_logging, get_logger
from upbeat.settings import Settings

SECRETS = st.text(string.ascii_letters + string.digits + "|_-.:/+=%&*", min_size=16, max_size=220)


@given(SECRETS, st.integers(12, 220), st.text(max_size=30), st.text(max_size=30))
def test_a_secret_is_taken_out_of_a_text_whole_or_cut_short(
    secret: str, kept: int, before: str, after: str
) -> None:
    for text in (f"{before}{secret}{after}", f"{before}{secret[:kept]}"):
        shown = without_secrets(text, {"token": secret})
        assert secret[:12] not in shown
    assert without_secrets(f"{before} 17 {after}", {"user_id": "17"}) == f"{before} 17 {after}"


@given(SECRETS)
def test_a_credential_shows_nothing_of_its_secret(secret: str) -> None:
    secrets = {"token": secret, "user_id": "17"}
    credential = Credential(1, "graphapi", secrets, "me")
    stored = CredentialCipher(Settings(credential_key=SecretStr(Fernet.generate_key().decode()))).encrypt(
        secrets
    )
    key = credential_key("rapidapi-igdata", {"key": secret})
    assert secret not in f"{credential!r} {credential} {stored!r} {key}"


@given(SECRETS)
def test_log_lines_hide_fields_that_are_named_like_secrets_and_credentials_themselves(secret: str) -> None:
    lines = io.StringIO()
    try:
        with redirect_stderr(lines):
            configure_logging("DEBUG", json=True)
            log = get_logger("test")
            log.info("picked", credential=Credential(1, "graphapi", {"token": secret}))
            log.info("stored", token=secret, fields={"key": 1, "api_key": secret, "access_token": secret})
    finally:
        structlog.reset_defaults()
    assert secret not in lines.getvalue()
    assert lines.getvalue().count("\n") == 2
