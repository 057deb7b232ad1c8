"""Credentials for commands and services: store, list, switch on and off. Synchronous, one transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import psycopg

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.records import CredentialSummary, credential_key
from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import transaction

STATEMENTS = load_statements(Path(__file__).with_name("queries.sql"))
Change = Literal["added", "replaced", "unchanged"]


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
    key = credential_key(source, secrets)
    values = {"key": key, "source": source, "handle": handle, "credentials": cipher.encrypt(secrets)}
    with transaction(settings, application="upbeat credentials") as connection:
        inserted = connection.execute(STATEMENTS["insert"], values).fetchone()
        if inserted:
            return inserted["id"], "added"
        return _update(connection, cipher, secrets, values)


def _update(
    connection: psycopg.Connection[Any],
    cipher: CredentialCipher,
    secrets: Mapping[str, str],
    values: dict[str, Any],
) -> tuple[int, Change]:
    stored = connection.execute(STATEMENTS["find_by_key"], values).fetchone()
    assert stored is not None, "the insert met a row of this key, and rows are not deleted"
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
        raise InputError(f"id={credential_id}: there is no such credential: see `upbeat credentials list`")
