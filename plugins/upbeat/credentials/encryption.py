"""Encryption of credentials at rest: Fernet (AES-128-CBC with HMAC-SHA256), several keys so that they can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from upbeat.errors import InputError
from upbeat.settings import Settings

KeyState = Literal["newest", "older", "unknown"]


class CredentialCipher:
    """Encrypts with the newest key of the setting `credential_key`, decrypts with any of them."""

    def __init__(self, settings: Settings) -> None:
        """Raises `InputError` when the key is missing or is none; the message does not hold it."""
        keys = [key.strip() for key in settings.credential_key.get_secret_value().split(",") if key.strip()]
        if not keys:
            raise InputError(
                "UPBEAT_CREDENTIAL_KEY is not set: `upbeat up` generates one, or set it to a Fernet key"
            )
        try:
            self._newest = Fernet(keys[0])
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise InputError(
                "UPBEAT_CREDENTIAL_KEY is not a Fernet key: it must be url-safe base64 of 32 bytes"
            ) from error

    def encrypt(self, secrets: Mapping[str, str]) -> bytes:
        """The secrets as one opaque token; another one every time."""
        return self._fernet.encrypt(orjson.dumps(dict(secrets)))

    def decrypt(self, token: bytes) -> dict[str, str] | None:
        """The secrets; None when no key fits."""
        try:
            document = orjson.loads(self._fernet.decrypt(token))
        except InvalidToken:
            return None
        return {str(name): str(value) for name, value in document.items()}

    def key_of(self, token: bytes) -> KeyState:
        """Which of the keys a token is encrypted with; `unknown` for none of them."""
        try:
            self._newest.decrypt(token)
        except InvalidToken:
            return "unknown" if self.decrypt(token) is None else "older"
        return "newest"

    def rotate(self, token: bytes) -> bytes:
        """The same secrets under the newest key. Raises `InputError` when no key fits."""
        try:
            return self._fernet.rotate(token)
        except InvalidToken as error:
            raise InputError(
                "a credential was encrypted with a key that UPBEAT_CREDENTIAL_KEY no longer holds: add that key"
            ) from error
