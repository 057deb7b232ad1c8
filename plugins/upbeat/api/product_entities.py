"""Campaigns, collections and lists over the API: one way for all of them, by the rules of the product's messages.

A write states what it was made from (`If-Match` with the `ETag` that was read); what somebody else changed since is not overwritten.
A key of one account sees that account's entities, and no others.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from upbeat.api.access import Caller
from upbeat.api.audit import audit
from upbeat.api.message_bodies import read_body
from upbeat.api.pages import decode_cursor, encode_cursor, require_page
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState, Connection
from upbeat.listeners.handler import Handler
from upbeat.stores.named_sql import load_statements
from upbeat.stores.synchronous_view import run_synchronous

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
TICK = timedelta(microseconds=1)
ENTITY_ID = r"^[\w:.-]{1,100}$"
Document = dict[str, Any]
_NAMING = ("shortcode", "hashtag", "keyword", "handle")
"""What names a member within its platform: the first of these that it has."""


@dataclass(frozen=True, slots=True)
class EntityKind:
    """One resource.

    Attributes:
        name: as in the audit log, `campaign`.
        key: the field that names an entity.
        handler: reads and writes it, as the product's messages are.
        sql: the statements `get`, `list` and `lock`.
        members: the lists that belong to an entity; of the first, single members can be added and removed.
        own: further fields of the message that the body does not say.
    """

    name: str
    key: str
    handler: Handler
    sql: Mapping[str, str]
    members: tuple[str, ...]
    own: Mapping[str, Any] = field(default_factory=dict)

    def invent_id(self) -> str:
        """An id for one that was sent without."""
        return f"{self.name}-{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of an entity before it is written, its row locked; `account_id` is None where there is no row."""

    account_id: str | None
    updated_at: datetime | None
    deleted: bool
    now: datetime

    @property
    def lives(self) -> bool:
        """Whether it is there, for whoever may see it."""
        return self.updated_at is not None and not self.deleted

    def next_change(self) -> datetime:
        """The time of a change that comes after the stored one, whatever the clocks say."""
        return self.now if self.updated_at is None else max(self.now, self.updated_at + TICK)


def etag_of(updated_at: Any) -> str:
    """The entity tag of a state: the time of its last change."""
    text = updated_at if isinstance(updated_at, str) else updated_at.isoformat()
    return f'"{datetime.fromisoformat(text).isoformat(timespec="microseconds")}"'


async def get(connection: Connection, kind: EntityKind, caller: Caller, entity_id: str) -> Document:
    """One entity with its members. Raises `ProblemError` 404."""
    values = {"id": entity_id, "account_id": caller.account_id}
    row = await (await connection.execute(kind.sql["get"].encode(), values)).fetchone()
    if row is None:
        raise _unknown(kind, entity_id)
    found: Document = row[0]
    return found


async def list_page(
    state: ApiState,
    kind: EntityKind,
    caller: Caller,
    filters: Mapping[str, Any],
    limit: int,
    cursor: str | None,
) -> Document:
    """One page of entities, without members, in the order of their ids. Raises `ProblemError` 400, 422."""
    require_page(limit, state.settings.api_largest_page)
    secret = state.settings.api_secret.get_secret_value()
    request = {"resource": kind.name, "account": caller.account_id, **filters}
    after = decode_cursor(secret, request, cursor)[0] if cursor else ""
    own = caller.account_id or filters.get("account_id")
    values = {**filters, "account_id": own, "after": after, "limit": limit + 1}
    async with state.connection() as connection:
        if caller.account_id is not None and filters.get("account_id") not in (None, caller.account_id):
            rows: list[Document] = []
        else:
            cursor_of_rows = await connection.execute(kind.sql["list"].encode(), values)
            rows = [row[0] for row in await cursor_of_rows.fetchall()]
        now = await _now(connection)
    more = len(rows) > limit
    following = encode_cursor(secret, request, [rows[limit - 1][kind.key]]) if more else None
    return {"data": rows[:limit], "next": following, "freshness": {"read_at": now}}


async def create(connection: Connection, kind: EntityKind, caller: Caller, body: Document) -> Document:
    """Add an entity, in the caller's transaction. Raises `ProblemError` 409 where its id is taken, 403, 422."""
    own_id = body.pop(kind.key, None)
    entity_id = kind.invent_id() if own_id is None else own_id
    usable = isinstance(entity_id, str) and re.fullmatch(ENTITY_ID, entity_id)
    stored = await _lock(connection, kind, entity_id) if usable else None
    if stored is not None and (stored.lives or _is_anothers(stored, caller)):
        raise ProblemError(
            409, "Already there", f"{kind.key}={entity_id}: there is one of this id: take another one"
        )
    return await _write(connection, kind, caller, entity_id, body, stored, "create")


async def replace(
    connection: Connection,
    kind: EntityKind,
    caller: Caller,
    entity_id: str,
    body: Document,
    match: str | None,
) -> Document:
    """Make the entity what the body says, members included."""
    stored = await _open_for_change(connection, kind, caller, entity_id, match)
    return await _write(connection, kind, caller, entity_id, body, stored, "replace")


async def change(
    connection: Connection,
    kind: EntityKind,
    caller: Caller,
    entity_id: str,
    patch: Document,
    match: str | None,
) -> Document:
    """Change the fields that the patch has; null removes one."""
    stored = await _open_for_change(connection, kind, caller, entity_id, match)
    body = body_of(kind, await get(connection, kind, caller, entity_id))
    if kind.key in patch:
        raise ProblemError(422, "Invalid request", f"{kind.key}: an id does not change")
    changed = {name: value for name, value in (body | patch).items() if value is not None}
    return await _write(connection, kind, caller, entity_id, changed, stored, "change")


async def change_members(
    connection: Connection,
    kind: EntityKind,
    caller: Caller,
    entity_id: str,
    add: list[Document],
    remove: list[Document],
    match: str | None,
) -> Document:
    """Add members (or replace those of the same name) and remove others; whoever is not named stays.

    Without `match` it is made on whatever is there: the members that others change meanwhile are not touched by it.
    """
    stored = await _open_for_change(connection, kind, caller, entity_id, match or "*")
    body = body_of(kind, await get(connection, kind, caller, entity_id))
    found = {_name_of(one): one for one in body[kind.members[0]]}
    for name in _names(kind, entity_id, body, remove, stored):
        found.pop(name, None)
    for name, one in zip(_names(kind, entity_id, body, add, stored), add, strict=True):
        found[name] = one
    changed = body | {kind.members[0]: list(found.values())}
    return await _write(connection, kind, caller, entity_id, changed, stored, "change")


async def delete(
    connection: Connection, kind: EntityKind, caller: Caller, entity_id: str, match: str | None
) -> None:
    """Delete it: its row stays, without members, so that an older message that comes late meets it."""
    stored = await _open_for_change(connection, kind, caller, entity_id, match)
    own = {
        name: value
        for name, value in (await get(connection, kind, caller, entity_id)).items()
        if name == "kind"
    }
    own |= {"account_id": stored.account_id} if stored.account_id is not None else {}
    told = {kind.key: entity_id, "deleted": True, **own, **kind.own}
    plan = read_body({}, kind.handler, stored.next_change(), **told)
    await _apply(connection, kind, plan)
    await audit(connection, caller.actor, f"{kind.name}.delete", entity_id)


def body_of(kind: EntityKind, document: Document) -> Document:
    """What a stored entity would be as a body: without its id and what is ours."""
    ours = {kind.key, "created_at", "updated_at"}
    return {name: value for name, value in document.items() if name not in ours and value is not None}


def _names(
    kind: EntityKind, entity_id: str, body: Document, members: list[Document], stored: Stored
) -> list[tuple[str, str]]:
    """The names of these members, as the rules write them: `@NatGeo` is natgeo. Raises `ProblemError` 422."""
    named = [{name: one[name] for name in ("platform", _naming_field(one)) if name in one} for one in members]
    plan = read_body(
        body | {kind.members[0]: named},
        kind.handler,
        stored.next_change(),
        **{kind.key: entity_id, **kind.own},
    )
    rows = (
        plan.profiles
        if hasattr(plan, "profiles")
        else [one for rows in plan.members.values() for one in rows]
    )
    return [_name_of(row) for row in rows]


def _naming_field(member: Mapping[str, Any]) -> str:
    return next((name for name in _NAMING if name in member), "handle")


def _name_of(member: Mapping[str, Any]) -> tuple[str, str]:
    return str(member["platform"]), str(member[_naming_field(member)])


async def _lock(connection: Connection, kind: EntityKind, entity_id: str) -> Stored:
    """The entity's state; nobody else writes it over the API before the transaction ends."""
    await connection.execute(_SQL["hold"], {"name": f"coffee.{kind.name}:{entity_id}"})
    now = await _now(connection)
    row = await (await connection.execute(kind.sql["lock"].encode(), {"id": entity_id})).fetchone()
    account_id, updated_at, deleted = row or (None, None, False)
    return Stored(account_id, updated_at, deleted, now)


async def _now(connection: Connection) -> datetime:
    """By the clock of the database: those of processes differ."""
    row = await (await connection.execute(_SQL["now"])).fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


async def _open_for_change(
    connection: Connection, kind: EntityKind, caller: Caller, entity_id: str, match: str | None
) -> Stored:
    stored = await _lock(connection, kind, entity_id)
    if not stored.lives or _is_anothers(stored, caller):
        raise _unknown(kind, entity_id)
    assert stored.updated_at is not None
    if match is None:
        raise ProblemError(
            428,
            "Precondition required",
            "If-Match: send the ETag that was read, or * to overwrite whatever is there",
        )
    if match.strip() != "*" and etag_of(stored.updated_at) not in [one.strip() for one in match.split(",")]:
        raise ProblemError(
            412,
            "Changed meanwhile",
            f"{kind.key}={entity_id}: it was changed since: read it again",
            updated_at=stored.updated_at.isoformat(),
        )
    return stored


async def _write(
    connection: Connection,
    kind: EntityKind,
    caller: Caller,
    entity_id: Any,
    body: Document,
    stored: Stored | None,
    verb: str,
) -> Document:
    _bind_to_account(caller, body)
    stored = stored or Stored(None, None, False, datetime.now(UTC))
    plan = read_body(body, kind.handler, stored.next_change(), **{kind.key: entity_id, **kind.own})
    await _require_own_campaign(connection, caller, body)
    await _apply(connection, kind, plan)
    counts = {name: len(body.get(name) or ()) for name in kind.members}
    await audit(
        connection, caller.actor, f"{kind.name}.{verb}", str(entity_id), {"fields": sorted(body), **counts}
    )
    return await get(connection, kind, caller, str(entity_id))


async def _apply(connection: Connection, kind: EntityKind, plan: Any) -> None:
    try:
        outdated = await run_synchronous(connection, lambda view: kind.handler.apply(view, [plan]))
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        # The primary line alone: DETAIL quotes rows.
        raise ProblemError(422, "Invalid request", f"{kind.name}: {error.diag.message_primary}") from error
    if outdated:
        raise ProblemError(412, "Changed meanwhile", f"a newer change of the {kind.name} came: read it again")


def _bind_to_account(caller: Caller, body: Document) -> None:
    if caller.account_id is None:
        return
    if body.setdefault("account_id", caller.account_id) != caller.account_id:
        raise ProblemError(
            403, "Another account", f"account_id: the key is of the account {caller.account_id}"
        )


async def _require_own_campaign(connection: Connection, caller: Caller, body: Document) -> None:
    """A collection measures a campaign: a key of one account may name that account's alone."""
    campaign = body.get("campaign_id")
    if caller.account_id is None or not isinstance(campaign, str):
        return
    found = await connection.execute(_SQL["own_campaign"], {"id": campaign, "account_id": caller.account_id})
    if await found.fetchone() is None:
        raise ProblemError(
            422, "Invalid request", f"campaign_id={campaign}: the account has no such campaign"
        )


def _is_anothers(stored: Stored, caller: Caller) -> bool:
    if caller.account_id is None or stored.updated_at is None:
        return False
    return stored.account_id != caller.account_id


def _unknown(kind: EntityKind, entity_id: str) -> ProblemError:
    return ProblemError(
        404, "Not found", f"{kind.key}={entity_id}: there is no such {kind.name.replace('_', ' ')}"
    )
