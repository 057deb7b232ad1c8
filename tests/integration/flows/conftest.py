"""One migrated database for all tests of what is due; each test's rows are rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from tests.fresh_stores import TEMPLATE_DATABASE

from upbeat.embedded.postgres import maintenance_dsn
from upbeat.settings import Settings

DATABASE = "test_due"


@pytest.fixture(scope="module")
def due_dsn(stack: Settings) -> Iterator[str]:
    """A database of this module's own, empty and migrated."""
    name = sql.Identifier(DATABASE)
    with psycopg.connect(maintenance_dsn(stack), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(TEMPLATE_DATABASE))
        )
    yield f"{maintenance_dsn(stack).rpartition('/')[0]}/{DATABASE}"
    with psycopg.connect(maintenance_dsn(stack), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def connection(due_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that is rolled back at the end; rows are dictionaries."""
    with psycopg.connect(due_dsn, row_factory=dict_row, options="-c timezone=UTC") as connection:
        yield connection
        connection.rollback()
