"""Looks without touching: what a publish would do now, and where each plan stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypedDict

import psycopg

from upbeat.errors import InputError, VerificationError
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync import published
from upbeat.sync.export import export_statement, source_state
from upbeat.sync.next_table import check_staged
from upbeat.sync.plan import Plan, load_plans
from upbeat.sync.published import LIVE, OLD, TableName
from upbeat.sync.runs import PublishedRun, last_published
from upbeat.sync.staged import StagedFile, StagedPlace


class Preview(TypedDict):
    """What a publish would do. `refused` is None when nothing stands in its way; `statement` is the export's SQL."""

    plan: str
    mart: str
    table: str
    source_rows: int
    source_updated_at: str | None
    last_published: PublishedRun | None
    refused: str | None
    statement: str


class PlanState(TypedDict):
    """Where a plan stands. `can_roll_back`: the version before is kept."""

    plan: str
    mart: str
    table: str
    last_published: PublishedRun | None
    can_roll_back: bool


def preview(
    settings: Settings, plan: Plan, run_id: str, *, accept_drop: bool = False, change_columns: bool = False
) -> Preview:
    """Ask ClickHouse and Postgres what a publish would meet; nothing is written.

    Raises:
        InputError: the mart is missing.
        StoreUnavailableError: ClickHouse or Postgres is away.
    """
    client = clickhouse.client(settings, comment=f"upbeat sync {plan.name} dry run")
    try:
        rows, updated_at = source_state(plan, client)
    finally:
        client.close()
    with postgres.transaction(settings) as connection:
        last = last_published(connection, plan)
        refused: str | None = None
        try:
            check_staged(
                plan, _imagined(settings, plan, run_id, rows, updated_at), last, accept_drop=accept_drop
            )
            _refuse_swap(connection, plan, change_columns=change_columns)
        except (VerificationError, InputError) as error:
            refused = str(error)
    return Preview(
        plan=plan.name,
        mart=plan.mart,
        table=f"{LIVE}.{plan.table}",
        source_rows=rows,
        source_updated_at=updated_at,
        last_published=last,
        refused=refused,
        statement=export_statement(settings, plan, StagedPlace.of(settings, plan, run_id)),
    )


def _refuse_swap(connection: psycopg.Connection[Any], plan: Plan, *, change_columns: bool) -> None:
    live = TableName(LIVE, plan.table)
    if not published.exists(connection, live):
        return
    published.refuse_what_is_not_carried(connection, plan, live)
    if not change_columns:
        after = {column.name: column.catalogue_type for column in plan.columns}
        published.refuse_changed_columns(plan, published.column_types(connection, live), after)


def plan_states(settings: Settings) -> list[PlanState]:
    """All plans, with the run that stands in `app`."""
    with postgres.transaction(settings) as connection:
        return [
            PlanState(
                plan=plan.name,
                mart=plan.mart,
                table=f"{LIVE}.{plan.table}",
                last_published=last_published(connection, plan),
                can_roll_back=published.exists(connection, TableName(OLD, plan.table)),
            )
            for plan in load_plans()
        ]


def _imagined(settings: Settings, plan: Plan, run_id: str, rows: int, updated_at: str | None) -> StagedFile:
    """The file that an export would stage now, as far as the checks ask."""
    place = StagedPlace.of(settings, plan, run_id)
    return StagedFile(
        plan=plan.name,
        run_id=run_id,
        bucket=place.bucket,
        key=place.key,
        columns=[column.name for column in plan.columns],
        rows=rows,
        bytes=0,
        sha256="",
        source_updated_at=updated_at,
        exported_at=datetime.now(UTC).isoformat(),
    )
