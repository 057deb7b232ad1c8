"""Third step of a publish: load the staged file beside the published table, verify it, swap it in. And the way back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

import psycopg

from upbeat.errors import InputError
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.sync import published
from upbeat.sync.next_table import build_next, check_staged
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.runs import SQL, PublishedRun, last_published, logged_run, plan_session
from upbeat.sync.staged import StagedFile
from upbeat.sync.swap import Swapped, bring_back_old, publish_next
from upbeat.sync.transport import StreamTransport, Transport


class LoadReport(TypedDict):
    """What a load did. `previous_rows` is None for a first publish; `carried` says what followed the old table."""

    plan: str
    table: str
    run_id: str
    status: Literal["published", "already published"]
    rows: int
    previous_rows: int | None
    bytes: int
    added_columns: list[str]
    carried: list[str]
    swap_attempts: int
    lock_milliseconds: float
    seconds: float


class RollbackReport(TypedDict):
    """What a rollback did: which run was taken back, which one (if its log entry is there) stands now."""

    plan: str
    table: str
    taken_back: str
    now_published: str | None
    rows: int | None
    swap_attempts: int
    lock_milliseconds: float


def load_to_postgres(
    settings: Settings,
    plan: Plan,
    staged: Mapping[str, Any],
    *,
    accept_drop: bool = False,
    change_columns: bool = False,
    transport: Transport | None = None,
) -> LoadReport:
    """Publish a staged file. A repeat of the run that stands already changes nothing.

    Args:
        accept_drop: publish although many rows are gone since the last run.
        change_columns: publish although a column that readers may name goes or changes its type.

    Raises:
        VerificationError: the rows do not pass the checks. What was published stays.
        InputError: the published table cannot be replaced, or the plan is being loaded by another process.
        SwapBlockedError: readers would not let go of the table. What was published stays.
        StoreUnavailableError: Postgres or S3 is away. What was published stays.
    """
    file = cast(StagedFile, dict(staged))
    started = time.monotonic()
    with plan_session(settings, plan) as connection:
        last = last_published(connection, plan)
        if last is not None and _is_same(last, file) and published.exists(connection, _live(plan)):
            return _report(plan, file, last, started, None, [])
        with logged_run(connection, plan, file) as run:
            check_staged(plan, file, last, accept_drop=accept_drop)
            added = build_next(
                settings,
                connection,
                plan,
                file,
                transport or StreamTransport(),
                change_columns=change_columns,
            )
            failpoint("sync_before_swap")
            swapped = publish_next(connection, plan, lambda swap: _mark(swap, "publish_run", run))
    return _report(plan, file, last, started, swapped, added)


def roll_back(settings: Settings, plan: Plan) -> RollbackReport:
    """Put the version before back in place, with the grants of today. The withdrawn one waits in `app_next`.

    Raises:
        InputError: there is no version before.
        SwapBlockedError, StoreUnavailableError: as `load_to_postgres`.
    """
    with plan_session(settings, plan) as connection:
        last = last_published(connection, plan)
        if last is None:
            raise InputError(f"{plan.name}: nothing was published, so nothing to roll back")
        taken = last
        swapped = bring_back_old(connection, plan, lambda swap: _mark(swap, "take_back_run", taken["id"]))
        now = last_published(connection, plan)
    return RollbackReport(
        plan=plan.name,
        table=_live(plan).text,
        taken_back=taken["run_id"],
        now_published=now["run_id"] if now else None,
        rows=now["rows"] if now else None,
        swap_attempts=swapped.attempts,
        lock_milliseconds=swapped.lock_milliseconds,
    )


def _mark(connection: psycopg.Connection[Any], statement: str, run: int) -> None:
    connection.execute(SQL[statement], {"id": run})


def _is_same(last: PublishedRun, staged: StagedFile) -> bool:
    return last["run_id"] == staged["run_id"] and last["sha256"] == staged["sha256"]


def _live(plan: Plan) -> TableName:
    return TableName(LIVE, plan.table)


def _report(
    plan: Plan,
    staged: StagedFile,
    last: PublishedRun | None,
    started: float,
    swapped: Swapped | None,
    added: list[str],
) -> LoadReport:
    return LoadReport(
        plan=plan.name,
        table=_live(plan).text,
        run_id=staged["run_id"],
        status="published" if swapped else "already published",
        rows=staged["rows"],
        previous_rows=last["rows"] if last else None,
        bytes=staged["bytes"],
        added_columns=added,
        carried=swapped.carried if swapped else [],
        swap_attempts=swapped.attempts if swapped else 0,
        lock_milliseconds=swapped.lock_milliseconds if swapped else 0.0,
        seconds=round(time.monotonic() - started, 3),
    )
