"""Credential updates of the identity service: stored encrypted, switched, or removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from upbeat.credentials import CredentialCipher, credential_key
from upbeat.credentials.store import put
from upbeat.credentials.table import STATEMENTS
from upbeat.errors import InputError
from upbeat.listeners.handler import Received
from upbeat.listeners.messages import credential_update
from upbeat.listeners.messages.credential_update import CredentialUpdateV1
from upbeat.listeners.sealing import Seal
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class CredentialPlan:
    """What an update does to the credential `key`. None leaves `enabled` and `data_access_expired` as they are."""

    key: str
    source: str
    changed_at: datetime
    handle: str | None
    secrets: Mapping[str, str] | None = field(repr=False)
    """None: the message names a credential that must be known."""
    enabled: bool | None
    data_access_expired: bool | None
    revoked: bool


class Credentials:
    """See `Handler`."""

    models = {1: CredentialUpdateV1}  # noqa: RUF012 - as the protocol has it
    example = credential_update.EXAMPLE

    def __init__(self, settings: Settings) -> None:
        """Raises `InputError` when there is no key to encrypt with."""
        self._cipher = CredentialCipher(settings)
        self.seal = Seal(self._cipher)

    def plan(self, received: Received) -> CredentialPlan:
        """The update. `enabled` is a person's act: it is touched when the message says it, and else never."""
        update: CredentialUpdateV1 = received.message
        secrets = update.secrets()
        return CredentialPlan(
            key=credential_key(update.source, secrets),
            source=update.source,
            changed_at=update.updated_at,
            handle=update.handle,
            secrets=None if update.only_names_it else secrets,
            enabled=update.enabled,
            data_access_expired=update.data_access_expired,
            revoked=update.revoked,
        )

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[CredentialPlan]) -> int:
        """Credential by credential, in the order of their keys: two processes that meet cannot deadlock."""
        return sum(not self._store(connection, plan) for plan in sorted(plans, key=lambda plan: plan.key))

    def _store(self, connection: psycopg.Connection[Any], plan: CredentialPlan) -> bool:
        change = {"key": plan.key, "changed_at": plan.changed_at, "revoked": plan.revoked}
        if connection.execute(_SQL["note_change"], change).fetchone() is None:
            return False
        if plan.revoked:
            connection.execute(_SQL["remove_by_key"], change)
            return True
        identity = self._stored(connection, plan)
        if plan.data_access_expired is not None:
            expired = {"id": identity, "expired": plan.data_access_expired}
            connection.execute(_SQL["set_data_access"], expired)
        if plan.enabled is not None:
            switch = {"id": identity, "enabled": plan.enabled, "changed_at": plan.changed_at}
            connection.execute(_SQL["switch"], switch)
        return True

    def _stored(self, connection: psycopg.Connection[Any], plan: CredentialPlan) -> int:
        """The credential's id, with its secrets and handle as the message has them."""
        if plan.secrets is not None:
            return put(connection, self._cipher, plan.source, plan.secrets, plan.handle)[0]
        stored = connection.execute(STATEMENTS["find_by_key"], {"key": plan.key}).fetchone()
        if stored is None:
            # The user id is what the sender wrote: a token, if they mixed up the two.
            raise InputError(
                f"there is no credential of {plan.source} with this user_id: send all of its fields"
            )
        if plan.handle not in (None, stored["handle"]):
            connection.execute(STATEMENTS["set_handle"], {"id": stored["id"], "handle": plan.handle})
        return int(stored["id"])
