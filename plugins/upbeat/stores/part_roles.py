"""Postgres roles by part of the platform: each may do what its part does, and no more.

They are made by `upbeat migrate` and not by a migration: roles belong to the server, not to the database. A backup that is restored
on another server has every migration behind it and no role; and tables that a later migration makes get their grants at once.

The roles cannot log in until they are given a password (`grant_login`). Where our user may not make roles, the platform runs under
its one user as ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import connect

PARTS = ("reader", "api", "worker", "events", "listener", "sync")
"""In the order in which they are granted: the API reads what `upbeat_reader` reads."""
LOGIN_PARTS = ("api", "worker", "events", "listener", "sync", "reader")
_SQL = load_statements(Path(__file__).with_suffix(".sql"))


def role_of(part: str) -> str:
    """Name of a part's role."""
    return f"upbeat_{part}"


def ensure_part_roles(settings: Settings) -> str | None:
    """Make the roles that are missing and give each what it needs; safe to repeat, all or nothing.

    Returns:
        Why not, where our user may not make roles.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    from psycopg.errors import FeatureNotSupported, InsufficientPrivilege

    with connect(settings, application="upbeat:roles") as connection:
        try:
            with connection.transaction():
                for part in PARTS:
                    _make(connection, role_of(part))
                _join(connection, role_of("sync"))
                for part in PARTS:
                    connection.execute(_SQL[part].encode())
                _give_published(connection)
        except (InsufficientPrivilege, FeatureNotSupported) as error:
            return f"the roles by part were not made: {str(error).splitlines()[0]}"
    return None


def grant_login(settings: Settings, url: str) -> str:
    """Let the role of a login URL log in with the URL's password, which reaches Postgres as a SCRAM verifier.

    Returns:
        The role.

    Raises:
        InputError: the URL names no role of a part, or no password; or our user may not do it.
        StoreUnavailableError: Postgres does not answer.
    """
    from psycopg import sql
    from psycopg.errors import InsufficientPrivilege

    parts = urlsplit(url)
    role, password = unquote(parts.username or ""), unquote(parts.password or "")
    if role not in map(role_of, PARTS):
        raise InputError(f"user={role or 'none'}: is no role of a part: use {', '.join(map(role_of, PARTS))}")
    if not password:
        raise InputError(f"user={role}: its URL holds no password")
    with connect(settings, application="upbeat:roles") as connection:
        verifier = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        try:
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
            )
        except InsufficientPrivilege as error:
            raise InputError(
                f"user={role}: our Postgres user may not let it log in: {str(error).splitlines()[0]}"
            ) from error
    return role


def _make(connection: Any, role: str) -> None:
    from psycopg import sql

    if not connection.execute(_SQL["role_exists"], {"role": role}).fetchone()["found"]:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _join(connection: Any, role: str) -> None:
    """Make our user a member of the role, which may do for it what the role may."""
    from psycopg import sql

    if not connection.execute(_SQL["is_member"], {"role": role}).fetchone()["found"]:
        # From Postgres 16 on, who makes a role may hand it out and is no member of it.
        options = " WITH INHERIT TRUE, SET TRUE" if connection.info.server_version >= 160_000 else ""
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER" + options).format(sql.Identifier(role)))


def _give_published(connection: Any) -> None:
    """Tables that our user published before belong to the role from now on; our user keeps its rights as a member."""
    from psycopg import sql

    role = role_of("sync")
    for row in connection.execute(_SQL["published"], {}).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} OWNER TO {}").format(sql.SQL(row["name"]), sql.Identifier(role))
        )
