"""The statements on `beat.credential`, and how workers run them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from upbeat.errors import StoreUnavailableError
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE

STATEMENTS = load_statements(Path(__file__).with_name("queries.sql"))
Connections = AsyncConnectionPool[AsyncConnection[Any]]


async def execute(
    connections: Connections, statement: str, parameters: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """The rows of a named statement, in a transaction of its own. Raises `StoreUnavailableError`."""
    try:
        async with connections.connection() as connection:
            cursor = await connection.execute(STATEMENTS[statement], parameters)
            return await cursor.fetchall() if cursor.description else []
    except (*UNAVAILABLE, PoolTimeout) as error:
        raise StoreUnavailableError("Postgres does not answer for credentials") from error
