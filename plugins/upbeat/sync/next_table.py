"""Builds the next version of a published table in schema `app_next` and verifies it there, where no reader looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.sync import published
from upbeat.sync.merge import changed_share
from upbeat.sync.plan import Checks, Plan, PlanIndex
from upbeat.sync.published import LIVE, NEXT, TableName
from upbeat.sync.runs import PublishedRun, last_published
from upbeat.sync.staged import StagedFile
from upbeat.sync.transport import Transport
from upbeat.sync.way import PossibleWays, Way, possible_ways


def check_staged(plan: Plan, staged: StagedFile, last: PublishedRun | None, *, accept_drop: bool) -> None:
    """Hold a staged file against the plan's checks and the last good run, before anything is loaded. Pure but for the
    clock of `max_age_hours`.

    Raises:
        VerificationError: says which check and how far off.
    """
    rows, checks = staged["rows"], plan.checks
    if staged["format"] == "json":
        raise VerificationError(
            f"{plan.name}: a json file is for people to read; export it again: upbeat sync {plan.name}"
        )
    if staged["columns"] != [column.name for column in plan.columns]:
        raise VerificationError(
            f"{plan.name}: the staged file has other columns than the plan now; export it again"
        )
    if rows < checks.min_rows:
        raise VerificationError(
            f"{plan.name}: {rows} rows staged, at least {checks.min_rows} are wanted; what was published stays"
        )
    if last is not None and not accept_drop and _drops_too_far(rows, last["rows"], checks):
        lost = 1 - rows / last["rows"]
        raise VerificationError(
            f"{plan.name}: {rows} rows staged, {lost:.0%} fewer than the {last['rows']} published last "
            f"(allowed: {checks.max_drop_ratio:.0%}); what was published stays. "
            f"If the drop is right: upbeat sync {plan.name} --accept-drop"
        )
    if checks.max_age_hours is not None and _age(staged) > timedelta(hours=checks.max_age_hours):
        raise VerificationError(
            f"{plan.name}: {plan.mart} was updated last at {staged['source_updated_at']}, more than "
            f"{checks.max_age_hours:g} h ago; what was published stays"
        )


def _drops_too_far(rows: int, before: int, checks: Checks) -> bool:
    if before and not rows:
        return True
    return before - rows > max(before * checks.max_drop_ratio, checks.tolerated_drop_rows)


def _age(staged: StagedFile) -> timedelta:
    newest = staged["source_updated_at"]
    return datetime.now(UTC) - datetime.fromisoformat(newest) if newest else timedelta.max


@dataclass(frozen=True, slots=True)
class NextVersion:
    """A verified version in `app_next`, and how it is to be published."""

    way: Way
    added_columns: list[str]


def build_next(
    settings: Settings,
    connection: psycopg.Connection[Any],
    plan: Plan,
    staged: StagedFile,
    transport: Transport,
    *,
    change_columns: bool,
) -> NextVersion:
    """Create, load, index and verify `app_next.<table>` in one transaction: a failure leaves nothing behind.

    Raises:
        VerificationError: a row does not fit the plan, or the rows are not those that were staged.
        InputError: the published table cannot be replaced; see `way`.
        StoreUnavailableError: S3 is away.
    """
    target = TableName(NEXT, plan.table)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target.identifier))
            connection.execute(create_statement(plan))
            possible = possible_ways(connection, plan, change_columns=change_columns)
            rows = transport.copy_into(settings, connection, target.identifier, staged)
            if rows != staged["rows"]:
                raise VerificationError(
                    f"{plan.name}: {rows} rows loaded, {staged['rows']} were staged; what was published stays"
                )
            add_key(connection, plan, target)
            way = _choose(connection, plan, possible, rows)
            if way == "swap":
                finish(connection, plan, target)
            connection.execute(sql.SQL("ANALYZE {}").format(target.identifier))
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise VerificationError(f"{plan.name}: {_place(error)}; what was published stays") from error
    return NextVersion(way, possible.added_columns)


def _choose(connection: psycopg.Connection[Any], plan: Plan, possible: PossibleWays, rows: int) -> Way:
    if len(possible.ways) == 1:
        return next(iter(possible.ways))
    if published.index_names(connection, TableName(LIVE, plan.table)) != published.index_names_of(plan):
        return "swap"  # an index of the plan is new
    last = last_published(connection, plan)
    share = changed_share(connection, plan, rows, last["rows"] if last else 0)
    return "merge" if share <= plan.merge_share else "swap"


def create_statement(plan: Plan) -> sql.Composed:
    """CREATE TABLE of the plan, without key and indexes: they are faster to build over the loaded rows."""
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column.type),
            sql.SQL("" if column.nullable else " NOT NULL"),
        )
        for column in plan.columns
    ]
    return sql.SQL("CREATE TABLE {} ({})").format(
        sql.Identifier(NEXT, plan.table), sql.SQL(", ").join(columns)
    )


def add_key(connection: psycopg.Connection[Any], plan: Plan, target: TableName) -> None:
    """Add the primary key, under the name that it has in every version. In a transaction, which has memory for indexes
    from here on."""
    connection.execute(published.SQL["index_memory"])
    key = sql.SQL(", ").join(map(sql.Identifier, plan.key))
    add_key = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ({})")
    connection.execute(add_key.format(target.identifier, sql.Identifier(plan.key_name), key))


def finish(connection: psycopg.Connection[Any], plan: Plan, target: TableName) -> None:
    """Make what only a table that is swapped in needs: indexes and comments."""
    for index in plan.indexes:
        connection.execute(index_statement(plan, index, target.identifier))
    if plan.description:
        connection.execute(published.comment_statement(target, "", plan.description))
    for column in plan.columns:
        if column.description:
            connection.execute(published.comment_statement(target, column.name, column.description))


def index_statement(plan: Plan, index: PlanIndex, table: sql.Identifier) -> sql.Composed:
    """CREATE INDEX of the plan on a version of its table.

    `text_pattern_ops` compares byte by byte: only such an index has the texts of one beginning side by side, whatever the collation.
    """
    parts: list[sql.Composable] = [sql.Identifier(name) for name in index.columns]
    if index.prefix_of:
        parts.append(sql.SQL("lower({}) text_pattern_ops").format(sql.Identifier(index.prefix_of)))
    if index.element_of:
        parts.append(sql.Identifier(index.element_of))
    return sql.SQL("CREATE {}INDEX {} ON {} USING {} ({})").format(
        sql.SQL("UNIQUE " if index.unique else ""),
        sql.Identifier(plan.index_name(index)),
        table,
        sql.SQL("gin" if index.element_of else "btree"),
        sql.SQL(", ").join(parts),
    )


def _place(error: psycopg.Error) -> str:
    """Postgres' message, its detail and the line of the file, on one line."""
    parts = [error.diag.message_primary or str(error), error.diag.message_detail, error.diag.context]
    return " - ".join(" ".join(part.split())[:300] for part in parts if part)
