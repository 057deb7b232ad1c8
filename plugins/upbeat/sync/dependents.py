"""What hangs on a published table follows it to its next version: views, triggers, policies, outgoing foreign keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from upbeat.errors import InputError, VerificationError
from upbeat.stores.named_sql import load_statements
from upbeat.sync.plan import Plan
from upbeat.sync.published import SQL as PUBLISHED
from upbeat.sync.published import TableName

SQL = load_statements(Path(__file__).parent / "dependents.sql")
_SEEN = ("views", "triggers", "policies", "row_security", "foreign_keys")
_ENABLE = {"D": "DISABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}


@dataclass(frozen=True, slots=True)
class Dependents:
    """What a table has now, as the catalogue tells it."""

    views: list[Mapping[str, Any]]
    triggers: list[Mapping[str, Any]]
    policies: list[Mapping[str, Any]]
    foreign_keys: list[Mapping[str, Any]]
    row_security: bool
    forced: bool

    @property
    def words(self) -> list[str]:
        """For reports."""
        named = (
            ("view", self.views),
            ("trigger", self.triggers),
            ("policy", self.policies),
            ("foreign key", self.foreign_keys),
        )
        found = [f"{kind} {row['name']}" for kind, rows in named for row in rows]
        return [*found, *(["row level security"] if self.row_security or self.forced else [])]


def dependents_of(connection: psycopg.Connection[Any], table: TableName) -> Dependents:
    """Look. In a transaction, whose search_path is empty from here on."""
    connection.execute("SET LOCAL search_path = ''")

    def rows(name: str) -> list[Mapping[str, Any]]:
        return list(connection.execute(SQL[name], {"table": table.text}))

    security = rows("row_security")[0]
    return Dependents(
        rows("views"),
        rows("triggers"),
        rows("policies"),
        rows("foreign_keys"),
        security["enabled"],
        security["forced"],
    )


def refuse_lost_view_columns(
    connection: psycopg.Connection[Any], plan: Plan, table: TableName, changed: Iterable[str]
) -> None:
    """Refuse a version without a column, or with another type of it, that a view reads: it could not be made anew.

    Raises:
        InputError: names view and column.
    """
    gone = set(changed)
    rows = connection.execute(SQL["view_columns"], {"table": table.text})
    if broken := [f"{row['view']} reads {row['name']}" for row in rows if row["name"] in gone]:
        raise InputError(
            f"{plan.name}: views would lose columns that go or change their type: {'; '.join(broken)}. "
            "Change or drop the views first"
        )


def carry_foreign_keys(
    connection: psycopg.Connection[Any], plan: Plan, live: TableName, new: TableName
) -> None:
    """Give the next version the outgoing foreign keys, checked, before anybody reads it.

    Each is added unchecked in a transaction of its own: that locks the other table for a moment; the check does not.

    Raises:
        VerificationError: a row points at nothing.
    """
    with connection.transaction():
        wanted = {row["name"]: row for row in dependents_of(connection, live).foreign_keys}
        there = {row["name"]: row for row in dependents_of(connection, new).foreign_keys}
    for name, row in there.items():
        if name not in wanted or wanted[name]["definition"] != row["definition"]:
            _alter(connection, new, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for name, row in wanted.items():
        if name not in there or there[name]["definition"] != row["definition"]:
            added = sql.SQL("ADD CONSTRAINT {} {} NOT VALID").format(
                sql.Identifier(name), sql.SQL(row["definition"])
            )
            _alter(connection, new, added)
        if row["valid"]:
            _validate(connection, plan, new, name)


def _validate(connection: psycopg.Connection[Any], plan: Plan, table: TableName, name: str) -> None:
    try:
        _alter(connection, table, sql.SQL("VALIDATE CONSTRAINT {}").format(sql.Identifier(name)))
    except psycopg.errors.ForeignKeyViolation as error:
        detail = " ".join((error.diag.message_detail or str(error)).split())
        raise VerificationError(
            f"{plan.name}: foreign key {name}: {detail}; what was published stays"
        ) from error


def _alter(connection: psycopg.Connection[Any], table: TableName, action: sql.Composable) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL lock_timeout = '50ms'")
        # A definition out of the catalogue was told with an empty search_path.
        connection.execute("SET LOCAL search_path = ''")
        connection.execute(sql.SQL("ALTER TABLE {} {}").format(table.identifier, action))


def lock_view_statements(found: Dependents) -> list[sql.Composable]:
    """Lock the views before the table, as their readers do: the other way round each would wait for the other.

    To give a view to its owner changes nothing and locks it alone; LOCK would lock all that it reads.
    """
    return [
        sql.SQL("ALTER VIEW {} OWNER TO {}").format(sql.SQL(view["name"]), sql.Identifier(view["owner"]))
        for view in found.views
    ]


def unchanged_query(table: TableName) -> str:
    """SELECT of one text that is another one once anything that a swap looks at has changed. Without parameters."""
    queries = [PUBLISHED["fingerprint"], *(SQL[name] for name in _SEEN)]
    parts = [
        f"SELECT {place} AS place, (seen)::text AS part FROM ({_without_parameters(query, table)}) AS seen"  # noqa: S608
        for place, query in enumerate(queries)
    ]
    return f"SELECT md5(string_agg(part, '|' ORDER BY place, part)) AS seen FROM ({' UNION ALL '.join(parts)}) AS parts"  # noqa: S608


def _without_parameters(query: str, table: TableName) -> str:
    # A plan's names need no quotes within quotes.
    return str(query).replace("%(table)s", f"'{table.text}'").replace("%%", "%")


def foreign_keys_agree(found: Dependents, new: Dependents) -> bool:
    """Whether the next version has the foreign keys of the published one."""
    return {row["name"]: row["definition"] for row in found.foreign_keys} == {
        row["name"]: row["definition"] for row in new.foreign_keys
    }


def strip_statements(table: TableName, found: Dependents) -> list[sql.Composable]:
    """Take off a version that goes what would act on: an old foreign key would hold rows of the other table fast."""
    drops: list[sql.Composable] = []
    for kind, rows in (("TRIGGER", found.triggers), ("POLICY", found.policies)):
        for row in rows:
            name = sql.Identifier(row["name"])
            drops.append(sql.SQL("DROP {} {} ON {}").format(sql.SQL(kind), name, table.identifier))
    for row in found.foreign_keys:
        name = sql.Identifier(row["name"])
        drops.append(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table.identifier, name))
    return drops


def make_anew_statements(live: TableName, found: Dependents, there: Dependents) -> list[sql.Composable]:
    """Make what the old version had on the table that has its name now, and `there`."""
    made: list[sql.Composable] = []
    if (found.row_security, found.forced) != (there.row_security, there.forced):
        made += _row_security_statements(live, found)
    for policy in found.policies:
        made += [policy_statement(live, policy), *_comment("POLICY", live, policy)]
    for trigger in found.triggers:
        made.append(sql.SQL(trigger["definition"]))
        if action := _ENABLE.get(trigger["enabled"]):
            name = sql.Identifier(trigger["name"])
            made.append(sql.SQL("ALTER TABLE {} {} {}").format(live.identifier, sql.SQL(action), name))
        made += _comment("TRIGGER", live, trigger)
    for foreign_key in found.foreign_keys:
        made += _comment("CONSTRAINT", live, foreign_key)
    for view in found.views:
        options = f" WITH ({view['options']})" if view["options"] else ""
        made.append(sql.SQL(f"CREATE OR REPLACE VIEW {view['name']}{options} AS {view['definition']}"))
    return made


def policy_statement(table: TableName, policy: Mapping[str, Any]) -> sql.Composed:
    """CREATE POLICY; its parts are the catalogue's own words."""
    parts = [
        sql.SQL("CREATE POLICY {} ON {} AS {} FOR {} TO {}").format(
            sql.Identifier(policy["name"]),
            table.identifier,
            sql.SQL(policy["kind"]),
            sql.SQL(policy["command"]),
            sql.SQL(", ").join(map(sql.SQL, policy["roles"])),
        )
    ]
    if policy["condition"] is not None:
        parts.append(sql.SQL("USING ({})").format(sql.SQL(policy["condition"])))
    if policy["check_condition"] is not None:
        parts.append(sql.SQL("WITH CHECK ({})").format(sql.SQL(policy["check_condition"])))
    return sql.SQL(" ").join(parts)


def _row_security_statements(table: TableName, found: Dependents) -> list[sql.Composable]:
    actions = (
        "ENABLE ROW LEVEL SECURITY" if found.row_security else "DISABLE ROW LEVEL SECURITY",
        "FORCE ROW LEVEL SECURITY" if found.forced else "NO FORCE ROW LEVEL SECURITY",
    )
    return [sql.SQL("ALTER TABLE {} {}").format(table.identifier, sql.SQL(action)) for action in actions]


def _comment(kind: str, table: TableName, row: Mapping[str, Any]) -> list[sql.Composable]:
    if not row["comment"]:
        return []
    statement = sql.SQL("COMMENT ON {} {} ON {} IS {}")
    name = sql.Identifier(row["name"])
    return [statement.format(sql.SQL(kind), name, table.identifier, sql.Literal(row["comment"]))]
