"""Who calls, and what they may do: API keys with scopes. `require("read")` is the dependency of every route."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from upbeat.api.key_cache import KeptKey
from upbeat.api.keys import SCOPES, SQL, Scope, hash_secret, make_key, split_key
from upbeat.api.known_parameters import refuse_unknown_parameters
from upbeat.api.problems import ProblemError
from upbeat.api.request_log import KEY_ID, add_headers
from upbeat.api.state import ApiState, state_of

__all__ = ["SCOPES", "SQL", "Caller", "Scope", "State", "caller_of", "make_key", "require", "scope_of"]

_NOBODY = bytes(32)
_SCOPE = "_upbeat_scope"


async def _given_state(connection: HTTPConnection) -> ApiState:
    # FastAPI would send a plain function to a thread.
    return state_of(connection)


State = Annotated[ApiState, Depends(_given_state)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `actor` stands in the audit log; with an `account_id` only that customer's campaigns are seen."""

    actor: str
    scopes: frozenset[str]
    key_id: str | None = None
    account_id: str | None = None
    rate: str | None = None


def require(scope: Scope | None) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """A dependency that gives the caller, where their key has this scope (None: any key) and may ask once more.

    Query parameters that the route does not have are refused here as well, after the caller is known.

    Raises:
        ProblemError: 401 for no key, an unknown, expired or revoked one; 403 without the scope; 429 above the key's rate; 422
            for a parameter that does not exist.
    """

    async def caller(request: Request) -> Caller:
        state = state_of(request)
        found = await caller_of(state, _sent_key(request))
        await spend(request, state, found)
        if scope is not None and scope not in found.scopes:
            raise ProblemError(403, "Scope missing", f"the key {found.key_id} lacks the scope `{scope}`")
        await refuse_unknown_parameters(request)
        return found

    setattr(caller, _SCOPE, scope or "any")
    return caller


def scope_of(dependency: object) -> str | None:
    """The scope that a dependency of `require` asks for (`any` for any key); None for other dependencies."""
    return getattr(dependency, _SCOPE, None)


async def caller_of(state: ApiState, text: str | None) -> Caller:
    """The caller of a key. Raises `ProblemError` 401."""
    if not text:
        raise _refused("send an API key in the header X-API-Key; `upbeat api-keys create` makes one")
    parts = split_key(text)
    if parts is None:
        raise _refused("what was sent as API key is none: send all of it, upb_…, as it was shown once")
    key_id, secret = parts
    key = await state.keys.find(key_id)
    if not hmac.compare_digest(key.secret_hash if key else _NOBODY, hash_secret(secret)) or key is None:
        raise _refused("the API key is not known")
    return _let_in(state, key)


async def caller_of_session(state: ApiState, key_id: str) -> Caller:
    """The caller of a key that was shown before. It is looked up anew: one that was revoked since opens nothing. Raises as `caller_of`."""
    key = await state.keys.find(key_id)
    if key is None:
        raise _refused("the API key is not known")
    return _let_in(state, key)


def _let_in(state: ApiState, key: KeptKey) -> Caller:
    key_id = key.key_id
    if key.revoked_at is not None:
        raise _refused(f"the API key {key_id} was revoked")
    if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
        raise _refused(f"the API key {key_id} has expired: `upbeat api-keys create` makes another one")
    state.keys.used(key_id)
    return Caller(f"key:{key_id}", key.scopes, key_id, key.account_id, key.rate)


def _sent_key(request: Request) -> str | None:
    """From `X-API-Key`, or from `Authorization: Bearer …`, which Prometheus and many clients can send."""
    text = request.headers.get("x-api-key")
    if text is None:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        return text if kind.lower() == "bearer" else None
    return text


async def spend(request: Request, state: ApiState, caller: Caller) -> None:
    """One request of the caller's rate; what is left stands in the headers of the answer. Raises `ProblemError` 429."""
    if caller.key_id is None:
        return
    request.scope[KEY_ID] = caller.key_id
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
