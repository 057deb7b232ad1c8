"""Lets ClickHouse read the product's tables and the credentials' events in Postgres, live: nothing is copied on the way."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.warehouse_role import ROLE, address

LIVE_SETTINGS = {"postgresql_connection_pool_auto_close_connection": 1}
"""No connection outlives its statement: up to 16 would be held for each database."""
SQL = load_statements(REPOSITORY / "include" / "sql" / "clickhouse" / "live" / "postgres.sql")


def live_statements(settings: Settings, found: tuple[str, str] | None) -> list[str]:
    """What is to be run so that the live tables are there and lead to the Postgres of the settings.

    Args:
        found: engine and definition of the database that stands under the name `clickhouse_coffee_database`, if one does.

    Raises:
        InputError: a database of another kind stands there.
    """
    names = {
        "coffee": settings.clickhouse_coffee_database,
        "raw": settings.clickhouse_raw_database,
        "coffee_engine": _engine(settings, "coffee"),
        "credential_event_engine": _engine(settings, "beat", "credential_event"),
    }
    wanted = ["create_credential_event"]
    if found is None:
        wanted.append("create_coffee")
    elif found[0] != "PostgreSQL":
        raise InputError(
            f"the ClickHouse database {settings.clickhouse_coffee_database} is there with tables of its own ({found[0]}): set"
            " UPBEAT_CLICKHOUSE_COFFEE_DATABASE to another name"
        )
    elif not _leads_there(settings, found[1]):
        wanted += ["drop_coffee", "create_coffee"]
    return [SQL[name].format(**names) for name in wanted]


def can_be_live(settings: Settings) -> bool:
    """Whether it is known how ClickHouse reaches Postgres: a server elsewhere needs a named collection."""
    return settings.clickhouse_url is None or bool(settings.clickhouse_postgres_collection)


def _engine(settings: Settings, schema: str, table: str | None = None) -> str:
    """The arguments of the engine. The password is empty: libpq then takes it from its password file."""
    database = _database(settings)
    if collection := settings.clickhouse_postgres_collection:
        named = {"database": database, "schema": schema} | ({"table": table} if table else {})
        return ", ".join([collection, *(f"{name} = {_quoted(value)}" for name, value in named.items())])
    place = ":".join(address(settings))
    values = [place, database, *([table] if table else []), ROLE, "", schema]
    return ", ".join(map(_quoted, values))


def _leads_there(settings: Settings, definition: str) -> bool:
    if collection := settings.clickhouse_postgres_collection:
        return collection in definition
    return f"{_quoted(':'.join(address(settings)))}, {_quoted(_database(settings))}, " in definition


def _database(settings: Settings) -> str:
    return unquote(urlsplit(settings.postgres_dsn()).path.lstrip("/")) or "upbeat"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
