"""Collection changes of the product: posts, creators, hashtags or keywords that are followed, and lists of creators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from upbeat.listeners.coffee import (
    COLLECTION,
    COLLECTION_MEMBERS,
    PROFILE_LIST,
    PROFILE_LIST_MEMBER,
    Entity,
    Members,
    Row,
    put_entity,
    replace_members,
)
from upbeat.listeners.handler import Received
from upbeat.listeners.messages import collection_change
from upbeat.listeners.messages.collection_change import CollectionChangeV1, ProfileList


@dataclass(frozen=True, slots=True)
class CollectionRows:
    """What a change writes: the entity, and the members of each table that may hold some."""

    entity: Entity
    row: Row
    members: dict[Members, list[Row]]

    @property
    def key(self) -> tuple[str, str]:
        """The table and the entity."""
        return (self.entity.name, str(self.row[self.entity.key]))

    @property
    def updated_at(self) -> datetime:
        """The product's time of the change."""
        found: datetime = self.row["updated_at"]
        return found


class Collections:
    """See `Handler`."""

    models = {1: CollectionChangeV1}  # noqa: RUF012 - as the protocol has it
    example = collection_change.EXAMPLE
    seal = None

    def plan(self, received: Received) -> CollectionRows:
        """The rows of a change. A collection that changes its kind leaves no members in the table of the other."""
        change = received.message.root
        entity, tables = COLLECTION, tuple(COLLECTION_MEMBERS.values())
        own_table = COLLECTION_MEMBERS.get(change.kind, PROFILE_LIST_MEMBER)
        left_out = {"version", "deleted", "members"}
        if isinstance(change, ProfileList):
            entity, tables = PROFILE_LIST, (PROFILE_LIST_MEMBER,)
            left_out.add("kind")
        row = change.model_dump(exclude=left_out)
        own = {entity.key: row[entity.key]}
        members = [own | member.model_dump() for member in change.members]
        return CollectionRows(
            entity=entity,
            row=row | {"deleted_at": change.updated_at if change.deleted else None},
            members={table: members if table is own_table else [] for table in tables},
        )

    def apply(self, connection: psycopg.Connection[Any], plans: Sequence[CollectionRows]) -> int:
        """Entity by entity, in the order of their ids: two processes that meet cannot deadlock."""
        return sum(not _store(connection, rows) for rows in sorted(plans, key=lambda rows: rows.key))


def _store(connection: psycopg.Connection[Any], rows: CollectionRows) -> bool:
    if not put_entity(connection, rows.entity, rows.row):
        return False
    for table, members in rows.members.items():
        replace_members(connection, table, rows.key[1], members, rows.updated_at)
    return True
