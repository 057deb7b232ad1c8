"""Looks at a published table in Postgres' catalogue: its columns, what a swap carries over, what it would lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from upbeat.errors import InputError
from upbeat.stores.named_sql import load_statements
from upbeat.sync.plan import Plan

SQL = load_statements(Path(__file__).parent / "published.sql")
LIVE, NEXT, OLD = "app", "app_next", "app_old"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table of the sync in one of its three schemas."""

    schema: str
    name: str

    @property
    def text(self) -> str:
        """For `to_regclass` and messages; the plan's names need no quotes."""
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """For statements."""
        return sql.Identifier(self.schema, self.name)


def exists(connection: psycopg.Connection[Any], table: TableName) -> bool:
    """Whether a relation of this name exists."""
    row: Any = connection.execute(SQL["table_exists"], {"table": table.text}).fetchone()
    return bool(row["found"])


def column_types(connection: psycopg.Connection[Any], table: TableName) -> dict[str, str]:
    """Full types by column, in order."""
    rows = connection.execute(SQL["columns"], {"table": table.text})
    return {row["name"]: row["type"] for row in rows}


def key_columns(connection: psycopg.Connection[Any], table: TableName) -> list[str]:
    """Columns of the primary key, in order; none without one."""
    return [row["name"] for row in connection.execute(SQL["key_columns"], {"table": table.text})]


def index_names(connection: psycopg.Connection[Any], table: TableName) -> set[str]:
    """Names of all its indexes."""
    return {row["name"] for row in connection.execute(SQL["index_names"], {"table": table.text})}


def index_names_of(plan: Plan) -> set[str]:
    """Names of the indexes that the plan makes, its key's among them."""
    return {plan.key_name, *(plan.index_name(index) for index in plan.indexes)}


def only_in_place(connection: psycopg.Connection[Any], table: TableName) -> list[str]:
    """What a new table could not take over, so that this one has to be changed in place, in words."""
    arguments = {"table": table.text, "schema": table.schema, "name": table.name}
    return [row["what"] for row in connection.execute(SQL["only_in_place"], arguments)]


def refuse_what_is_not_carried(connection: psycopg.Connection[Any], plan: Plan, table: TableName) -> None:
    """Refuse a swap that would leave something that hangs on the table behind on its old version.

    Raises:
        InputError: names everything that is in the way.
    """
    arguments = {"table": table.text, "indexes": list(index_names_of(plan)), "key": plan.key_name}
    found = [row["what"] for row in connection.execute(SQL["not_carried"], arguments)]
    found += only_in_place(connection, table)
    if found:
        raise InputError(
            f"{plan.name}: {table.text} cannot be swapped, the new version would lose: {'; '.join(found)}. "
            "Put indexes into the plan, drop the others, or write `publish: merge` into the plan: that keeps them"
        )


def refuse_changed_columns(plan: Plan, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Refuse a version in which a column that readers may name is gone or of another type.

    Returns:
        The columns that are new.

    Raises:
        InputError: names the columns.
    """
    gone = [f"{name} {kind}" for name, kind in before.items() if name not in after]
    changed = [f"{n} {k} -> {after[n]}" for n, k in before.items() if n in after and after[n] != k]
    if gone or changed:
        raise InputError(
            f"{plan.name}: columns of app.{plan.table} that readers may name would go or change: "
            f"{', '.join(gone + changed)}. When no reader needs them: upbeat sync {plan.name} --change-columns"
        )
    return [name for name in after if name not in before]


def carry_over(connection: psycopg.Connection[Any], old: TableName, new: TableName) -> list[str]:
    """Give `new` the owner, grants and comments of `old`; comments that `new` has already win.

    Returns:
        What was carried, in words.
    """
    columns = column_types(connection, new)
    return [
        *_carry_owner_and_grants(connection, old, new, columns),
        *_carry_comments(connection, old, new, columns),
    ]


def _carry_owner_and_grants(
    connection: psycopg.Connection[Any], old: TableName, new: TableName, columns: Mapping[str, str]
) -> list[str]:
    before: Any = connection.execute(SQL["owner"], {"table": old.text}).fetchone()
    after: Any = connection.execute(SQL["owner"], {"table": new.text}).fetchone()
    owner = before["owner"]
    if after["owner"] != owner:
        statement = sql.SQL("ALTER TABLE {} OWNER TO {}").format(new.identifier, sql.Identifier(owner))
        connection.execute(statement)
    grants = connection.execute(SQL["grants"], {"table": old.text}).fetchall()
    if before["has_grants"] or after["has_grants"]:
        # A list of grants names the owner's own rights too: start from none.
        present = connection.execute(SQL["grants"], {"table": new.text}).fetchall()
        for grantee in {owner, *(grant["grantee"] for grant in present)}:
            revoke = sql.SQL("REVOKE ALL ON {} FROM {} CASCADE")
            connection.execute(revoke.format(new.identifier, _role(grantee)))
        if not before["has_grants"]:
            connection.execute(sql.SQL("GRANT ALL ON {} TO {}").format(new.identifier, _role(owner)))
    carried = []
    for grant in grants:
        if grant["column_name"] and grant["column_name"] not in columns:
            continue
        connection.execute(_grant(grant, new))
        if grant["grantee"] != owner:
            place = f" ({grant['column_name']})" if grant["column_name"] else ""
            carried.append(f"{grant['privilege_type']}{place} for {grant['grantee'] or 'PUBLIC'}")
    return carried


def _grant(grant: Mapping[str, Any], table: TableName) -> sql.Composed:
    privilege: sql.Composable = sql.SQL(grant["privilege_type"])  # a keyword out of aclexplode()
    if grant["column_name"]:
        privilege = sql.SQL("{} ({})").format(privilege, sql.Identifier(grant["column_name"]))
    option = sql.SQL(" WITH GRANT OPTION" if grant["is_grantable"] else "")
    return sql.SQL("GRANT {} ON {} TO {}{}").format(
        privilege, table.identifier, _role(grant["grantee"]), option
    )


def _role(name: str) -> sql.Composable:
    return sql.Identifier(name) if name else sql.SQL("PUBLIC")


def _carry_comments(
    connection: psycopg.Connection[Any], old: TableName, new: TableName, columns: Mapping[str, str]
) -> list[str]:
    def comments(table: TableName) -> dict[str, str]:
        rows = connection.execute(SQL["comments"], {"table": table.text})
        return {row["column_name"]: row["description"] for row in rows}

    there = comments(new)
    carried = []
    for column, text in comments(old).items():
        if column in there or (column and column not in columns):
            continue
        connection.execute(comment_statement(new, column, text))
        carried.append(f"comment on {column or 'the table'}")
    return carried


def comment_statement(table: TableName, column: str, text: str) -> sql.Composed:
    """COMMENT ON the table (column empty) or one column; it takes no parameters, so the text stands quoted in it."""
    if not column:
        return sql.SQL("COMMENT ON TABLE {} IS {}").format(table.identifier, sql.Literal(text))
    place = sql.Identifier(table.schema, table.name, column)
    return sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(text))
