"""How the product's tables are written: an entity unless a newer change of it is there, its members as a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of schema `coffee` with one row per entity. `values` are the columns beside the key."""

    name: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """A table of an entity's members. The first column of `key` names the entity."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]


CAMPAIGN = Entity(
    "campaign",
    "campaign_id",
    (
        "account_id", "name", "brand", "status", "goal", "currency", "budget", "shops", "starts_on", "ends_on",
        "updated_at", "deleted_at",
    ),
)  # fmt: skip
CAMPAIGN_PROFILES = Members(
    "campaign_profiles",
    ("campaign_id", "platform", "handle"),
    ("profile_id", "fee", "agreed_posts", "discount_codes"),
)
CAMPAIGN_COST = Members(
    "campaign_cost",
    ("campaign_id", "cost_id"),
    ("kind", "amount", "incurred_on", "platform", "handle", "shortcode", "note"),
)
COLLECTION = Entity(
    "collection",
    "collection_id",
    (
        "kind", "account_id", "campaign_id", "name", "currency", "starts_on", "ends_on", "updated_at", "deleted_at",
    ),
)  # fmt: skip
COLLECTION_MEMBERS = {
    "POSTS": Members("collection_post", ("collection_id", "platform", "shortcode"), ("handle", "cost")),
    "PROFILES": Members(
        "collection_profile", ("collection_id", "platform", "handle"), ("profile_id", "cost")
    ),
    "HASHTAGS": Members("collection_hashtag", ("collection_id", "platform", "hashtag"), ()),
    "KEYWORDS": Members("keyword_collection", ("collection_id", "platform", "keyword"), ()),
}
PROFILE_LIST = Entity("profile_list", "profile_list_id", ("account_id", "name", "updated_at", "deleted_at"))
PROFILE_LIST_MEMBER = Members(
    "profile_list_member", ("profile_list_id", "platform", "handle"), ("profile_id",)
)


def put_entity(connection: psycopg.Connection[Any], table: Entity, row: Row) -> bool:
    """Write the entity, in the caller's transaction; False when what is there is newer. Its row is locked by that."""
    statement = _entity_statement(table)
    return connection.execute(statement, {"row": encode_json(row)}).rowcount == 1


def replace_members(
    connection: psycopg.Connection[Any],
    table: Members,
    parent: str,
    rows: Sequence[Row],
    updated_at: datetime,
) -> None:
    """Make these the members of the entity, whose row the caller has locked by `put_entity`."""
    parameters = {"parent": parent, "rows": encode_json(rows), "updated_at": updated_at}
    connection.execute(_member_statement(table, "remove_other_members"), parameters)
    if rows:
        connection.execute(_member_statement(table, "put_members"), parameters)


@cache
def _entity_statement(table: Entity) -> sql.Composed:
    return sql.SQL(_SQL["put_entity"]).format(
        table=sql.Identifier("coffee", table.name),
        columns=_list((table.key, *table.values)),
        key=sql.Identifier(table.key),
        values=_list(table.values),
        new_values=_list(table.values, "excluded"),
    )


@cache
def _member_statement(table: Members, name: str) -> sql.Composed:
    # Since when a member is there: as the message says, else as it is stored, else since this change.
    since = sql.SQL("coalesce(given.added_at, stored.added_at, %(updated_at)s)")
    values = (*table.values, "added_at")
    given = [_list((*table.key, *table.values), "given"), since]
    return sql.SQL(_SQL[name]).format(
        table=sql.Identifier("coffee", table.name),
        parent=sql.Identifier(table.key[0]),
        key=_list(table.key),
        given_key=_list(table.key, "given"),
        known_key=_list(table.key, "known"),
        stored_key=_list(table.key, "stored"),
        columns=_list((*table.key, *values)),
        given_columns=sql.SQL(", ").join(given),
        values=_list(values),
        known_values=_list(values, "known"),
        new_values=_list(values, "excluded"),
    )


def _list(names: Iterable[str], row: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(
        [sql.Identifier(name) if row is None else sql.Identifier(row, name) for name in names]
    )
