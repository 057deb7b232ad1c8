"""The log of loads: what was published last, and what became of each run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

import psycopg

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.named_sql import load_statements
from upbeat.sync.plan import Plan
from upbeat.sync.staged import StagedFile

SQL = load_statements(Path(__file__).parent / "runs.sql")
# A person's `upbeat sync --all` and a DAG of the same plan meet by chance: the later one takes its turn. What takes longer than
# this loads millions of rows, or hangs.
OTHER_LOAD_SECONDS = 60.0
LOOK_SECONDS = 0.2


class PublishedRun(TypedDict):
    """The run whose rows stand in `app`. `source_updated_at`: how new its mart was, in ISO 8601; `started_at`: when its load
    began, after its export."""

    id: int
    run_id: str
    rows: int
    bytes: int
    sha256: str
    way: Literal["swap", "merge"]
    started_at: str
    published_at: str
    source_updated_at: str | None


@contextmanager
def plan_session(
    settings: Settings, plan: Plan, *, wait_seconds: float = 0.0
) -> Iterator[psycopg.Connection[Any]]:
    """A connection (autocommit) that alone may change this plan's tables.

    Args:
        wait_seconds: so long another load or rollback of the plan is waited for.

    Raises:
        InputError: another load or rollback of the plan is still running, our user lacks a right, or somebody's object
            hangs on a version that has to go.
        StoreUnavailableError: Postgres is away, or went away in the block.
    """
    connection = postgres.connect(settings, autocommit=True, application=f"upbeat sync {plan.name}")
    with connection:
        try:
            _lock(connection, plan, wait_seconds)
            connection.execute(SQL["bury_dead_runs"], {"plan": plan.name})
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            line = str(error).splitlines()[0]
            raise InputError(
                f"{plan.name}: the sync's Postgres user may not do what is needed: {line}"
            ) from error
        except psycopg.errors.DependentObjectsStillExist as error:
            # Of app_old or app_next: what hangs on the published table was refused before.
            detail = " ".join((error.diag.message_detail or "").split())
            raise InputError(
                f"{plan.name}: {error.diag.message_primary} ({detail}): drop that, what was published stays"
            ) from error
        except postgres.UNAVAILABLE as error:
            line = (str(error) or type(error).__name__).splitlines()[0]
            raise StoreUnavailableError(f"{plan.name}: Postgres did not go on: {line}") from error


def _lock(connection: psycopg.Connection[Any], plan: Plan, wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    while True:
        row: Any = connection.execute(SQL["lock_plan"], {"plan": plan.name}).fetchone()
        if row["locked"]:
            return
        if time.monotonic() >= deadline:
            waited = f" after {wait_seconds:g} s" if wait_seconds else ""
            raise InputError(
                f"{plan.name}: another load or rollback of it is running{waited}; wait for its end"
            )
        time.sleep(LOOK_SECONDS)


def last_published(connection: psycopg.Connection[Any], plan: Plan) -> PublishedRun | None:
    """The last good run, or None before the first."""
    row: Any = connection.execute(SQL["last_published"], {"plan": plan.name}).fetchone()
    return cast("PublishedRun | None", row)


@contextmanager
def logged_run(connection: psycopg.Connection[Any], plan: Plan, staged: StagedFile) -> Iterator[int]:
    """Log a run as LOADING; when the block fails, as FAILED with its reason. The swap itself marks it PUBLISHED."""
    arguments = {
        "plan": plan.name,
        "run_id": staged["run_id"],
        "staged_object": f"s3://{staged['bucket']}/{staged['key']}",
        "format": staged["format"],
        "rows": staged["rows"],
        "bytes": staged["bytes"],
        "sha256": staged["sha256"],
        "source_updated_at": staged["source_updated_at"],
    }
    row: Any = connection.execute(SQL["begin_run"], arguments).fetchone()
    try:
        yield row["id"]
    except Exception as error:
        # A lost connection cannot log its own loss: the next run of the plan finds the row and buries it.
        with contextlib.suppress(*postgres.UNAVAILABLE):
            reason = str(error) or type(error).__name__
            connection.execute(SQL["fail_run"], {"id": row["id"], "error": reason})
        raise
