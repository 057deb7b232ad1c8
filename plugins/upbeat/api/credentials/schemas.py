"""What is sent of a credential, and what may be seen of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool

from upbeat.credentials.records import CredentialState, CredentialSummary


class NewCredential(BaseModel):
    """A credential of a source. Which fields it has is the source's: `token` and `user_id`, or `key`."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "source": "graphapi",
                    "credentials": {"token": "EAAB-the-token-of-the-account", "user_id": "17841499999999999"},
                    "handle": "natgeo",
                }
            ]
        },
    )

    source: str = Field(max_length=100, description="A source that takes credentials, `graphapi`.")
    credentials: dict[str, SecretStr] = Field(
        max_length=10, description="Written only: encrypted, and never told again."
    )
    handle: str | None = Field(None, min_length=1, max_length=300, description="Whose credential it is.")
    enabled: StrictBool | None = Field(None, description="Left out, what a person set before stays.")


class CredentialChange(BaseModel):
    """A person switches a credential on or off."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"enabled": False}]})

    enabled: StrictBool


class Credential(BaseModel):
    """What may be seen of a credential. `name` is its source with a user id or a fingerprint, no secret."""

    id: int
    name: str
    source: str
    handle: str | None
    state: CredentialState
    enabled: bool
    data_access_expired: bool
    disabled_till: datetime | None = Field(description="It rests until then.")
    needs_validation: bool
    validated_at: datetime | None
    validation_reason: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: CredentialSummary) -> Credential:
        """From the row."""
        names = (name for name in cls.model_fields if name not in ("name", "state"))
        return cls(
            name=found.idempotency_key, state=found.state, **{name: getattr(found, name) for name in names}
        )


class CredentialAnswer(BaseModel):
    """One credential."""

    data: Credential


class CredentialPage(BaseModel):
    """A page of credentials, in the order of their ids."""

    data: list[Credential]
    next: str | None
    freshness: dict[str, datetime]


class Validation(BaseModel):
    """What the source said of a credential; `validity` is null where it has no way to be asked."""

    id: int
    validity: (
        Literal["valid", "invalid", "data_access_expired", "missing_scopes", "used_up", "cannot_tell"] | None
    )
    reason: str


class ValidationAnswer(BaseModel):
    """One validation."""

    data: Validation
