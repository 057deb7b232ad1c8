"""Synchronous code over an asynchronous connection: one transaction, and nobody meets a connection that is still in use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from upbeat.settings import Settings
from upbeat.stores.synchronous_view import run_synchronous


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    opened = await psycopg.AsyncConnection.connect(settings.postgres_dsn(), autocommit=True)
    async with opened:
        await opened.execute("CREATE TEMPORARY TABLE written (number int UNIQUE)")
        yield opened


def half_way(view: psycopg.Connection[Any]) -> None:
    with view.transaction():
        view.execute("INSERT INTO written VALUES (2)")
        view.execute("INSERT INTO written VALUES (%(number)s)", {"number": 1})


async def numbers(connection: psycopg.AsyncConnection[Any]) -> list[int]:
    return [
        row[0] for row in await (await connection.execute("SELECT number FROM written ORDER BY 1")).fetchall()
    ]


async def test_what_the_code_writes_belongs_to_the_callers_transaction(
    connection: psycopg.AsyncConnection[Any],
) -> None:
    def write(view: psycopg.Connection[Any]) -> int:
        view.execute("INSERT INTO written VALUES (1)")
        with pytest.raises(psycopg.IntegrityError):
            half_way(view)
        row = view.execute("SELECT count(*) AS n FROM written").fetchone()
        return int(row["n"])

    async def refused() -> None:
        async with connection.transaction():
            assert await run_synchronous(connection, write) == 1
            raise RuntimeError("the caller changes its mind")

    with pytest.raises(RuntimeError):
        await refused()
    assert await numbers(connection) == []
    async with connection.transaction():
        await run_synchronous(connection, write)
    assert await numbers(connection) == [1]


async def test_a_caller_that_is_cancelled_ends_after_the_code_has(
    connection: psycopg.AsyncConnection[Any],
) -> None:
    begun, go_on, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def write(view: psycopg.Connection[Any]) -> None:
        try:
            view.execute("INSERT INTO written VALUES (1)")
            loop.call_soon_threadsafe(begun.set)
            assert go_on.wait(240)
            view.execute("INSERT INTO written VALUES (2)")
        finally:
            ended.set()

    async def call() -> None:
        async with connection.transaction():
            await run_synchronous(connection, write)

    caller = asyncio.create_task(call())
    await begun.wait()
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()
    assert await numbers(connection) == [], "the next statement was not sent, and the first is undone"
