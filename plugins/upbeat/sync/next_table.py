"""Builds the next version of a published table in schema `app_next` and verifies it there, where no reader looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.sync import published
from upbeat.sync.plan import Plan
from upbeat.sync.published import LIVE, NEXT, TableName
from upbeat.sync.runs import PublishedRun
from upbeat.sync.staged import StagedFile
from upbeat.sync.transport import Transport


def check_staged(plan: Plan, staged: StagedFile, last: PublishedRun | None, *, accept_drop: bool) -> None:
    """Hold a staged file against the plan's checks and the last good run, before anything is loaded. Pure but for the
    clock of `max_age_hours`.

    Raises:
        VerificationError: says which check and how far off.
    """
    rows, checks = staged["rows"], plan.checks
    if staged["columns"] != [column.name for column in plan.columns]:
        raise VerificationError(
            f"{plan.name}: the staged file has other columns than the plan now; export it again"
        )
    if rows < checks.min_rows:
        raise VerificationError(
            f"{plan.name}: {rows} rows staged, at least {checks.min_rows} are wanted; what was published stays"
        )
    if last is not None and not accept_drop and rows < last["rows"] * (1 - checks.max_drop_ratio):
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


def _age(staged: StagedFile) -> timedelta:
    newest = staged["source_updated_at"]
    return datetime.now(UTC) - datetime.fromisoformat(newest) if newest else timedelta.max


def build_next(
    settings: Settings,
    connection: psycopg.Connection[Any],
    plan: Plan,
    staged: StagedFile,
    transport: Transport,
    *,
    change_columns: bool,
) -> list[str]:
    """Create, load, index and verify `app_next.<table>` in one transaction: a failure leaves nothing behind.

    Returns:
        The columns that the published table does not have yet.

    Raises:
        VerificationError: a row does not fit the plan, or the rows are not those that were staged.
        InputError: the published table cannot be replaced; see `published`.
        StoreUnavailableError: S3 is away.
    """
    target, live = TableName(NEXT, plan.table), TableName(LIVE, plan.table)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(target.identifier))
            connection.execute(create_statement(plan))
            added = _refuse_early(connection, plan, live, target, change_columns)
            transport.copy_into(settings, connection, target.identifier, staged)
            _finish(connection, plan, target)
            _verify(connection, plan, target, staged)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise VerificationError(f"{plan.name}: {_place(error)}; what was published stays") from error
    return added


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


def _refuse_early(
    connection: psycopg.Connection[Any],
    plan: Plan,
    live: TableName,
    target: TableName,
    change_columns: bool,
) -> list[str]:
    if not published.exists(connection, live):
        return []
    published.refuse_what_is_not_carried(connection, plan, live)
    before, after = published.column_types(connection, live), published.column_types(connection, target)
    if change_columns:
        return [name for name in after if name not in before]
    return published.refuse_changed_columns(plan, before, after)


def _finish(connection: psycopg.Connection[Any], plan: Plan, target: TableName) -> None:
    key = sql.SQL(", ").join(map(sql.Identifier, plan.key))
    add_key = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY ({})")
    connection.execute(add_key.format(target.identifier, sql.Identifier(plan.key_name), key))
    for index in plan.indexes:
        create = sql.SQL("CREATE {}INDEX {} ON {} ({})").format(
            sql.SQL("UNIQUE " if index.unique else ""),
            sql.Identifier(plan.index_name(index)),
            target.identifier,
            sql.SQL(", ").join(map(sql.Identifier, index.columns)),
        )
        connection.execute(create)
    if plan.description:
        connection.execute(published.comment_statement(target, "", plan.description))
    for column in plan.columns:
        if column.description:
            connection.execute(published.comment_statement(target, column.name, column.description))
    connection.execute(sql.SQL("ANALYZE {}").format(target.identifier))


def _verify(connection: psycopg.Connection[Any], plan: Plan, target: TableName, staged: StagedFile) -> None:
    """Count what was loaded; the key is unique and required columns are not null by constraint. ClickHouse's columns
    that cannot be null hold '' for what is missing, so in the key that counts as missing."""
    texts = [column.name for column in plan.columns if column.type == "text" and column.name in plan.key]
    empty = sql.SQL(" OR ").join(sql.SQL("{} = ''").format(sql.Identifier(name)) for name in texts)
    query = sql.SQL("SELECT count(*) AS rows, count(*) FILTER (WHERE {}) AS keyless FROM {}")
    row: Any = connection.execute(
        query.format(empty if texts else sql.SQL("false"), target.identifier)
    ).fetchone()
    if row["rows"] != staged["rows"]:
        raise VerificationError(
            f"{plan.name}: {row['rows']} rows loaded, {staged['rows']} were staged; what was published stays"
        )
    if row["keyless"]:
        raise VerificationError(
            f"{plan.name}: {row['keyless']} rows have an empty key ({', '.join(texts)}); what was published stays"
        )


def _place(error: psycopg.Error) -> str:
    """Postgres' message, its detail and the line of the file, on one line."""
    parts = [error.diag.message_primary or str(error), error.diag.message_detail, error.diag.context]
    return " - ".join(" ".join(part.split())[:300] for part in parts if part)
