"""API keys: what they look like, and how a person makes, lists and revokes them."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from psycopg.rows import class_row

from upbeat.errors import InputError
from upbeat.ratelimit import parse_rate
from upbeat.settings import Settings
from upbeat.stores.audit_log import audit_in_shell
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import transaction

Scope = Literal["read", "lookup", "scrape", "credentials", "campaigns", "events", "operations"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

SQL = load_statements(Path(__file__).with_suffix(".sql"))
PREFIX = "upb"
_SIGNS = string.ascii_lowercase + string.digits
_HEX = frozenset(string.hexdigits.lower())


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made; `text` is shown once and kept nowhere."""

    key_id: str
    text: str
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class KeySummary:
    """A key as it may be shown. `state` is `usable`, `expired` or `revoked`; without a `rate` the setting's holds."""

    key_id: str
    name: str
    scopes: list[str]
    rate: str | None
    account_id: str | None
    state: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def make_key() -> NewKey:
    """A new key: 12 signs that may be shown, 256 bits that may not."""
    key_id = "".join(secrets.choice(_SIGNS) for _ in range(12))
    secret = secrets.token_hex(32)
    return NewKey(key_id, f"{PREFIX}_{key_id}_{secret}", hash_secret(secret))


def hash_secret(secret: str) -> bytes:
    """SHA-256: the secret is random, so that a slow hash would protect nothing."""
    return hashlib.sha256(secret.encode()).digest()


def split_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a key as it is sent; None for what is no key."""
    parts = text.strip().split("_")
    if len(parts) != 3 or parts[0] != PREFIX or len(parts[1]) != 12 or len(parts[2]) != 64:
        return None
    if not set(parts[1]) <= set(_SIGNS) or not set(parts[2]) <= _HEX:
        return None
    return parts[1], parts[2]


def create(
    settings: Settings,
    name: str,
    scopes: Sequence[str],
    *,
    rate: str | None = None,
    account_id: str | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key and keep its hash.

    Raises:
        InputError: no name, a scope that does not exist, what is no rate, an account without a name.
        StoreUnavailableError: Postgres does not answer.
    """
    if not name.strip():
        raise InputError("name: say who uses the key")
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise InputError(f"scope {unknown[0]!r} does not exist: the scopes are {', '.join(SCOPES)}")
    if not scopes:
        raise InputError(f"scope: name at least one of {', '.join(SCOPES)}")
    if rate is not None:
        parse_rate(rate, name="rate")
    if account_id is not None and not account_id.strip():
        raise InputError("account: it is empty: name the customer, or leave it out for a key of all of them")
    key = make_key()
    values = {
        "key_id": key.key_id,
        "name": name.strip(),
        "secret_hash": key.secret_hash,
        "scopes": sorted(set(scopes)),
        "rate": rate.strip() if rate else None,
        "account_id": account_id.strip() if account_id else None,
        "expires_at": expires_at,
    }
    told = {name: value for name, value in values.items() if name not in ("secret_hash", "key_id")}
    with transaction(settings) as connection:
        connection.execute(SQL["add_key"].encode(), values)
        audit_in_shell(connection, "api_key.create", key.key_id, told)
    return key


def list_keys(settings: Settings) -> list[KeySummary]:
    """All keys, the newest first. Raises `StoreUnavailableError`."""
    with transaction(settings) as connection, connection.cursor(row_factory=class_row(KeySummary)) as cursor:
        return cursor.execute(SQL["list_keys"].encode()).fetchall()


def revoke(settings: Settings, key_id: str) -> bool:
    """End a key for good: no process takes it any more after `key_cache.FRESH_SECONDS`.

    Returns:
        Whether it was not revoked before.

    Raises:
        InputError: there is no such key.
    """
    with transaction(settings) as connection:
        row = connection.execute(SQL["revoke_key"].encode(), {"key_id": key_id}).fetchone()
        if row is None:
            raise InputError(f"API key {key_id!r} is not known: `upbeat api-keys list` shows all")
        if row["is_new"]:
            audit_in_shell(connection, "api_key.revoke", key_id)
    return bool(row["is_new"])
