"""Bodies with secrets, encrypted: what waits in an error queue is at rest, and secrets at rest are encrypted.

A sealed message is a message all the same: published again as it is, its listener opens it. So a bad one is neither lost nor
readable, and whoever sends error queues back needs no key.
"""

from __future__ import annotations

import base64
import binascii

from upbeat.credentials import CredentialCipher
from upbeat.errors import InputError

SEALED = "application/x-upbeat-sealed"
"""The content type of a sealed body."""


class Seal:
    """Encrypts with the newest key of the setting `credential_key`, opens with any of them."""

    def __init__(self, cipher: CredentialCipher) -> None:
        self._cipher = cipher

    def close(self, body: bytes) -> bytes:
        """The body as one opaque token."""
        return self._cipher.encrypt({"body": base64.b64encode(body).decode()})

    def open(self, token: bytes) -> bytes:
        """The body. Raises `InputError` when no key fits."""
        try:
            return base64.b64decode((self._cipher.decrypt(token) or {})["body"], validate=True)
        except (KeyError, binascii.Error, ValueError) as error:
            raise InputError("the sealed body opens with no key of UPBEAT_CREDENTIAL_KEY") from error
