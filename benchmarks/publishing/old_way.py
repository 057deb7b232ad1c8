"""The way that this replaced: JSONEachRow in S3, one JSONB column in Postgres, a cast of every field."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.publishing.timed import Timed, check_rows
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore
from upbeat.sync import next_table
from upbeat.sync.export import export_to_s3
from upbeat.sync.plan import Plan
from upbeat.sync.published import NEXT, TableName
from upbeat.sync.staged import StagedFile
from upbeat.sync.transport import StreamTransport

# Backslashes of JSON are doubled for COPY's text format; the file has one document a line and no tabs in it.
DOUBLED = (b"\\", b"\\\\")


def run(settings: Settings, plan: Plan, rows: int, *, key: bool) -> Timed:
    """Export and load; seconds of each."""
    begun = time.perf_counter()
    staged = export_to_s3(settings, plan, "bench-old", file_format="json")
    exported = time.perf_counter()
    with postgres.connect(settings, autocommit=True) as connection:
        with connection.transaction():
            connection.execute("CREATE TABLE app_next.wide_json (data jsonb)")
            with connection.cursor().copy("COPY app_next.wide_json (data) FROM STDIN") as copy:
                for chunk in ObjectStore(settings, staged["bucket"]).chunks(staged["key"]):
                    copy.write(chunk.replace(*DOUBLED))
            connection.execute(next_table.create_statement(plan))
            names = sql.SQL(", ").join(sql.Identifier(column.name) for column in plan.columns)
            casts = sql.SQL(", ").join(
                sql.SQL("(data->>{})::{}").format(sql.Literal(column.name), sql.SQL(column.type))
                for column in plan.columns
            )
            insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM app_next.wide_json")
            connection.execute(insert.format(_target(plan), names, casts))
            connection.execute("DROP TABLE app_next.wide_json")
            if key:
                finish(connection, plan)
        loaded = time.perf_counter()
        check_rows(connection, plan, rows)
    return Timed(exported - begun, loaded - exported)


def copy_alone(
    settings: Settings, connection: psycopg.Connection[Any], plan: Plan, staged: StagedFile
) -> None:
    """The load stage without key, indexes and statistics, in one transaction."""
    with connection.transaction():
        connection.execute(next_table.create_statement(plan))
        StreamTransport().copy_into(settings, connection, _target(plan), staged)


def finish(connection: psycopg.Connection[Any], plan: Plan) -> None:
    """Key, indexes and statistics, as ours makes them."""
    target = TableName(NEXT, plan.table)
    next_table.add_key(connection, plan, target)
    next_table.finish(connection, plan, target)
    connection.execute(sql.SQL("ANALYZE {}").format(target.identifier))


def _target(plan: Plan) -> sql.Identifier:
    return TableName(NEXT, plan.table).identifier
