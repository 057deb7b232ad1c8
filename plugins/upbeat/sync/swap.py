"""The moment of a publish: tables change their schema in one short transaction, so that no reader sees a gap.

`app_next.t` -> `app.t` -> `app_old.t`. A reader that is waiting when the transaction ends finds the new table under the
name; one that is reading is never cut off: we wait for it, in slices so short that readers behind us hardly queue.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors, sql

from upbeat.errors import InputError, UpbeatError
from upbeat.failpoints import failpoint
from upbeat.sync import published
from upbeat.sync.dependents import (
    carry_foreign_keys,
    dependents_of,
    foreign_keys_agree,
    lock_view_statements,
    make_anew_statements,
    strip_statements,
    unchanged_query,
)
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, NEXT, OLD, SQL, TableName

LOCK_TIMEOUT = "5ms"  # what readers may be held up for by an attempt that fails
OLD_READER_SECONDS = 1.0  # a reader this old will not be done within the time-out: do not wait for it
NO_TIME = "1ms"
# Under the lock nobody can change what hangs on the table; what was changed since we looked would be lost.
CHANGED_STATE = "UP001"
_REFUSE_CHANGED = (
    "DO $upbeat$ BEGIN IF ({query}) IS DISTINCT FROM '{seen}' THEN "
    "RAISE EXCEPTION 'the table was changed' USING ERRCODE = '{state}'; END IF; END $upbeat$"
)
PAUSE_SECONDS = (0.01, 0.05)


class SwapBlockedError(UpbeatError):
    """Readers held the table for longer than the plan waits. What was published stays; the next table is kept."""


class _TableChangedError(Exception):
    """Somebody granted, created or dropped something on the table between our look at it and our lock: look again."""


@dataclass(slots=True)
class Swapped:
    """How a swap went. `lock_milliseconds`: how long readers that came meanwhile had to wait, the commit included."""

    attempts: int = 0
    lock_milliseconds: float = 0.0
    carried: list[str] = field(default_factory=list)


def publish_next(
    connection: psycopg.Connection[Any], plan: Plan, mark: Callable[[psycopg.Connection[Any]], None]
) -> Swapped:
    """Put `app_next.<table>` in the place of `app.<table>`, which becomes `app_old.<table>`.

    Args:
        mark: logs the publish; runs in the transaction of the swap.

    Raises:
        InputError: something hangs on the published table that would be lost.
        SwapBlockedError: readers kept the table locked for `swap_wait_seconds`.
    """
    return _exchange(connection, plan, coming=NEXT, going=OLD, mark=mark)


def bring_back_old(
    connection: psycopg.Connection[Any], plan: Plan, mark: Callable[[psycopg.Connection[Any]], None]
) -> Swapped:
    """Put `app_old.<table>` back in place; the withdrawn version waits in `app_next` for inspection.

    Raises: as `publish_next`, and InputError when there is nothing to bring back.
    """
    for schema in (OLD, LIVE):
        if not published.exists(connection, TableName(schema, plan.table)):
            raise InputError(f"{plan.name}: there is no {schema}.{plan.table}, so nothing to roll back")
    return _exchange(connection, plan, coming=OLD, going=NEXT, mark=mark)


def _exchange(
    connection: psycopg.Connection[Any],
    plan: Plan,
    *,
    coming: str,
    going: str,
    mark: Callable[[psycopg.Connection[Any]], None],
) -> Swapped:
    deadline = time.monotonic() + plan.swap_wait_seconds
    swapped = Swapped()
    while True:
        swapped.attempts += 1
        try:
            _attempt(connection, plan, coming, going, mark, swapped)
        except (psycopg.Error, _TableChangedError) as error:
            if not _again(error):
                raise
            if time.monotonic() > deadline:
                raise _blocked(connection, plan, going, swapped) from error
            time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - jitter
        else:
            return swapped


def _again(error: Exception) -> bool:
    """Whether another attempt may pass: readers were in the way, or the table was changed under our eyes."""
    if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected | _TableChangedError):
        return True
    return isinstance(error, psycopg.Error) and error.sqlstate == CHANGED_STATE


def _attempt(
    connection: psycopg.Connection[Any],
    plan: Plan,
    coming: str,
    going: str,
    mark: Callable[[psycopg.Connection[Any]], None],
    swapped: Swapped,
) -> None:
    live, new, old = (TableName(schema, plan.table) for schema in (LIVE, coming, going))
    replaces = published.exists(connection, live)
    if replaces:
        carry_foreign_keys(connection, plan, live, new)
    old_readers = replaces and _oldest_reader(connection, live) > OLD_READER_SECONDS
    locked_at = time.monotonic()
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{NO_TIME if old_readers else LOCK_TIMEOUT}'")
        mark(connection)
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(old.identifier))
        if not replaces:
            connection.execute(_move(new, LIVE))
        else:
            script = _prepare(connection, plan, live, new, going, swapped)
            # Readers wait from here on: one message to the server and the commit, whatever hangs on the table.
            locked_at = time.monotonic()
            connection.execute(script)
        failpoint("sync_in_swap")
    swapped.lock_milliseconds = round((time.monotonic() - locked_at) * 1000, 2) if replaces else 0.0


def _prepare(
    connection: psycopg.Connection[Any],
    plan: Plan,
    live: TableName,
    new: TableName,
    going: str,
    swapped: Swapped,
) -> bytes:
    """All that needs no lock on the published table, and the statements that do."""
    connection.execute("SET LOCAL search_path = ''")
    query = unchanged_query(live)
    seen: Any = connection.execute(query.encode()).fetchone()
    published.refuse_what_is_not_carried(connection, plan, live)
    found, there = dependents_of(connection, live), dependents_of(connection, new)
    swapped.carried = [*published.carry_over(connection, live, new), *found.words]
    if not foreign_keys_agree(found, there):
        raise _TableChangedError
    statements = [
        *lock_view_statements(found),
        sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(live.identifier),
        sql.SQL(_REFUSE_CHANGED.format(query=query, seen=seen["seen"], state=CHANGED_STATE)),
        *strip_statements(live, found),
        _move(live, going),
        _move(new, LIVE),
        *make_anew_statements(live, found, there),
    ]
    return sql.SQL("; ").join(statements).as_bytes(connection)


def _move(table: TableName, schema: str) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(table.identifier, sql.Identifier(schema))


def _oldest_reader(connection: psycopg.Connection[Any], table: TableName) -> float:
    row = connection.execute(SQL["blockers"], {"table": table.text}).fetchone()
    return 0.0 if row is None else row["seconds"] or 0.0


def _blocked(
    connection: psycopg.Connection[Any], plan: Plan, going: str, swapped: Swapped
) -> SwapBlockedError:
    readers = []
    for table in (TableName(LIVE, plan.table), TableName(going, plan.table)):
        for row in connection.execute(SQL["blockers"], {"table": table.text}):
            readers.append(
                f"{table.text} by {row['who']} (pid {row['pid']}, for {row['seconds'] or 0:.0f} s)"
            )
    return SwapBlockedError(
        f"{plan.name}: gave up after {swapped.attempts} attempts in {plan.swap_wait_seconds:g} s, held was "
        f"{', '.join(readers) or 'nothing by the end'}; what was published stays. Run it again later"
    )
