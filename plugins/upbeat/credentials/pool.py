"""Picks credentials for workers: at random, from a short-lived copy, so that tasks do not query Postgres one by one."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.records import Credential, same_handle
from upbeat.credentials.table import Connections, execute
from upbeat.credentials.validation import ValidationGate, Validator
from upbeat.errors import NoCredentialError
from upbeat.logs import get_logger

log = get_logger(__name__)
CACHE_SECONDS = 5.0
VALIDATION_HOURS = 24.0
UNDER_VALIDATION_SECONDS = 5.0
"""When to look again for a credential that another worker is asking about."""


@dataclass(slots=True)
class _Entry:
    credential: Credential
    token: bytes
    cooling_until: float
    needs_validation: bool
    valid_until: float


@dataclass(slots=True)
class _Rest:
    """A cool-down of this process. A read of the table that began before it was written there does not show it."""

    until: float
    written_at: float = math.inf


class CredentialPool:
    """The usable credentials of each source. One per worker process; its copy is at most `cache_seconds` old.

    With a `validator` no credential of a source that it covers is given out before that source was asked about it, and it is
    asked again every `validation_hours`.
    """

    def __init__(
        self,
        connections: Connections,
        cipher: CredentialCipher,
        *,
        validator: Validator | None = None,
        validation_hours: float = VALIDATION_HOURS,
        cache_seconds: float = CACHE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        seed: int | None = None,
    ) -> None:
        self._connections = connections
        self._cipher = cipher
        self._gate = ValidationGate(connections, validator, hours=validation_hours) if validator else None
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - spreads load, guards nothing
        self._entries: dict[str, list[_Entry]] = {}
        self._rests: dict[int, _Rest] = {}
        self._unreadable: dict[str, int] = {}
        self._loaded_at: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._decrypted: dict[bytes, dict[str, str]] = {}

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        """One usable credential, at random among those not in `exclude` (ids), and of `handle` where one is given.

        Raises:
            NoCredentialError: none is usable now; `retry_after` is when the first has cooled off, if one will.
            StoreUnavailableError: Postgres does not answer.
        """
        usable = self._usable(await self._load(source), exclude, handle)
        while usable:
            entry = self._random.choice(usable)
            if await self._passes(entry):
                return entry.credential
            usable.remove(entry)
        raise self._nothing(source, await self._load(source), exclude, handle)

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        """Let a credential rest: at once here, within `cache_seconds` in other processes.

        One that was `refused` (401, 403) is asked about after its rest, before it is used again.
        """
        rest, before = _Rest(self._clock() + seconds), self._rests.get(credential_id)
        if before is not None and before.written_at == math.inf:
            rest.until = max(rest.until, before.until)
        self._rests[credential_id] = rest
        for entry in (entry for entries in self._entries.values() for entry in entries):
            if entry.credential.id == credential_id:
                entry.cooling_until = max(entry.cooling_until, rest.until)
                entry.needs_validation |= refused
        statement = "refuse" if refused else "cool_down"
        await execute(self._connections, statement, {"id": credential_id, "seconds": seconds})
        rest.written_at = self._clock()

    def forget(self) -> None:
        """Read everything anew at the next pick."""
        self._loaded_at.clear()

    def _usable(self, entries: list[_Entry], exclude: Collection[int], handle: str | None) -> list[_Entry]:
        now = self._clock()
        return [
            entry
            for entry in entries
            if entry.cooling_until <= now
            and entry.credential.id not in exclude
            and (handle is None or same_handle(entry.credential.handle, handle))
        ]

    async def _passes(self, entry: _Entry) -> bool:
        """Whether the entry was validated, asking its source when that is due."""
        if self._gate is None or not self._gate.covers(entry.credential.source):
            return True
        if not entry.needs_validation and entry.valid_until > self._clock():
            return True
        passed = await self._gate.passes(entry.credential, entry.token, was_valid=not entry.needs_validation)
        # What it says is in the table by now; until that is read anew, it holds for those who have this copy.
        entry.needs_validation, entry.valid_until = not passed, self._clock() + self._cache_seconds
        self._loaded_at.pop(entry.credential.source, None)
        return passed

    def _nothing(
        self, source: str, entries: list[_Entry], exclude: Collection[int], handle: str | None
    ) -> NoCredentialError:
        """Why none can be had, and when one can."""
        own = [e for e in entries if handle is None or same_handle(e.credential.handle, handle)]
        now = self._clock()
        waits = [e.cooling_until - now for e in own if e.cooling_until > now]
        if waits:
            reason = f"all usable credentials are cooling down, the first for {min(waits):.0f} s more"
        elif self._usable(own, exclude, None):
            waits = [UNDER_VALIDATION_SECONDS]
            reason = "another worker is validating the only credentials left"
        elif own:
            reason = "every usable credential was tried"
        elif self._unreadable.get(source):
            reason = f"{self._unreadable[source]} stored, none readable: check UPBEAT_CREDENTIAL_KEY"
        elif handle is not None:
            name = handle.strip().lstrip("@")
            reason = f"no usable credential of @{name}: add one with `upbeat credentials add {source} --handle {name}`"
        else:
            reason = f"no usable credential: add one with `upbeat credentials add {source}`"
        of_handle = f" (of @{handle.strip().lstrip('@')})" if handle is not None and own else ""
        return NoCredentialError(reason + of_handle, source=source, retry_after=min(waits, default=None))

    async def _load(self, source: str) -> list[_Entry]:
        if self._is_fresh(source):
            return self._entries[source]
        async with self._locks.setdefault(source, asyncio.Lock()):
            if not self._is_fresh(source):
                began = self._clock()
                rows = await execute(self._connections, "usable_credentials", {"source": source})
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
        identity, token, handle, cooling, needs_validation, valid_seconds = row
        token = bytes(token)
        secrets = self._decrypted.get(token)
        if secrets is None:
            secrets = self._cipher.decrypt(token)
            if secrets is None:
                log.warning("credential is not readable with the present key", id=identity, source=source)
                return None
            self._decrypted[token] = secrets
        credential = Credential(identity, source, secrets, handle)
        return _Entry(credential, token, now + cooling, needs_validation, now + valid_seconds)
