"""The process stage: a group of outcomes becomes one transaction, with the end of every task in it.

First the tasks are finished with their tokens; rows, log entries and events are written only for those that were
still ours. A crash at any point leaves all of a group or none of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.ingestion.identity import resolve_identities
from upbeat.ingestion.outcome import Outcome, error_data
from upbeat.ingestion.rows import Observation, RowSet, rows_of
from upbeat.ingestion.upsert import upsert_statement
from upbeat.logs import get_logger
from upbeat.queue.store import finish
from upbeat.queue.tasks import TaskStatus
from upbeat.stores.json_text import encode_json
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_suffix(".sql"))
HISTORY_SQL = load_statements(Path(__file__).with_name("history.sql"))
# Deadlocks and serialisation failures pass by themselves; more of them in a row than this is something else.
CONFLICT_ATTEMPTS = 6
CONFLICTS = (pg.DeadlockDetected, pg.SerializationFailure)
# SQLSTATE classes of rows that Postgres refuses whatever the moment: data, integrity, limits of size.
_DATA_CLASSES = ("22", "23", "54")

Result = TypeVar("Result")

log = get_logger("ingestion.process")


async def commit_group(
    connection: psycopg.AsyncConnection[Any], outcomes: Sequence[Outcome], *, task_log: bool = True
) -> set[int]:
    """Commit these outcomes; a row that Postgres refuses costs its own task alone.

    On a data error the group is halved until the culprit stands alone: its task becomes FAILED with the reason.

    Args:
        task_log: write an event `task_log` for every task that ends.

    Returns:
        The ids of the tasks that were still ours. The others were given to somebody else: nothing of them is written.

    Raises:
        StoreUnavailableError: Postgres went away. Whether the group was committed is unknown; calling again is safe,
            since finished tasks are no longer ours.
    """
    attempt = partial(_commit_once, connection, outcomes, task_log)
    try:
        return await through_conflicts(attempt)
    except psycopg.Error as error:
        if not is_data_error(error):
            raise
        if len(outcomes) > 1:
            middle = len(outcomes) // 2
            first = await commit_group(connection, outcomes[:middle], task_log=task_log)
            return first | await commit_group(connection, outcomes[middle:], task_log=task_log)
        refuse(outcomes[0], error)
        return await through_conflicts(attempt)


async def write_observations(
    connection: psycopg.AsyncConnection[Any], observations: Sequence[Observation]
) -> RowSet:
    """Upsert current rows, log entries and events within the caller's transaction; returns the rows it offered."""
    rows = rows_of(await resolve_identities(connection, observations))
    for table, current in rows.current.items():
        parameters = {"rows": encode_json(current), "event": table.event}
        await connection.execute(upsert_statement(table), parameters)
    for statement, entries in (("log_profiles", rows.profile_log), ("log_posts", rows.post_log)):
        if entries:
            await connection.execute(SQL[statement], {"rows": encode_json(entries)})
    accounts = rows.of("instagram_account")
    if accounts:
        await attach_history(connection, [row["handle"] for row in accounts])
    return rows


async def attach_history(connection: psycopg.AsyncConnection[Any], handles: Sequence[str]) -> None:
    """Copy imported history of these handles into the log, where some waits for its creator."""
    cursor = await connection.execute(HISTORY_SQL["waiting"], {"handles": list(handles)})
    if await cursor.fetchone():
        await connection.execute(HISTORY_SQL["attach"], {"handles": list(handles)})


def refuse(outcome: Outcome, error: psycopg.Error) -> None:
    """Turn an outcome whose rows Postgres refuses into a failure that says why; the raw answers stay kept."""
    reason = error.diag.message_primary or str(error)
    outcome.status = TaskStatus.FAILED
    outcome.parsed = None
    outcome.delay = None
    outcome.data = error_data(
        error, f"the database refused what {outcome.source or 'the source'} told: {reason}"
    )


async def through_conflicts(attempt: Callable[[], Awaitable[Result]]) -> Result:
    """The result of a transaction that is repeated after deadlocks and serialisation failures.

    Raises:
        StoreUnavailableError: Postgres went away; whether the transaction was committed is unknown.
    """
    for number in range(CONFLICT_ATTEMPTS):
        try:
            return await attempt()
        except CONFLICTS:
            if number + 1 == CONFLICT_ATTEMPTS:
                raise
            await asyncio.sleep(0.01 * 2**number)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if is_data_error(error):
                raise
            raise StoreUnavailableError(f"Postgres went away: {str(error).splitlines()[0]}") from error
    raise AssertionError("the last attempt returns or raises")


async def _commit_once(
    connection: psycopg.AsyncConnection[Any], outcomes: Sequence[Outcome], task_log: bool
) -> set[int]:
    async with connection.transaction():
        accepted = await finish(connection, [outcome.end() for outcome in outcomes], task_log=task_log)
        lost = len(outcomes) - len(accepted)
        if lost:
            log.warning("tasks were given to another worker meanwhile; their results are dropped", tasks=lost)
        await write_observations(
            connection,
            [
                Observation(outcome.parsed, outcome.payloads, outcome.pointers)
                for outcome in outcomes
                if outcome.parsed is not None and outcome.task.id in accepted
            ],
        )
        failpoint("before_commit")
    failpoint("after_commit")
    return accepted


def is_data_error(error: psycopg.Error) -> bool:
    """Whether Postgres refuses the rows themselves, so that trying again is of no use."""
    return (error.sqlstate or "")[:2] in _DATA_CLASSES
