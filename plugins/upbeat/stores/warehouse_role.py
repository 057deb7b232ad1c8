"""The Postgres role under which ClickHouse reads what it reads live: `coffee` and the credentials' events, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements

ROLE = "upbeat_warehouse"
SQL = load_statements(Path(__file__).with_suffix(".sql"))


def ensure_warehouse_role(settings: Settings) -> None:
    """Create the role, give it its password and its tables, as far as it is not so already.

    The password reaches Postgres as a SCRAM verifier: it stands in no statement and no log.

    Raises:
        StoreUnavailableError: Postgres does not answer.
        InputError: our user may not create roles, and the role that an administrator made cannot read the tables.
    """
    import psycopg
    from psycopg.errors import InsufficientPrivilege

    from upbeat.stores.postgres import connect

    with connect(settings) as connection:
        if _may_read_all(connection) and _may_log_in(settings):
            return
        try:
            with connection.transaction():
                _create(connection, settings.postgres_warehouse_password.get_secret_value())
        except (InsufficientPrivilege, psycopg.errors.FeatureNotSupported) as error:
            line = str(error).splitlines()[0]
            raise InputError(
                f"the Postgres role {ROLE}, which ClickHouse reads under, is missing or lacks a grant, and our user may not make it:"
                f" {line}: let an administrator run the statements of docs/how-to/add-a-staging-model.md"
            ) from error


def password_line(settings: Settings) -> str:
    """The role's line of a libpq password file, for whatever database of the settings' Postgres."""
    host, port = address(settings)
    password = settings.postgres_warehouse_password.get_secret_value()
    return ":".join(
        re.sub(r"([:\\])", r"\\\1", part) if part != "*" else part
        for part in (host, port, "*", ROLE, password)
    )


def address(settings: Settings) -> tuple[str, str]:
    """Host and port of Postgres, as seen from here."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(settings.postgres_dsn())
    return str(parts.get("host") or "127.0.0.1"), str(parts.get("port") or 5432)


def _may_read_all(connection: Any) -> bool:
    tables = connection.execute(SQL["tables"], {"role": ROLE}).fetchall()
    return bool(tables) and all(table["granted"] for table in tables)


def _may_log_in(settings: Settings) -> bool:
    """Whether the password of the settings opens the role."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    password = settings.postgres_warehouse_password.get_secret_value()
    try:
        psycopg.connect(
            make_conninfo(settings.postgres_dsn(), user=ROLE, password=password), connect_timeout=10
        ).close()
    except psycopg.OperationalError:
        return False
    return True


def _create(connection: Any, password: str) -> None:
    from psycopg import sql

    role = sql.Identifier(ROLE)
    if not connection.execute(SQL["role_exists"], {"role": ROLE}).fetchone()["found"]:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(role))
    verifier = connection.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(verifier)))
    connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA coffee, beat TO {}").format(role))
    for table in connection.execute(SQL["tables"], {"role": ROLE}).fetchall():
        if not table["granted"]:
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(sql.SQL(table["name"]), role))
