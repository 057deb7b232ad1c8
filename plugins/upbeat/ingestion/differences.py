"""What storing rows would change, as a replay reports it: log entries and facts that are not stored so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from upbeat.ingestion.rows import RowSet
from upbeat.ingestion.tables import RAW_OBJECT, Row, Table
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_suffix(".sql"))


@dataclass(slots=True)
class Difference:
    """One log entry or fact that is told otherwise now: `id` is the post or creator, or the fact's key.

    `before` and `after` hold the fields that differ; `before` is None for one that was not there.
    """

    table: str
    id: str
    source: str
    observed_at: datetime
    raw_object: str | None
    before: dict[str, Any] | None
    after: dict[str, Any]


async def differences_of(connection: psycopg.AsyncConnection[Any], rows: RowSet) -> list[Difference]:
    """Where these rows differ from what is stored. Accounts and posts are compared in their logs, which keep every observation."""
    found = [
        *await _compare(connection, "profile_log", _SQL["compare_profiles"].encode(), rows.profile_log),
        *await _compare(connection, "post_log", _SQL["compare_posts"].encode(), rows.post_log),
    ]
    for table, facts in rows.current.items():
        if RAW_OBJECT in table.columns:
            found += await _compare(connection, table.name, _fact_statement(table), facts, table.columns)
    return found


@cache
def _fact_statement(table: Table) -> sql.Composed:
    changed = (*table.columns, "source")

    def names(template: str, columns: Sequence[str]) -> sql.Composed:
        return sql.SQL(", ").join([sql.SQL(template).format(sql.Identifier(name)) for name in columns])

    return sql.SQL(_SQL["compare_facts"]).format(
        table=sql.Identifier("beat", table.name),
        key=names("{0}", table.key),
        stored=names("stored.{0}", changed),
        merged=names("coalesce(told.{0}, stored.{0})", changed),
    )


async def _compare(
    connection: psycopg.AsyncConnection[Any],
    table: str,
    statement: bytes | sql.Composed,
    rows: Sequence[Row],
    columns: Collection[str] | None = None,
) -> list[Difference]:
    if not rows:
        return []
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, {"rows": encode_json(rows)})
        return [_difference(table, row, columns) for row in await cursor.fetchall()]


def _difference(table: str, row: dict[str, Any], columns: Collection[str] | None) -> Difference:
    before, after = row["before"], row["after"]
    names = [
        name
        for name, value in after.items()
        if (columns is None or (name in columns and value is not None))
        and (before is None or before.get(name) != value)
    ]
    return Difference(
        table=table,
        id=row["id"],
        source=row["source"],
        observed_at=row["observed_at"],
        raw_object=row["raw_object"],
        before=None if before is None else {name: before.get(name) for name in names},
        after={name: after[name] for name in names},
    )
