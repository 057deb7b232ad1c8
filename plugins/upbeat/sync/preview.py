"""Looks without touching: what a publish would do now, and where each plan stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict

from upbeat.errors import InputError, VerificationError
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync import published
from upbeat.sync.export import SourceState, export_statement, refuse_keyless, source_state, source_types
from upbeat.sync.file_format import FileLayout, layout
from upbeat.sync.next_table import check_staged
from upbeat.sync.plan import Plan, load_plans
from upbeat.sync.published import LIVE, OLD, TableName
from upbeat.sync.runs import PublishedRun, last_published
from upbeat.sync.staged import FileFormat, StagedFile, StagedPlace
from upbeat.sync.way import PossibleWays, Way, possible_ways


class Preview(TypedDict):
    """What a publish would do. `refused` is None when nothing stands in its way; `ways` are those that are possible, and
    `carried` what a swap makes anew; `statement` is the export's SQL."""

    plan: str
    mart: str
    table: str
    source_rows: int
    source_updated_at: str | None
    format: FileFormat
    note: str | None
    last_published: PublishedRun | None
    refused: str | None
    ways: list[Way]
    way_reason: str
    carried: list[str]
    added_columns: list[str]
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
        chosen = layout(plan, source_types(plan, client))
        state = source_state(plan, client)
    finally:
        client.close()
    with postgres.transaction(settings) as connection:
        last = last_published(connection, plan)
        refused: str | None = None
        possible: PossibleWays | None = None
        try:
            refuse_keyless(plan, state)
            imagined = _imagined(settings, plan, run_id, chosen, state)
            check_staged(plan, imagined, last, accept_drop=accept_drop)
            possible = possible_ways(connection, plan, change_columns=change_columns)
        except (VerificationError, InputError) as error:
            refused = str(error)
    return Preview(
        plan=plan.name,
        mart=plan.mart,
        table=f"{LIVE}.{plan.table}",
        source_rows=state.rows,
        source_updated_at=state.updated_at,
        format=chosen.name,
        note=chosen.note,
        last_published=last,
        refused=refused,
        ways=sorted(possible.ways) if possible else [],
        way_reason=possible.reason if possible else "",
        carried=possible.carried if possible else [],
        added_columns=possible.added_columns if possible else [],
        statement=export_statement(settings, StagedPlace.of(settings, plan, run_id), chosen),
    )


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


def _imagined(
    settings: Settings, plan: Plan, run_id: str, chosen: FileLayout, state: SourceState
) -> StagedFile:
    """The file that an export would stage now, as far as the checks ask."""
    place = StagedPlace.of(settings, plan, run_id)
    return StagedFile(
        plan=plan.name,
        run_id=run_id,
        bucket=place.bucket,
        key=place.data_key(chosen.name),
        format=chosen.name,
        note=chosen.note,
        columns=[column.name for column in plan.columns],
        rows=state.rows,
        bytes=0,
        sha256="",
        source_updated_at=state.updated_at,
        exported_at=datetime.now(UTC).isoformat(),
    )
