"""Connections to Postgres: synchronous for commands and DAG tasks, pooled and asynchronous for workers and the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import AsyncConnectionPool

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings

# What a restart, a failover or a killed backend raises: the statement may be tried again on a new connection.
UNAVAILABLE = (psycopg.OperationalError, psycopg.InterfaceError)


def connect(
    settings: Settings, *, autocommit: bool = False, application: str = "upbeat"
) -> psycopg.Connection[Any]:
    """Open one connection whose rows are dictionaries.

    Raises:
        StoreUnavailableError: Postgres does not answer.
    """
    try:
        return psycopg.connect(
            settings.postgres_dsn(),
            autocommit=autocommit,
            row_factory=dict_row,
            connect_timeout=10,
            application_name=application,
            options="-c timezone=UTC",
        )
    except psycopg.OperationalError as error:
        raise StoreUnavailableError(f"Postgres does not answer: {str(error).splitlines()[0]}") from error


@contextmanager
def transaction(settings: Settings, *, application: str = "upbeat") -> Iterator[psycopg.Connection[Any]]:
    """One connection and one transaction: committed at the end, rolled back by an exception.

    Raises:
        StoreUnavailableError: Postgres does not answer, or the connection was lost in the block.
        InputError: the schemas are not there yet.
    """
    try:
        with connect(settings, application=application) as connection:
            yield connection
    except UNAVAILABLE as error:
        line = (str(error) or type(error).__name__).splitlines()[0]
        raise StoreUnavailableError(f"Postgres did not go on: {line}") from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise InputError(f"Postgres: {str(error).splitlines()[0]}: run `upbeat migrate`") from error


def async_pool(
    settings: Settings,
    *,
    min_size: int = 1,
    max_size: int = 4,
    application: str = "upbeat",
    checked: bool = True,
    statement_seconds: float | None = None,
) -> AsyncConnectionPool[psycopg.AsyncConnection[Any]]:
    """A closed pool (open it with `async with`); connections autocommit, rows are tuples, dead ones are replaced.

    Without `checked` a connection is given out as it is, which spares a round trip: its first statement tells whether it is dead.
    A statement that takes longer than `statement_seconds` is ended by Postgres (`QueryCanceled`); None: the server's own setting holds.
    """
    options = "-c timezone=UTC"
    if statement_seconds is not None:
        options += f" -c statement_timeout={statement_seconds * 1_000:.0f}"
    return AsyncConnectionPool(
        settings.postgres_dsn(),
        min_size=min_size,
        max_size=max_size,
        open=False,
        timeout=30,
        reconnect_timeout=60,
        check=AsyncConnectionPool.check_connection if checked else None,
        kwargs={
            "autocommit": True,
            "row_factory": tuple_row,
            "connect_timeout": 10,
            "application_name": application,
            "options": options,
        },
    )
