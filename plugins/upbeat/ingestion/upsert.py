"""The one upsert of all tables of current rows, composed from a table's key and columns. Pure.

Rules: a source that does not tell a column never erases it, but in a table whose records are told whole; an older observation leaves the row as it is; an event is
written only for what changed, so that a replay of what is already there tells nobody anything. Rows come sorted by key:
unsorted concurrent upserts deadlock. Statements of more than identifiers stand in `process.sql`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from psycopg import sql

from upbeat.ingestion.tables import PROVENANCE, Table
from upbeat.stores.named_sql import load_statements

_SQL = load_statements(Path(__file__).with_name("upsert.sql"))


@cache
def upsert_statement(table: Table) -> sql.Composed:
    """The statement; its parameter `rows` is a JSON array of objects by column, `event` the kind of its events."""
    changed = (*table.columns, *(name for name in PROVENANCE if name != "observed_at"))
    return sql.SQL(_SQL["upsert" if table.event else "upsert_silently"]).format(
        table=sql.Identifier("beat", table.name),
        columns=_list(table.all_columns(), _name),
        key=_list(table.key, _name),
        changed=_list(changed, _name),
        stored=_list(changed, lambda name: sql.SQL("current.{}").format(_name(name))),
        told=_list(changed, _told_whole if table.told_whole else _told),
    )


def _name(name: str) -> sql.Composable:
    return sql.Identifier(name)


def _told_whole(name: str) -> sql.Composable:
    return sql.SQL("excluded.{}").format(_name(name))


def _told(name: str) -> sql.Composable:
    template = "excluded.{0}" if name in PROVENANCE else "coalesce(excluded.{0}, current.{0})"
    return sql.SQL(template).format(_name(name))


def _list(names: Iterable[str], each: Callable[[str], sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join([each(name) for name in names])
