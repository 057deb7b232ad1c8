"""Third step of a publish: load the staged file beside the published table, verify it, swap it in. And the way back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, cast

import psycopg

from upbeat.errors import InputError, VerificationError
from upbeat.failpoints import failpoint
from upbeat.settings import Settings
from upbeat.sync import published
from upbeat.sync.download import transport_of
from upbeat.sync.merge import merge_next
from upbeat.sync.next_table import build_next, check_staged
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.runs import OTHER_LOAD_SECONDS, SQL, PublishedRun, last_published, logged_run, plan_session
from upbeat.sync.staged import FileFormat, StagedFile, StagedPlace, read_manifest
from upbeat.sync.swap import Swapped, bring_back_old, publish_next
from upbeat.sync.transport import StreamTransport, Transport
from upbeat.sync.way import Way


class LoadReport(TypedDict):
    """What a load did. `previous_rows` is None for a first publish; `changed_rows` counts what a merge wrote; `carried`
    says what followed the old table through a swap."""

    plan: str
    table: str
    run_id: str
    status: Literal["published", "already published"]
    rows: int
    previous_rows: int | None
    bytes: int
    format: FileFormat
    note: str | None
    way: Way
    changed_rows: int | None
    added_columns: list[str]
    carried: list[str]
    swap_attempts: int
    lock_milliseconds: float
    seconds: float


class RollbackReport(TypedDict):
    """What a rollback did: which run was taken back, which one (if its log entry is there) stands now."""

    plan: str
    table: str
    way: Way
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
    """Publish a staged file. A repeat of the run that stands already changes nothing; another load of the plan that is under
    way is waited for.

    Args:
        accept_drop: publish although many rows are gone since the last run.
        change_columns: publish although a column that readers may name goes or changes its type.

    Raises:
        VerificationError: the rows do not pass the checks. What was published stays.
        InputError: the published table cannot be replaced, or the plan is still being loaded by another process.
        SwapBlockedError: readers would not let go of the table. What was published stays.
        StoreUnavailableError: Postgres or S3 is away. What was published stays.
    """
    file = cast(StagedFile, dict(staged))
    started = time.monotonic()
    with plan_session(settings, plan, wait_seconds=OTHER_LOAD_SECONDS) as connection:
        last = last_published(connection, plan)
        if last is not None and _is_same(last, file) and published.exists(connection, _live(plan)):
            return _report(plan, file, last, started, None, [])
        with logged_run(connection, plan, file) as run:
            check_staged(plan, file, last, accept_drop=accept_drop)
            source = transport or transport_of(settings)
            version = build_next(settings, connection, plan, file, source, change_columns=change_columns)
            done = _publish(connection, plan, version.way, run)
        source.forget(settings, file)
    return _report(plan, file, last, started, done, version.added_columns)


@dataclass(frozen=True, slots=True)
class _Published:
    way: Way
    changed_rows: int | None
    swapped: Swapped


def _publish(connection: psycopg.Connection[Any], plan: Plan, way: Way, run: int) -> _Published:
    """Put the next version in place, and log it in the same transaction."""
    failpoint("sync_before_swap")
    if way == "merge":
        changed = merge_next(
            connection, plan, lambda merge, rows: _mark(merge, "publish_run", run, way=way, changed_rows=rows)
        )
        return _Published(way, changed, Swapped())
    swapped = publish_next(
        connection, plan, lambda swap: _mark(swap, "publish_run", run, way=way, changed_rows=None)
    )
    return _Published(way, None, swapped)


def roll_back(settings: Settings, plan: Plan) -> RollbackReport:
    """Put the version before back in place.

    After a swap it is the old table, with the grants of today; the withdrawn one waits in `app_next`. After a merge it is
    the staged file of the run before, merged again.

    Raises:
        InputError: there is no version before, or a load is under way: that one's end would change which version it is.
        VerificationError: its staged file is gone, or another export took its place.
        SwapBlockedError, StoreUnavailableError: as `load_to_postgres`.
    """
    with plan_session(settings, plan) as connection:
        last = last_published(connection, plan)
        if last is None:
            raise InputError(f"{plan.name}: nothing was published, so nothing to roll back")
        taken = last
        if taken["way"] == "merge":
            _merge_back(settings, connection, plan, taken)
            swapped = Swapped()
        else:
            swapped = bring_back_old(connection, plan, lambda swap: _mark(swap, "take_back_run", taken["id"]))
        now = last_published(connection, plan)
    return RollbackReport(
        plan=plan.name,
        table=_live(plan).text,
        way=taken["way"],
        taken_back=taken["run_id"],
        now_published=now["run_id"] if now else None,
        rows=now["rows"] if now else None,
        swap_attempts=swapped.attempts,
        lock_milliseconds=swapped.lock_milliseconds,
    )


def _merge_back(
    settings: Settings, connection: psycopg.Connection[Any], plan: Plan, taken: PublishedRun
) -> None:
    before: Any = connection.execute(
        SQL["published_before"], {"plan": plan.name, "id": taken["id"]}
    ).fetchone()
    if before is None:
        raise InputError(
            f"{plan.name}: no run was published before {taken['run_id']}, so nothing to roll back"
        )
    staged = read_manifest(settings, StagedPlace.of(settings, plan, before["run_id"]), plan.name)
    if staged["sha256"] != before["sha256"]:
        raise VerificationError(
            f"{plan.name}: the staged file of {before['run_id']}, which stood before, was overwritten by another export of "
            f"that run: mend the mart and publish it anew: upbeat sync {plan.name}"
        )
    in_place = plan.model_copy(update={"publish": "merge"})
    # Once in a while, and from another run: streamed, whatever way new files come.
    build_next(settings, connection, in_place, staged, StreamTransport(), change_columns=False)
    merge_next(connection, in_place, lambda merge, rows: _mark(merge, "take_back_run", taken["id"]))


def _mark(connection: psycopg.Connection[Any], statement: str, run: int, **more: Any) -> None:
    connection.execute(SQL[statement], {"id": run, **more})


def _is_same(last: PublishedRun, staged: StagedFile) -> bool:
    return last["run_id"] == staged["run_id"] and last["sha256"] == staged["sha256"]


def _live(plan: Plan) -> TableName:
    return TableName(LIVE, plan.table)


def _report(
    plan: Plan,
    staged: StagedFile,
    last: PublishedRun | None,
    started: float,
    done: _Published | None,
    added: list[str],
) -> LoadReport:
    swapped = done.swapped if done else Swapped()
    return LoadReport(
        plan=plan.name,
        table=_live(plan).text,
        run_id=staged["run_id"],
        status="published" if done else "already published",
        rows=staged["rows"],
        previous_rows=last["rows"] if last else None,
        bytes=staged["bytes"],
        format=staged["format"],
        note=staged["note"],
        way=done.way if done else last["way"] if last else "swap",
        changed_rows=done.changed_rows if done else 0,
        added_columns=added,
        carried=swapped.carried,
        swap_attempts=swapped.attempts,
        lock_milliseconds=swapped.lock_milliseconds,
        seconds=round(time.monotonic() - started, 3),
    )
