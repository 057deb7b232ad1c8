"""What a credential is: values without a database behind them. Secrets never show in `repr`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from upbeat.errors import InputError

_MIN_SECRET = 8
_MIN_PIECE = 12
CredentialState = Literal["usable", "cooling", "data_access_expired", "disabled"]


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential, ready to use."""

    id: int
    source: str
    secrets: Mapping[str, str] = field(repr=False)
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSummary:
    """What people may see of a credential. `idempotency_key` holds a user id or a fingerprint, no secret."""

    id: int
    idempotency_key: str
    source: str
    handle: str | None
    enabled: bool
    data_access_expired: bool
    disabled_till: datetime | None
    cooling_seconds: float
    created_at: datetime
    updated_at: datetime
    needs_validation: bool = True
    validated_at: datetime | None = None
    validation_reason: str | None = None

    @property
    def state(self) -> CredentialState:
        """Whether it is picked now, and if not, why."""
        if not self.enabled:
            return "disabled"
        if self.data_access_expired:
            return "data_access_expired"
        return "cooling" if self.cooling_seconds > 0 else "usable"


def without_secrets(text: str, secrets: Mapping[str, str] | None) -> str:
    """`text` with `***` for the secrets of a credential, and for what is left of one where a text was cut short.

    Its user id may stand, and so may what is too short (under 8 letters) to be a secret.
    """
    for name, secret in (secrets or {}).items():
        if name == "user_id" or len(secret) < _MIN_SECRET:
            continue
        text = text.replace(secret, "***")
        beginning = secret[:_MIN_PIECE]
        while (at := text.find(beginning)) >= 0:
            end = at + len(beginning)
            while text[at : end + 1] == secret[: end + 1 - at] and end < len(text):
                end += 1
            text = f"{text[:at]}***{text[end:]}"
    return text


def same_handle(one: str | None, other: str) -> bool:
    """Whether two spellings (`@NatGeo`, `natgeo`) are one handle."""
    return one is not None and one.strip().lstrip("@").lower() == other.strip().lstrip("@").lower()


def credential_key(source: str, secrets: Mapping[str, str]) -> str:
    """The unique name of a credential: its source and user id, or else a fingerprint of its key or token.

    The fingerprint is the first 16 hex digits of the SHA-256 of the secret.

    Raises:
        InputError: there is neither a user id nor anything to take a fingerprint of.
    """
    if secrets.get("user_id"):
        return f"{source}:{secrets['user_id']}"
    parts = [secrets[name] for name in sorted(secrets) if secrets[name]]
    if not parts:
        raise InputError(
            f"{source}: a credential needs a key, a token or a user id: all given fields are empty"
        )
    return f"{source}:sha256:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"
