"""Keys, states and encryption of credentials, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from upbeat.credentials import Credential, CredentialCipher, CredentialSummary, credential_key
from upbeat.errors import InputError
from upbeat.settings import Settings

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
SECRETS = {"token": "EAAB-very-secret", "user_id": "17841400000000001"}


def cipher(*keys: str) -> CredentialCipher:
    return CredentialCipher(Settings(credential_key=SecretStr(",".join(keys))))


def test_a_credential_is_named_by_its_user_or_by_a_fingerprint() -> None:
    assert credential_key("graphapi", SECRETS) == "graphapi:17841400000000001"
    key = credential_key("rapidapi-igdata", {"key": "abc"})
    assert key == "rapidapi-igdata:sha256:ba7816bf8f01cfea"
    assert credential_key("rapidapi-igdata", {"key": "abd"}) != key


def test_a_credential_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="all given fields are empty"):
        credential_key("lama", {"key": ""})


def test_secrets_never_show_in_a_repr() -> None:
    assert "very-secret" not in repr(Credential(1, "graphapi", SECRETS, "me"))


def test_what_is_encrypted_is_read_back_and_differs_every_time() -> None:
    first, second = cipher(NEW).encrypt(SECRETS), cipher(NEW).encrypt(SECRETS)
    assert first != second
    assert b"very-secret" not in first
    assert cipher(NEW).decrypt(first) == SECRETS


def test_an_older_key_still_reads_and_rotation_brings_the_newest() -> None:
    token = cipher(OLD).encrypt(SECRETS)
    both = cipher(NEW, OLD)
    assert both.decrypt(token) == SECRETS
    assert cipher(NEW).decrypt(token) is None
    assert cipher(NEW).decrypt(both.rotate(token)) == SECRETS


def test_rotation_without_the_old_key_is_refused() -> None:
    with pytest.raises(InputError, match="add that key"):
        cipher(NEW).rotate(cipher(OLD).encrypt(SECRETS))


@pytest.mark.parametrize("key", ["", " , ", "too-short", "x" * 44])
def test_a_missing_or_wrong_key_is_told_without_showing_it(key: str) -> None:
    with pytest.raises(InputError, match="UPBEAT_CREDENTIAL_KEY") as caught:
        cipher(key)
    assert not key.strip(" ,") or key not in str(caught.value)


def test_the_state_says_why_a_credential_is_not_picked() -> None:
    now = datetime.now(UTC)
    usable = CredentialSummary(
        id=1,
        idempotency_key="k",
        source="s",
        handle=None,
        enabled=True,
        data_access_expired=False,
        disabled_till=None,
        cooling_seconds=0.0,
        created_at=now,
        updated_at=now,
    )
    assert usable.state == "usable"
    assert replace(usable, cooling_seconds=5.0).state == "cooling"
    assert replace(usable, data_access_expired=True).state == "data_access_expired"
    assert replace(usable, enabled=False, cooling_seconds=5.0).state == "disabled"
