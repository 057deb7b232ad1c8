"""What tests of batches share: made-up creators in Postgres, the steps in one go, what the ledger then says."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from upbeat.failpoints import VARIABLE
from upbeat.operations.enrichment_batches.collect import collect
from upbeat.operations.enrichment_batches.collected import Collected
from upbeat.operations.enrichment_batches.look import look
from upbeat.operations.enrichment_batches.plan import Plan, plan
from upbeat.operations.enrichment_batches.store import Batches, open_batches
from upbeat.operations.enrichment_batches.submit import submit
from upbeat.operations.enrichment_batches.wanted import Wanted
from upbeat.settings import Settings

GENDER = Wanted(kinds=("base_gender",))
Result = TypeVar("Result")


def add_creators(settings: Settings, count: int, *, biography: str = "Food of Pune, mom of") -> None:
    """Tracked creators `made.up.0` … with a biography each."""
    execute(
        settings,
        """
        WITH numbers AS (SELECT number::text FROM generate_series(0, %s - 1) AS number),
        tracked AS (
            INSERT INTO beat.tracked_profile (platform, handle) SELECT 'INSTAGRAM', 'made.up.' || number FROM numbers
            ON CONFLICT DO NOTHING
        )
        INSERT INTO beat.instagram_account (profile_id, handle, biography, source, observed_at)
        SELECT number, 'made.up.' || number, %s || ' ' || number, 'test', now() FROM numbers
        ON CONFLICT (platform, profile_id) DO UPDATE SET biography = excluded.biography
        """,
        count,
        biography,
    )


def rows(settings: Settings, statement: str, *parameters: Any) -> list[dict[str, Any]]:
    """The rows of a statement."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True, row_factory=dict_row) as connection:
        return connection.execute(statement.encode(), parameters).fetchall()


def execute(settings: Settings, statement: str, *parameters: Any) -> None:
    """A statement without rows."""
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        connection.execute(statement.encode(), parameters)


def step(settings: Settings, do: Callable[[Batches], Awaitable[Result]]) -> Result:
    """One step, with all that it needs opened and closed as a process of its own would."""

    async def run() -> Result:
        async with open_batches(settings) as batches:
            return await do(batches)

    return asyncio.run(run())


async def wait(batches: Batches) -> None:
    """Until all that was sent has ended."""
    deadline = time.monotonic() + 240
    while not all(one.has_ended for one in await look(batches)):
        assert time.monotonic() < deadline, "the batches do not end"
        await asyncio.sleep(0.02)


async def send(batches: Batches, wanted: Wanted = GENDER) -> Plan:
    """Plan, send, wait."""
    planned = await plan(batches, wanted)
    await submit(batches)
    await wait(batches)
    return planned


async def whole_run(batches: Batches, wanted: Wanted = GENDER) -> tuple[Plan, Collected]:
    """All steps."""
    return await send(batches, wanted), await collect(batches)


def statuses(settings: Settings) -> dict[str, int]:
    """Calls by status."""
    found = rows(settings, "SELECT status, count(*) AS calls FROM beat.llm_call GROUP BY status")
    return {row["status"]: row["calls"] for row in found}


def spend(settings: Settings) -> tuple[int, int]:
    """What is spent and what is reserved, of all days, in nanodollars."""
    (row,) = rows(
        settings,
        "SELECT coalesce(sum(spent_nanodollars), 0)::bigint AS spent, coalesce(sum(reserved_nanodollars), 0)::bigint AS held "
        "FROM beat.llm_spend",
    )
    return row["spent"], row["held"]


def run_that_dies(settings: Settings, failpoint: str) -> None:
    """Runs all steps in a process of its own that is killed at a named point. Fails when it was not."""
    child = os.fork()
    if child == 0:
        os.environ[VARIABLE] = failpoint
        try:
            step(settings, whole_run)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"it was not killed at {failpoint}"
    assert os.WTERMSIG(status) == signal.SIGKILL
