"""Keys that this process has seen, for a few seconds, and the minutes in which they were used."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
FRESH_SECONDS = 5.0
"""A key that is revoked stops to work everywhere after so long."""
NOTE_SECONDS = 10.0
"""How often the uses of keys are written down."""
_MOST_KEYS = 4_096

log = get_logger("api")


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key as Postgres keeps it. `rate` is None for the setting's, `account_id` for all accounts."""

    key_id: str
    secret_hash: bytes
    scopes: frozenset[str]
    rate: str | None
    account_id: str | None
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyCache:
    """Looks keys up, at most once per `FRESH_SECONDS` for each. Keys that do not exist are not remembered."""

    def __init__(
        self,
        connection: Callable[[], AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._keys: OrderedDict[str, tuple[float, KeptKey]] = OrderedDict()
        self._used: dict[str, datetime] = {}
        self._noting: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> KeptKey | None:
        """The key of this id, as it was at most `FRESH_SECONDS` ago. Raises `StoreUnavailableError`."""
        kept = self._keys.get(key_id)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        asked_at = self._clock()
        async with self._connection() as connection:
            row = await (await connection.execute(SQL["find_key"], {"key_id": key_id})).fetchone()
        if row is None:
            self._keys.pop(key_id, None)
            return None
        key = KeptKey(key_id, bytes(row[0]), frozenset(row[1]), *row[2:])
        self._keys[key_id] = (asked_at + FRESH_SECONDS, key)
        if len(self._keys) > _MOST_KEYS:
            self._keys.popitem(last=False)
        return key

    def used(self, key_id: str) -> None:
        """The key let a request in now. It is written down later, so that no request waits for it."""
        if key_id not in self._used:
            self._used[key_id] = datetime.now(UTC).replace(second=0, microsecond=0)
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note_later())

    async def close(self) -> None:
        """Write down what was not yet."""
        if self._noting is not None:
            self._noting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._noting
            await self._note()

    async def _note_later(self) -> None:
        # What is used while a note is written waits for the next one.
        while self._used:
            await asyncio.sleep(NOTE_SECONDS)
            await self._note()

    async def _note(self) -> None:
        used, self._used = self._used, {}
        if not used:
            return
        try:
            async with self._connection() as connection:
                values = {"key_ids": sorted(used), "times": [used[key_id] for key_id in sorted(used)]}
                await connection.execute(SQL["note_use"], values)
        except (StoreUnavailableError, psycopg.Error) as error:
            # Worth nothing to a caller; the next use is written down.
            log.warning("the last use of API keys was not noted", reason=str(error))
