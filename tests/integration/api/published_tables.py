"""Tables as the sync publishes them: with the columns, key and indexes of their plans, and the run that published them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from upbeat.settings import Settings
from upbeat.stores.postgres import transaction
from upbeat.sync.next_table import index_statement
from upbeat.sync.plan import Plan, PlanColumn, load_plan

_runs = itertools.count(1)
NOW = "2026-11-22T10:00:00+00:00"
_ANY: dict[str, Any] = {"text": "x", "boolean": False, "date": "2026-11-22", "timestamptz": NOW}


def publish(settings: Settings, name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Put a table in `app`, in the place of one that stands there; what a row does not name gets a value of its type, or null.

    Returns:
        The id of the run.
    """
    plan = load_plan(name)
    run_id = f"run-{next(_runs)}"
    with transaction(settings) as connection:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_table(plan)))
        connection.execute(_create(plan))
        for index in plan.indexes:
            connection.execute(index_statement(plan, index, _table(plan)))
        with connection.cursor() as cursor:
            cursor.executemany(_insert(plan), [_whole(plan, row) for row in rows])
        connection.execute(
            "INSERT INTO beat.sync_run (plan, run_id, status, staged_object, rows, bytes, sha256, source_updated_at, finished_at) "
            "VALUES (%s, %s, 'PUBLISHED', 's3://staged/file', %s, 1, 'x', %s, now())",
            (name, run_id, len(rows), NOW),
        )
    return run_id


def _table(plan: Plan) -> sql.Identifier:
    return sql.Identifier("app", plan.table)


def _create(plan: Plan) -> sql.Composed:
    columns = sql.SQL(", ").join(
        sql.SQL("{} " + column.type + ("" if column.nullable else " NOT NULL")).format(
            sql.Identifier(column.name)
        )
        for column in plan.columns
    )
    key = sql.SQL(", ").join(map(sql.Identifier, plan.key))
    return sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(_table(plan), columns, key)


def _insert(plan: Plan) -> sql.Composed:
    values = sql.SQL(", ").join(sql.Placeholder(column.name) for column in plan.columns)
    return sql.SQL("INSERT INTO {} VALUES ({})").format(_table(plan), values)


def _whole(plan: Plan, row: Mapping[str, Any]) -> dict[str, Any]:
    assert set(row) <= {column.name for column in plan.columns}
    return {column.name: row.get(column.name, _any(column)) for column in plan.columns}


def _any(column: PlanColumn) -> Any:
    if column.nullable:
        return None
    return [] if column.type.endswith("[]") else _ANY.get(column.type, 0)
