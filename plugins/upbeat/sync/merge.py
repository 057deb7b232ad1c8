"""Publishes in place: only rows that differ are written, in one transaction, and nothing that hangs on the table moves.

Readers wait for nothing. It is the way for tables that others point at or that are replicated, and the cheaper one when
few rows differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors, sql

from upbeat.errors import InputError, VerificationError
from upbeat.failpoints import failpoint
from upbeat.sync import published
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, NEXT, TableName
from upbeat.sync.swap import SwapBlockedError

SAMPLE_ROWS = 20_000


def merge_obstacles(connection: psycopg.Connection[Any], plan: Plan, live: TableName) -> list[str]:
    """Why the published table cannot be changed in place, in words; the version that replaces it may well be swapped."""
    if not published.exists(connection, live):
        return ["nothing is published yet"]
    obstacles = []
    there = published.column_types(connection, live)
    wanted = {column.name: column.catalogue_type for column in plan.columns}
    obstacles += [f"column {name} {wanted[name]} is missing" for name in wanted if name not in there]
    obstacles += [f"column {name} is not in the plan" for name in there if name not in wanted]
    obstacles += [
        f"column {n} is {there[n]}, the plan says {k}" for n, k in wanted.items() if there.get(n, k) != k
    ]
    key = published.key_columns(connection, live)
    if key != list(plan.key):
        obstacles.append(f"its primary key is ({', '.join(key)})")
    return obstacles


def changed_share(connection: psycopg.Connection[Any], plan: Plan, rows: int, rows_before: int) -> float:
    """About which share of the published rows a merge would write; exact for small tables.

    A sample of the next version is looked up in the published one; what is deleted follows from the counts.
    """
    per_cent = min(100.0, 100 * SAMPLE_ROWS / max(rows, 1))
    query = sql.SQL(
        "SELECT count(*) AS seen, count(*) FILTER (WHERE old.{first} IS NULL) AS inserted, "
        "count(*) FILTER (WHERE old.{first} IS NOT NULL AND {differ}) AS changed "
        "FROM {next} AS new TABLESAMPLE SYSTEM ({per_cent}) LEFT JOIN {live} AS old ON {on}"
    ).format(per_cent=sql.Literal(per_cent), **_parts(plan))
    row: Any = connection.execute(query).fetchone()
    if not row["seen"]:
        return 1.0 if rows_before else 0.0
    scale = rows / row["seen"]
    inserted, changed = row["inserted"] * scale, row["changed"] * scale
    deleted = max(0.0, rows_before + inserted - rows)
    return (inserted + changed + deleted) / max(rows_before, 1)


def merge_next(
    connection: psycopg.Connection[Any], plan: Plan, mark: Callable[[psycopg.Connection[Any], int], None]
) -> int:
    """Make `app.<table>` equal to `app_next.<table>`, which goes.

    Args:
        mark: logs the publish with the number of rows that were written; runs in the transaction.

    Returns:
        Rows that were inserted, changed or deleted.

    Raises:
        SwapBlockedError: somebody kept the table locked for `swap_wait_seconds`.
        VerificationError: a row that others point at would go, or a constraint refuses one.
        InputError: row level security hides rows from us.
    """
    parts = _parts(plan)
    delete = "DELETE FROM {live} AS old WHERE NOT EXISTS (SELECT FROM {next} AS new WHERE {on})"
    change = (
        "MERGE INTO {live} AS old USING {next} AS new ON {on} "
        "WHEN MATCHED AND {differ} THEN UPDATE SET {sets} "
        "WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    )
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{plan.swap_wait_seconds:g}s'")
            # An error rather than rows that a policy hides from us and that would be inserted twice.
            connection.execute("SET LOCAL row_security = off")
            deleted = connection.execute(sql.SQL(delete).format(**parts)).rowcount
            changed = connection.execute(sql.SQL(change).format(**parts)).rowcount
            connection.execute(sql.SQL("DROP TABLE {next}").format(**parts))
            mark(connection, deleted + changed)
            failpoint("sync_in_merge")
    except errors.LockNotAvailable as error:
        raise SwapBlockedError(
            f"{plan.name}: app.{plan.table} was locked for {plan.swap_wait_seconds:g} s; what was published stays"
        ) from error
    except psycopg.IntegrityError as error:
        detail = " ".join((error.diag.message_detail or str(error)).split())
        raise VerificationError(f"{plan.name}: {detail}; what was published stays") from error
    except errors.InsufficientPrivilege as error:
        if "row-level security" not in str(error):
            raise
        raise InputError(
            f"{plan.name}: row level security of app.{plan.table} holds for the sync's user, too: make it the owner"
        ) from error
    return deleted + changed


def _parts(plan: Plan) -> dict[str, sql.Composable]:
    """The pieces of the statements above."""
    names = [sql.Identifier(column.name) for column in plan.columns]
    others = [sql.Identifier(column.name) for column in plan.columns if column.name not in plan.key]

    def listed(pattern: str, among: list[sql.Identifier], between: str) -> sql.Composed:
        return sql.SQL(between).join(sql.SQL(pattern).format(name=name) for name in among)

    old, new = listed("old.{name}", others, ", "), listed("new.{name}", others, ", ")
    differ: sql.Composable = sql.SQL("ROW({}) IS DISTINCT FROM ROW({})").format(old, new)
    key = [sql.Identifier(name) for name in plan.key]
    # A table that is all key has rows, and nothing in them to change.
    sets = listed("{name} = new.{name}", others or key[:1], ", ")
    return {
        "live": TableName(LIVE, plan.table).identifier,
        "next": TableName(NEXT, plan.table).identifier,
        "first": key[0],
        "on": listed("old.{name} = new.{name}", key, " AND "),
        "differ": differ if others else sql.SQL("false"),
        "sets": sets,
        "columns": sql.SQL(", ").join(names),
        "values": listed("new.{name}", names, ", "),
    }
