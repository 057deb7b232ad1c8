"""The bucket of assets: an object per content, written once, whoever shows it.

S3 servers differ in what they can refuse, so Postgres says what is there: a row is made first, then the object, then the row says
stored. Retention goes the other way, under the row's lock: what a task has begun to use is never deleted under its hands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from upbeat.assets.fetch import Fetched
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectStore

SQL = load_statements(Path(__file__).with_suffix(".sql"))


class AssetBucket:
    """Writes objects. Raises `StoreUnavailableError` when S3 does not answer."""

    def __init__(self, settings: Settings, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]) -> None:
        self._pool = pool
        self._store = ObjectStore(settings, settings.s3_assets_bucket)

    async def keep(self, fetched: Fetched) -> bool:
        """Write the content where it is not there yet; whether it was written."""
        key = fetched.object_key
        values = {
            "object_key": key,
            "content_type": fetched.content.content_type,
            "size_bytes": len(fetched.body),
        }
        async with self._pool.connection() as connection:
            row = await (await connection.execute(SQL["use"].encode(), values)).fetchone()
        if row is not None and row[0]:
            return False
        kind = fetched.content.content_type  # for a CDN whose origin is the bucket
        await asyncio.to_thread(self._store.put, key, fetched.body, content_type=kind)
        async with self._pool.connection() as connection:
            await connection.execute(SQL["stored"].encode(), {"object_key": key})
        return True

    async def still_used(self, object_keys: Sequence[str]) -> None:
        """Note that these were found unchanged."""
        if object_keys:
            async with self._pool.connection() as connection:
                await connection.execute(SQL["still_used"].encode(), {"object_keys": sorted(object_keys)})
