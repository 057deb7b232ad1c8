"""A publish by one process: the three steps of a plan, one after another, and several plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal, TypedDict

from upbeat.errors import StoreUnavailableError, UpbeatError
from upbeat.settings import Settings
from upbeat.sync.download import download_from_s3
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import LoadReport, load_to_postgres
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, TableName
from upbeat.sync.staged import StagedPlace, read_manifest

AT_ONCE = 2
"""Plans under way at once, as many as a publishing DAG has tasks: while one waits for ClickHouse the other one loads."""
GIVE_UP_AFTER = 3
"""So many plans in a row that fail for a store that is away: the rest would wait for it, too, each for as long."""


class Unpublished(TypedDict):
    """A plan that was not published; what was published before stays. "not tried": a store was away for those before it."""

    plan: str
    table: str
    status: Literal["failed", "not tried"]
    error: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan: one of the two is there."""

    plan: str
    report: LoadReport | None
    unpublished: Unpublished | None


def publish_plan(
    settings: Settings,
    plan: Plan,
    run_id: str,
    *,
    from_run: str | None = None,
    accept_drop: bool = False,
    change_columns: bool = False,
) -> LoadReport:
    """Export a mart to S3, load it into Postgres, verify it and put it in place.

    Args:
        run_id: names the staged file; a repeat overwrites it.
        from_run: load the staged file of this earlier run, and export nothing.
        accept_drop, change_columns: as `load_to_postgres`.

    Raises:
        UpbeatError: as `export_to_s3`, `download_from_s3` and `load_to_postgres`. What was published stays.
    """
    if from_run is None:
        staged = export_to_s3(settings, plan, run_id)
    else:
        staged = read_manifest(settings, StagedPlace.of(settings, plan, from_run), plan.name)
    fetched = download_from_s3(settings, staged)
    return load_to_postgres(settings, plan, fetched, accept_drop=accept_drop, change_columns=change_columns)


def publish_plans(plans: Sequence[Plan], publish: Callable[[Plan], LoadReport]) -> Iterator[Outcome]:
    """Publish plans, `AT_ONCE` at a time, and tell of each as it ends. One that fails keeps none of the others.

    Who stops asking, or interrupts, lets those under way come to their end; no other one begins.

    Args:
        publish: publishes one plan; called from several threads.
    """
    pool = ThreadPoolExecutor(AT_ONCE, "publish")
    try:
        begun = {pool.submit(publish, plan): plan for plan in plans}
        away = 0
        for done in as_completed(begun):
            outcome = _outcome(begun[done], done)
            away = away + 1 if _is_away(done) else 0
            if away == GIVE_UP_AFTER:
                for waiting in begun:
                    waiting.cancel()
            yield outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(plan: Plan, done: Future[LoadReport]) -> Outcome:
    if done.cancelled():
        return _unpublished(plan, "not tried", f"{plan.name}: not tried, since a store is away")
    error = done.exception()
    if error is None:
        return Outcome(plan.name, done.result(), None)
    if not isinstance(error, UpbeatError):
        raise error
    return _unpublished(plan, "failed", str(error))


def _is_away(done: Future[LoadReport]) -> bool:
    return not done.cancelled() and isinstance(done.exception(), StoreUnavailableError)


def _unpublished(plan: Plan, status: Literal["failed", "not tried"], error: str) -> Outcome:
    table = TableName(LIVE, plan.table).text
    return Outcome(plan.name, None, Unpublished(plan=plan.name, table=table, status=status, error=error))
