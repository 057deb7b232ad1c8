"""The raw tables of ClickHouse as the code has them and as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from upbeat.errors import StoreUnavailableError
from upbeat.events.raw_tables import raw_table_statements
from upbeat.events.resorted_tables import ORDER_KEYS
from upbeat.operations.deploy_findings import Finding
from upbeat.settings import Settings
from upbeat.stores import clickhouse

_TABLE = re.compile(r"^CREATE TABLE IF NOT EXISTS `\w+`\.`?(\w+)`?.*?\n\((.*)\n\)\s*\nENGINE", re.S)
_ALTER = re.compile(r"^ALTER TABLE `\w+`\.`?(\w+)`?\s+(.*)$", re.S)
_ADDED = re.compile(r"ADD COLUMN IF NOT EXISTS (\w+) (.*)", re.S)
_ORDER = re.compile(r"\nORDER BY \(?(.*?)\)?(?=\nSETTINGS|\nTTL|$)", re.S)
_AFTER_TYPE = re.compile(r"\s(?:DEFAULT|MATERIALIZED|ALIAS|CODEC|COMMENT|AFTER|FIRST|TTL)\b")


@dataclass(slots=True)
class RawTable:
    """Columns with their types, both without spaces, and the order key; `added` are those that an ALTER brings."""

    columns: dict[str, str]
    order_key: str
    added: set[str] = field(default_factory=set)


def table_findings(settings: Settings) -> list[Finding]:
    """Tables and columns that a release will make, and differences that it will not mend. Raises StoreUnavailableError."""
    wanted = declared_tables(raw_table_statements(settings.clickhouse_raw_database))
    there = _tables_there(settings)
    found = []
    for name, table in wanted.items():
        if name not in there:
            found.append(Finding("clickhouse", "change", f"table {name} will be made", {"table": name}))
        else:
            found += _differences(name, table, there[name])
    return found


def declared_tables(statements: list[str]) -> dict[str, RawTable]:
    """What the statements make of an empty database, by table."""
    tables: dict[str, RawTable] = {}
    for statement in statements:
        if made := _TABLE.match(statement):
            columns = dict(_column(part) for part in _parts(made[2]))
            key = _ORDER.search(statement)
            tables[made[1]] = RawTable(columns, _plain(key[1] if key else ""))
        elif altered := _ALTER.match(statement):
            for action in _parts(altered[2]):
                if column := _ADDED.match(action):
                    name, type_ = _column(f"{column[1]} {column[2]}")
                    tables[altered[1]].columns[name] = type_
                    tables[altered[1]].added.add(name)
    for name, longer in ORDER_KEYS.items():
        if name in tables:
            tables[name].order_key = _plain(longer)
    return tables


def _differences(name: str, wanted: RawTable, there: RawTable) -> list[Finding]:
    found = []
    for column, type_ in wanted.columns.items():
        told = {"table": name, "column": column}
        if column not in there.columns and column in wanted.added:
            found.append(Finding("clickhouse", "change", f"{name}: column {column} will be added", told))
        elif column not in there.columns:
            what = f"{name}: column {column} is missing, and no statement of include/sql/clickhouse adds it to a table that is there"
            found.append(Finding("clickhouse", "problem", what, told))
        elif there.columns[column] != type_:
            what = f"{name}: column {column} is {there.columns[column]}, the code says {type_}"
            found.append(Finding("clickhouse", "problem", what, told))
    if wanted.order_key != there.order_key:
        told = {"table": name, "is": there.order_key, "wanted": wanted.order_key}
        if name in ORDER_KEYS:
            what = f"{name}: its rows move to the order key {wanted.order_key} (twice its disk meanwhile)"
            found.append(Finding("clickhouse", "change", what, told))
        else:
            what = f"{name}: the order key is {there.order_key}, the code says {wanted.order_key}"
            found.append(Finding("clickhouse", "problem", what, told))
    return found


def _tables_there(settings: Settings) -> dict[str, RawTable]:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    client = clickhouse.client(settings, comment="upbeat deploy check")
    try:
        parameters = {"database": settings.clickhouse_raw_database}
        keys = client.query(
            "SELECT name, sorting_key FROM system.tables WHERE database = {database:String}",
            parameters=parameters,
        ).result_rows
        columns = client.query(
            "SELECT table, name, type FROM system.columns WHERE database = {database:String} ORDER BY table, position",
            parameters=parameters,
        ).result_rows
    except (ClickHouseError, OSError) as error:
        raise StoreUnavailableError(
            f"ClickHouse does not tell its tables: {clickhouse.reason(error)}"
        ) from error
    finally:
        client.close()
    tables = {name: RawTable({}, _plain(key)) for name, key in keys}
    for table, name, type_ in columns:
        if table in tables:
            tables[table].columns[name] = _plain(type_)
    return tables


def _column(text: str) -> tuple[str, str]:
    name, _, rest = text.strip().partition(" ")
    return name.strip("`"), _plain(_AFTER_TYPE.split(rest, maxsplit=1)[0])


def _plain(text: str) -> str:
    """Without what may be written in two ways: `ifNull` and `ifnull` are one name of ClickHouse's, spaces mean nothing."""
    return re.sub(r"[\s`]+", "", text)


def _parts(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets and texts."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, sign in enumerate(text):
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += (sign == "(") - (sign == ")")
            if sign == "," and depth == 0:
                parts.append(text[start:place])
                start = place + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]
