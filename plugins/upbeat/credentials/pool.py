"""Picks credentials for workers: at random, from a short-lived copy, so that tasks do not query Postgres one by one."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.records import Credential
from upbeat.errors import NoCredentialError, StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.stores.named_sql import load_statements
from upbeat.stores.postgres import UNAVAILABLE

log = get_logger(__name__)
STATEMENTS = load_statements(Path(__file__).with_name("queries.sql"))
CACHE_SECONDS = 5.0


@dataclass(slots=True)
class _Entry:
    credential: Credential
    cooling_until: float


@dataclass(slots=True)
class _Rest:
    """A cool-down of this process. A read of the table that began before it was written there does not show it."""

    until: float
    written_at: float = math.inf


class CredentialPool:
    """The usable credentials of each source. One per worker process; its copy is at most `cache_seconds` old."""

    def __init__(
        self,
        connections: AsyncConnectionPool[AsyncConnection[Any]],
        cipher: CredentialCipher,
        *,
        cache_seconds: float = CACHE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
    ) -> None:
        self._connections = connections
        self._cipher = cipher
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - spreads load, guards nothing
        self._entries: dict[str, list[_Entry]] = {}
        self._rests: dict[int, _Rest] = {}
        self._unreadable: dict[str, int] = {}
        self._loaded_at: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._decrypted: dict[bytes, dict[str, str]] = {}

    async def pick(self, source: str, exclude: Collection[int] = ()) -> Credential:
        """One usable credential, at random among those not in `exclude` (ids).

        Raises:
            NoCredentialError: none is usable now; `retry_after` is when the first has cooled off, if one will.
            StoreUnavailableError: Postgres does not answer.
        """
        entries = await self._load(source)
        now = self._clock()
        usable = [e for e in entries if e.cooling_until <= now and e.credential.id not in exclude]
        if usable:
            return self._random.choice(usable).credential
        cooling = [e.cooling_until - now for e in entries if e.cooling_until > now]
        raise NoCredentialError(
            self._explain(source, entries, cooling), source=source, retry_after=min(cooling, default=None)
        )

    async def cool_down(self, credential_id: int, seconds: float) -> None:
        """Let a credential rest: at once here, within `cache_seconds` in other processes."""
        rest = self._rests[credential_id] = _Rest(self._clock() + seconds)
        for entry in (entry for entries in self._entries.values() for entry in entries):
            if entry.credential.id == credential_id:
                entry.cooling_until = max(entry.cooling_until, rest.until)
        await self._execute("cool_down", {"id": credential_id, "seconds": seconds})
        rest.written_at = self._clock()

    def forget(self) -> None:
        """Read everything anew at the next pick."""
        self._loaded_at.clear()

    def _explain(self, source: str, entries: list[_Entry], cooling: list[float]) -> str:
        if cooling:
            return f"all usable credentials are cooling down, the first for {min(cooling):.0f} s more"
        if entries:
            return "every usable credential was tried"
        if self._unreadable.get(source):
            return f"{self._unreadable[source]} stored, none readable: check UPBEAT_CREDENTIAL_KEY"
        return f"no usable credential: add one with `upbeat credentials add {source}`"

    async def _load(self, source: str) -> list[_Entry]:
        if self._is_fresh(source):
            return self._entries[source]
        async with self._locks.setdefault(source, asyncio.Lock()):
            if not self._is_fresh(source):
                began = self._clock()
                rows = await self._execute("usable_credentials", {"source": source})
                now = self._clock()
                self._entries[source] = [e for row in rows if (e := self._entry(source, row, now))]
                self._apply_rests(self._entries[source], began)
                self._unreadable[source] = len(rows) - len(self._entries[source])
                self._loaded_at[source] = now
        return self._entries[source]

    def _apply_rests(self, entries: list[_Entry], began: float) -> None:
        for entry in entries:
            rest = self._rests.get(entry.credential.id)
            if rest is not None and rest.written_at > began:
                entry.cooling_until = max(entry.cooling_until, rest.until)

    def _is_fresh(self, source: str) -> bool:
        loaded_at = self._loaded_at.get(source)
        return loaded_at is not None and self._clock() - loaded_at < self._cache_seconds

    def _entry(self, source: str, row: tuple[Any, ...], now: float) -> _Entry | None:
        identity, token, handle, cooling = row
        token = bytes(token)
        secrets = self._decrypted.get(token)
        if secrets is None:
            secrets = self._cipher.decrypt(token)
            if secrets is None:
                log.warning("credential is not readable with the present key", id=identity, source=source)
                return None
            self._decrypted[token] = secrets
        return _Entry(Credential(identity, source, secrets, handle), now + cooling)

    async def _execute(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            async with self._connections.connection() as connection:
                cursor = await connection.execute(STATEMENTS[statement], parameters)
                return await cursor.fetchall() if cursor.description else []
        except (*UNAVAILABLE, PoolTimeout) as error:
            raise StoreUnavailableError("Postgres does not answer for credentials") from error
