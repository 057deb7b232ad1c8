"""The identity service tells of a credential: a new or changed one, one whose data access ended, one that was revoked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from upbeat.crawlers.registry import crawler_classes
from upbeat.listeners.messages.fields import ChangeTime, Message, Name


class CredentialUpdateV1(Message):
    """A credential. Which fields `credentials` has is the source's: `token` and `user_id`, or `key`.

    With the naming field alone (`user_id`) the message changes the state of a credential that is known.
    """

    version: Literal[1]
    source: str = Field(max_length=100, description="A source that takes credentials, `graphapi`.")
    credentials: dict[str, SecretStr]
    updated_at: ChangeTime
    handle: Name | None = Field(None, description="Whose credential it is.")
    enabled: bool | None = Field(
        None, description="A person's act: left out, what a person set here before stays."
    )
    data_access_expired: bool | None = None
    revoked: bool = Field(False, description="Withdrawn: it is removed here.")

    @model_validator(mode="after")
    def _fits_the_source(self) -> CredentialUpdateV1:
        kinds = credential_kinds(self.source)
        given = set(self.credentials)
        whole = any(given == set(fields) for fields in kinds)
        if not whole and not (self.only_names_it and any("user_id" in fields for fields in kinds)):
            choices = " or ".join(", ".join(fields) for fields in kinds)
            raise ValueError(f"credentials of {self.source} have the fields {choices}, and no others")
        if not all(_usable(value.get_secret_value()) for value in self.credentials.values()):
            raise ValueError("credentials: a field is empty, too long, or holds white space or control signs")
        if (
            self.only_names_it
            and not self.revoked
            and self.enabled is None
            and self.data_access_expired is None
        ):
            raise ValueError("credentials: only user_id is given, and nothing that changes")
        return self

    @property
    def only_names_it(self) -> bool:
        """Whether there are no secrets: the message is about the state of a known credential."""
        return set(self.credentials) == {"user_id"}

    def secrets(self) -> dict[str, str]:
        """The fields in the clear, to be encrypted."""
        return {name: value.get_secret_value() for name, value in self.credentials.items()}


def credential_kinds(source: str) -> list[tuple[str, ...]]:
    """The sets of fields that a credential of the source may have. Raises `ValueError` when it takes none."""
    taking = {name: cls for name, cls in crawler_classes().items() if cls.credential_fields}
    if source not in taking:
        raise ValueError(f"source: it is none that takes credentials: use one of {', '.join(taking)}")
    found = (taking[source].credential_fields, taking[source].own_credential_fields)
    return [fields for fields in found if fields]


def _usable(value: str) -> bool:
    return 0 < len(value) <= 4_000 and value.isprintable() and not any(sign.isspace() for sign in value)


EXAMPLE: dict[str, Any] = {
    "version": 1,
    "source": "graphapi",
    "credentials": {"token": "EAAB-the-token-of-the-account", "user_id": "17841499999999999"},
    "handle": "natgeo",
    "updated_at": "2026-11-20T09:29:00Z",
}
