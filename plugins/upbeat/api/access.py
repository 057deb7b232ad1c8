"""Who calls, and what they may do: API keys with scopes. `require("read")` is the dependency of every route."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader

from upbeat.api.known_parameters import refuse_unknown_parameters
from upbeat.api.problems import ProblemError
from upbeat.api.request_log import add_headers
from upbeat.api.state import ApiState, state_of
from upbeat.stores.named_sql import load_statements

Scope = Literal["read", "lookup", "scrape", "credentials", "campaigns", "events", "operations"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

SQL = load_statements(Path(__file__).with_name("access.sql"))
PREFIX = "upb"
_NOBODY = bytes(32)
_SIGNS = string.ascii_lowercase + string.digits

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="`upb_<id>_<secret>`")
State = Annotated[ApiState, Depends(state_of)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `actor` stands in the audit log; with an `account_id` only that customer's campaigns are seen."""

    actor: str
    scopes: frozenset[str]
    key_id: str | None = None
    account_id: str | None = None
    rate: str | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made; `text` is shown once and kept nowhere."""

    key_id: str
    text: str
    secret_hash: bytes


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
    return parts[1], parts[2]


def require(scope: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency that gives the caller, where their key has this scope and may ask once more.

    Query parameters that the route does not have are refused here as well, after the caller is known.

    Raises:
        ProblemError: 401 for no key, an unknown, expired or revoked one; 403 without the scope; 429 above the key's rate; 422
            for a parameter that does not exist.
    """

    async def caller(
        request: Request, state: State, text: Annotated[str | None, Security(_header)] = None
    ) -> Caller:
        found = await caller_of(state, text)
        await _spend(request, state, found)
        if scope not in found.scopes:
            raise ProblemError(403, "Scope missing", f"the key {found.key_id} lacks the scope `{scope}`")
        await refuse_unknown_parameters(request)
        return found

    return caller


async def caller_of(state: ApiState, text: str | None) -> Caller:
    """The caller of a key. Raises `ProblemError` 401."""
    parts = split_key(text) if text else None
    if parts is None:
        raise _refused("send an API key in the header X-API-Key; `upbeat api-keys create` makes one")
    key_id, secret = parts
    key = await state.keys.find(key_id)
    if not hmac.compare_digest(key.secret_hash if key else _NOBODY, hash_secret(secret)) or key is None:
        raise _refused("the API key is not known")
    if key.revoked_at is not None:
        raise _refused(f"the API key {key_id} was revoked")
    if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
        raise _refused(f"the API key {key_id} has expired: `upbeat api-keys create` makes another one")
    state.keys.used(key_id)
    return Caller(f"key:{key_id}", key.scopes, key_id, key.account_id, key.rate)


async def _spend(request: Request, state: ApiState, caller: Caller) -> None:
    """One request of the caller's rate; what is left stands in the headers of the answer."""
    if caller.key_id is None:
        return
    allowance = await state.rates.take(caller.key_id, caller.rate)
    add_headers(request.scope, allowance.headers())
    if not allowance.allowed:
        seconds = max(1, ceil(allowance.retry_after))
        raise ProblemError(
            429,
            "Rate limited",
            f"the key {caller.key_id} may make {allowance.rate} requests: ask again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )


def _refused(detail: str) -> ProblemError:
    return ProblemError(401, "Not authenticated", detail, headers={"WWW-Authenticate": "X-API-Key"})
