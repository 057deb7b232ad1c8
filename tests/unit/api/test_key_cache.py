"""When a key was used last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest

from upbeat.api import key_cache
from upbeat.api.key_cache import KeyCache


class Notes:
    """Stands for a connection: keeps what is written, and waits when it is told to."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.writing = asyncio.Event()
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        yield self

    async def execute(self, _: str, values: dict[str, list[str | datetime]]) -> None:
        self.writing.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        self.noted += [str(key_id) for key_id in values["key_ids"]]

    async def until(self, count: int) -> None:
        async with asyncio.timeout(240):
            while len(self.noted) < count:  # noqa: ASYNC110 - another task's list
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_cache, "NOTE_SECONDS", 0.001)


async def test_a_use_while_the_last_one_is_written_down_is_written_down_too() -> None:
    notes = Notes()
    cache = KeyCache(notes.connection)
    cache.used("ada")
    await notes.writing.wait()

    cache.used("ada")
    notes.go_on.set()
    await notes.until(2)
    cache.used("ada")
    await notes.until(3)
    await cache.close()

    assert notes.noted == ["ada"] * 3


async def test_what_postgres_refuses_ends_neither_the_notes_nor_the_process() -> None:
    notes = Notes()
    cache = KeyCache(notes.connection)
    notes.go_on.set()
    notes.error = psycopg.errors.InsufficientPrivilege("no")
    cache.used("ada")
    await notes.writing.wait()

    notes.error = None
    cache.used("bob")
    await notes.until(1)
    await cache.close()

    assert notes.noted == ["bob"]
