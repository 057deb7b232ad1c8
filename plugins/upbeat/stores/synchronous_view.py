"""Synchronous code over an asynchronous connection: what commands and listeners write with, the API writes with too, in its own transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import psycopg
from psycopg.rows import dict_row

Result = TypeVar("Result")
Row = dict[str, Any]


async def run_synchronous(
    connection: psycopg.AsyncConnection[Any], work: Callable[[psycopg.Connection[Any]], Result]
) -> Result:
    """Run `work` in a thread; what it executes goes out on `connection`, in the transaction that stands there.

    The connection that `work` gets has `execute` (rows are dictionaries) and `transaction`. When the caller is cancelled, `work`
    ends at its next statement, and only then does this: nobody else may use the connection before.
    """
    view = _View(connection, asyncio.get_running_loop())
    running = asyncio.ensure_future(asyncio.to_thread(work, cast("psycopg.Connection[Any]", view)))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        view.abandoned = True
        while not running.done():
            with suppress(BaseException):
                await asyncio.wait([running])
        with suppress(BaseException):
            running.result()
        raise


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a statement gave: all of it is here already."""

    rows: Sequence[Row]
    rowcount: int

    def fetchone(self) -> Row | None:
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Row]:
        return list(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


@dataclass(slots=True)
class _View:
    connection: psycopg.AsyncConnection[Any]
    loop: asyncio.AbstractEventLoop
    abandoned: bool = False

    def execute(self, query: Any, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> _Rows:
        return self._wait(self._execute(query, parameters))

    @contextmanager
    def transaction(self, *, force_rollback: bool = False) -> Iterator[None]:
        entered = self.connection.transaction(force_rollback=force_rollback)
        self._wait(entered.__aenter__())
        try:
            yield
        except BaseException as error:
            if not self._wait(entered.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self._wait(entered.__aexit__(None, None, None))

    async def _execute(self, query: Any, parameters: Any) -> _Rows:
        async with self.connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, parameters)
            return _Rows(await cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def _wait(self, step: Coroutine[Any, Any, Result]) -> Result:
        if self.abandoned:
            step.close()
            raise InterruptedError("whoever asked for this has gone")
        return asyncio.run_coroutine_threadsafe(step, self.loop).result()
