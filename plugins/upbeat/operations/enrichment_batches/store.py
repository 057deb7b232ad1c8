"""The rows of batches in Postgres, and the lock under which one process at a time moves a batch on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from upbeat.enrichment.batches.api import BatchApi, ProviderBatch
from upbeat.enrichment.ledger import Ledger
from upbeat.errors import InputError, StoreUnavailableError
from upbeat.ingestion.process import CONFLICTS, is_data_error
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE, async_pool

SQL = load_statements(Path(__file__).with_suffix(".sql"))
Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBatch:
    """A row of `beat.llm_batch` that is not collected. `provider_id` is None until the provider is known to have it."""

    batch_key: str
    provider_id: str | None
    model: str
    input_file_id: str | None
    output_file_id: str | None
    error_file_id: str | None
    status: str
    requests: int
    created_at: datetime
    submitted_at: datetime | None
    problem: str | None


@dataclass(frozen=True)
class Batches:
    """What the steps share: the database, the ledger and the provider."""

    settings: Settings
    pool: AsyncConnectionPool[Connection]
    ledger: Ledger
    api: BatchApi = field(repr=False)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit. Raises `StoreUnavailableError`, and `InputError` before the first migration."""
        try:
            async with self.pool.connection() as connection:
                yield connection
        except (*UNAVAILABLE, PoolTimeout) as error:
            # psycopg counts deadlocks and limits of size among them: who wrote knows what to do with these.
            if isinstance(error, CONFLICTS) or (isinstance(error, psycopg.Error) and is_data_error(error)):
                raise
            raise StoreUnavailableError("Postgres does not answer for the batches of enrichment") from error
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise InputError(f"Postgres: {str(error).splitlines()[0]}: run `upbeat migrate`") from error

    @asynccontextmanager
    async def moving(self, batch_key: str) -> AsyncIterator[StoredBatch | None]:
        """The batch as it stands, for one process at a time; None where another one has it, or it is collected by now."""
        async with self.connection() as connection:
            (got,) = await rows(connection, "lock", {"batch_key": batch_key})
            if not got["locked"]:
                yield None
                return
            try:
                found = await rows(connection, "batch", {"batch_key": batch_key})
                yield StoredBatch(**found[0]) if found else None
            finally:
                if not connection.closed:
                    await rows(connection, "unlock", {"batch_key": batch_key})

    async def open(self) -> list[StoredBatch]:
        """The provider's batches that are not collected, the oldest first."""
        given = {"source": self.api.provider.source, "is_sandbox": self.api.provider.is_sandbox}
        async with self.connection() as connection:
            return [StoredBatch(**row) for row in await rows(connection, "open_batches", given)]

    async def note(self, batch_key: str, told: ProviderBatch) -> None:
        """Write down what the provider says of a batch."""
        given = {
            "batch_key": batch_key,
            "provider_id": told.id,
            "status": told.status,
            "input_file_id": told.input_file_id,
            "output_file_id": told.output_file_id,
            "error_file_id": told.error_file_id,
            "problem": told.problem,
        }
        await self.execute("note_provider", given)

    async def execute(self, statement: str, given: Mapping[str, Any]) -> None:
        """A statement without rows."""
        async with self.connection() as connection:
            await connection.execute(SQL[statement].encode(), given)

    async def recent(self, count: int) -> list[dict[str, Any]]:
        """The newest batches, for people."""
        async with self.connection() as connection:
            return await rows(connection, "recent_batches", {"count": count})


@asynccontextmanager
async def open_batches(settings: Settings) -> AsyncIterator[Batches]:
    """What the steps need, opened and closed. Raises `InputError` where the provider needs a key and there is none."""
    api = BatchApi.from_settings(settings)
    pool = async_pool(settings, max_size=4, application="upbeat:enrichment-batches")
    async with pool, api:
        yield Batches(settings, pool, Ledger(pool, settings), api)


async def rows(connection: Connection, statement: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a named statement."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[statement].encode(), given)
        return await cursor.fetchall()
