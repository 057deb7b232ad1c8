"""Credentials for commands and services: store, list, switch on and off, remove, change keys. Synchronous, one transaction each.

What a person writes here leaves a line in `beat.audit_log`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.records import CredentialSummary, credential_key
from upbeat.credentials.table import STATEMENTS
from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.audit_log import audit_in_shell
from upbeat.stores.postgres import transaction

Change = Literal["added", "replaced", "unchanged"]
_VERBS = {"added": "add", "replaced": "replace"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotation:
    """Ids of credentials by what becomes of them under the newest key."""

    newest: list[int]
    """Under it already."""
    older: list[int]
    """Encrypted anew, or to be."""
    unknown: list[int]
    """Under a key that UPBEAT_CREDENTIAL_KEY does not hold: left as they are."""


def upsert(
    settings: Settings, source: str, secrets: Mapping[str, str], handle: str | None = None
) -> tuple[int, Change]:
    """Store a credential under its key; other secrets under a known key replace the old ones and end a cool-down.

    Returns:
        Its id, and what was done. A credential that a person disabled stays disabled.

    Raises:
        InputError: nothing to store, or no encryption key.
        StoreUnavailableError: Postgres does not answer.
    """
    cipher = CredentialCipher(settings)
    with transaction(settings, application="upbeat credentials") as connection:
        identity, change = put(connection, cipher, source, secrets, handle)
        if change != "unchanged":
            detail = {"source": source, "name": credential_key(source, secrets)}
            audit_in_shell(connection, f"credential.{_VERBS[change]}", str(identity), detail)
    return identity, change


def put(
    connection: psycopg.Connection[Any],
    cipher: CredentialCipher,
    source: str,
    secrets: Mapping[str, str],
    handle: str | None = None,
) -> tuple[int, Change]:
    """As `upsert`, in the caller's transaction; its rows are dictionaries."""
    key = credential_key(source, secrets)
    values = {"key": key, "source": source, "handle": handle, "credentials": cipher.encrypt(secrets)}
    while True:
        inserted = connection.execute(STATEMENTS["insert"], values).fetchone()
        if inserted:
            return inserted["id"], "added"
        # The row that the insert met may have been removed since.
        stored = connection.execute(STATEMENTS["find_by_key"], values).fetchone()
        if stored:
            return _update(connection, cipher, secrets, values, stored)


def _update(
    connection: psycopg.Connection[Any],
    cipher: CredentialCipher,
    secrets: Mapping[str, str],
    values: dict[str, Any],
    stored: Mapping[str, Any],
) -> tuple[int, Change]:
    values = {**values, "id": stored["id"]}
    if cipher.decrypt(bytes(stored["credentials"])) != dict(secrets):
        connection.execute(STATEMENTS["replace_secrets"], values)
        return stored["id"], "replaced"
    if values["handle"] not in (None, stored["handle"]):
        connection.execute(STATEMENTS["set_handle"], values)
        return stored["id"], "replaced"
    return stored["id"], "unchanged"


def list_credentials(settings: Settings) -> list[CredentialSummary]:
    """All credentials by source, without their secrets."""
    with transaction(settings, application="upbeat credentials") as connection:
        rows = connection.execute(STATEMENTS["list_credentials"]).fetchall()
    return [CredentialSummary(**row) for row in rows]


def set_enabled(settings: Settings, credential_id: int, enabled: bool) -> None:
    """A person switches a credential on or off. Raises `InputError` for an id that does not exist."""
    with transaction(settings, application="upbeat credentials") as connection:
        row = connection.execute(
            STATEMENTS["set_enabled"], {"id": credential_id, "enabled": enabled}
        ).fetchone()
        if row is None:
            raise _unknown(credential_id)
        audit_in_shell(connection, f"credential.{'enable' if enabled else 'disable'}", str(credential_id))


def find(settings: Settings, credential_id: int) -> CredentialSummary:
    """One credential without its secrets. Raises `InputError` for an id that does not exist."""
    for summary in list_credentials(settings):
        if summary.id == credential_id:
            return summary
    raise _unknown(credential_id)


def remove(settings: Settings, credential_id: int) -> None:
    """Delete a credential for good. Raises `InputError` for an id that does not exist."""
    with transaction(settings, application="upbeat credentials") as connection:
        row = connection.execute(STATEMENTS["remove"], {"id": credential_id}).fetchone()
        if row is None:
            raise _unknown(credential_id)
        audit_in_shell(connection, "credential.delete", str(credential_id), {"name": row["idempotency_key"]})


def rotate_keys(settings: Settings, *, apply: bool) -> KeyRotation:
    """Encrypt every credential under the newest key of UPBEAT_CREDENTIAL_KEY; without `apply`, only look.

    A credential that somebody replaces meanwhile is encrypted by them, with the keys that they have: look again afterwards.
    """
    cipher = CredentialCipher(settings)
    found: dict[str, list[int]] = {"newest": [], "older": [], "unknown": []}
    with transaction(settings, application="upbeat credentials") as connection:
        for row in connection.execute(STATEMENTS["stored_credentials"]).fetchall():
            token = bytes(row["credentials"])
            state = cipher.key_of(token)
            found[state].append(row["id"])
            if apply and state == "older":
                change = {"id": row["id"], "old": token, "new": cipher.rotate(token)}
                connection.execute(STATEMENTS["reencrypt"], change)
        if apply:
            audit_in_shell(connection, "credential.rotate_keys", "all", {"ids": found["older"]})
    return KeyRotation(**found)


def _unknown(credential_id: int) -> InputError:
    return InputError(f"id={credential_id}: there is no such credential: see `upbeat credentials list`")
