"""Credentials by the rules of the identity service's messages: encrypted before they are stored, newest change last, never told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from upbeat.api.access import Caller
from upbeat.api.audit import audit
from upbeat.api.credentials.schemas import Credential, CredentialPage, NewCredential, Validation
from upbeat.api.message_bodies import read_body
from upbeat.api.pages import decode_cursor, encode_cursor, require_page
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState, Connection
from upbeat.crawlers.credential_validation import validate_stored
from upbeat.credentials.records import CredentialSummary
from upbeat.credentials.table import STATEMENTS
from upbeat.errors import InputError
from upbeat.listeners.credentials import Credentials
from upbeat.stores.named_sql import load_statements
from upbeat.stores.synchronous_view import run_synchronous

SQL = load_statements(Path(__file__).with_name("queries.sql"))


def require_whole_reach(caller: Caller) -> None:
    """Credentials serve all accounts. Raises `ProblemError` 403 for a key that is of one."""
    if caller.account_id is not None:
        raise ProblemError(
            403, "Another account", f"the key is of the account {caller.account_id}: credentials serve all"
        )


async def put(
    state: ApiState, connection: Connection, caller: Caller, body: NewCredential
) -> tuple[int, bool]:
    """Store a credential, or other secrets under its name, in the caller's transaction.

    Returns:
        Its id, and whether it is new.

    Raises:
        ProblemError: 422 for fields that the source does not take; nothing of them is quoted. 412 where a newer change is known.
    """
    try:
        handler = Credentials(state.settings)
    except InputError as error:
        raise ProblemError(503, "Not configured", str(error)) from error
    told: dict[str, Any] = body.model_dump(exclude_none=True)
    told["credentials"] = {name: value.get_secret_value() for name, value in body.credentials.items()}
    plan = read_body(told, handler, datetime.now(UTC))
    if plan.secrets is None:
        raise ProblemError(
            422, "Invalid request", "credentials: the secret is missing: only user_id is given"
        )
    plan = replace(plan, changed_at=await _next_change(connection, plan.key))
    before = await _id_of(connection, plan.key)
    if await run_synchronous(connection, lambda view: handler.apply(view, [plan])):
        raise ProblemError(412, "Changed meanwhile", "a newer change of this credential is known: try again")
    stored = await _id_of(connection, plan.key)
    assert stored is not None
    verb = "add" if before is None else "replace"
    await audit(
        connection, caller.actor, f"credential.{verb}", str(stored), {"source": plan.source, "name": plan.key}
    )
    return stored, before is None


async def find(connection: Connection, credential_id: int) -> Credential:
    """One credential. Raises `ProblemError` 404."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(SQL["one"], {"id": credential_id})).fetchone()
    if row is None:
        raise _unknown(credential_id)
    return Credential.of(CredentialSummary(**row))


async def page(state: ApiState, source: str | None, limit: int, cursor: str | None) -> CredentialPage:
    """Credentials in the order of their ids. Raises `ProblemError` 400 for a cursor of another request, 422."""
    require_page(limit, state.settings.api_largest_page)
    secret = state.settings.api_secret.get_secret_value()
    request = {"resource": "credentials", "source": source}
    after = decode_cursor(secret, request, cursor)[0] if cursor else 0
    async with state.connection() as connection:
        (now,) = await (await connection.execute(SQL["now"])).fetchone() or (None,)
        async with connection.cursor(row_factory=dict_row) as rows:
            await rows.execute(SQL["page"], {"after": after, "source": source, "limit": limit + 1})
            found = [Credential.of(CredentialSummary(**row)) for row in await rows.fetchall()]
    more = len(found) > limit
    following = encode_cursor(secret, request, [found[limit - 1].id]) if more else None
    return CredentialPage(data=found[:limit], next=following, freshness={"read_at": now})


async def set_enabled(
    connection: Connection, caller: Caller, credential_id: int, enabled: bool
) -> Credential:
    """A person's act. Raises `ProblemError` 404."""
    values = {"id": credential_id, "enabled": enabled}
    if await (await connection.execute(STATEMENTS["set_enabled"], values)).fetchone() is None:
        raise _unknown(credential_id)
    await audit(
        connection, caller.actor, f"credential.{'enable' if enabled else 'disable'}", str(credential_id)
    )
    return await find(connection, credential_id)


async def remove(connection: Connection, caller: Caller, credential_id: int) -> None:
    """Delete it, secrets and all; an older message does not bring it back. Raises `ProblemError` 404."""
    name = (await find(connection, credential_id)).name
    if await (await connection.execute(STATEMENTS["remove"], {"id": credential_id})).fetchone() is None:
        raise _unknown(credential_id)
    await audit(connection, caller.actor, "credential.delete", str(credential_id), {"name": name})


async def validate(state: ApiState, caller: Caller, credential_id: int) -> Validation:
    """Ask the source about it now; what it says is written down. Raises `ProblemError` 404."""
    reports = await validate_stored(state.settings, credential_id=credential_id)
    if not reports:
        raise _unknown(credential_id)
    verdict = reports[0].verdict
    validity = None if verdict is None else verdict.validity.value
    async with state.transaction() as connection:
        await audit(
            connection, caller.actor, "credential.validate", str(credential_id), {"validity": validity}
        )
    return Validation.model_validate({"id": credential_id, "validity": validity, "reason": reports[0].reason})


async def _next_change(connection: Connection, key: str) -> datetime:
    """By the clock of the database, and after what a message told, whose sender's clock may be ahead."""
    row = await (await connection.execute(SQL["next_change"], {"key": key})).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


async def _id_of(connection: Connection, key: str) -> int | None:
    row = await (await connection.execute(SQL["id_of"], {"key": key})).fetchone()
    return None if row is None else int(row[0])


def _unknown(credential_id: int) -> ProblemError:
    return ProblemError(404, "Not found", f"credential {credential_id}: there is no such credential")
