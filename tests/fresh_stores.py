"""Stores of a test's own: a Postgres database copied from a template, raw tables in ClickHouse, buckets in S3.

Most tests never touch ClickHouse, and making its tables is most of what the stores of a test cost: tables that are
found as they were made serve the next test.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from psycopg import sql
from pydantic import SecretStr

from upbeat.embedded.postgres import maintenance_dsn
from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectStore
from upbeat.stores.part_roles import ensure_part_roles

# A copy that nobody may connect to: a ClickHouse that was restarted looks into the stack's own database every minute, and
# one that somebody uses cannot be copied.
TEMPLATE_DATABASE = "template_of_tests"
_numbers = itertools.count(1)
# What tells a database that was touched: another table or definition, a part (outdated ones are kept for minutes), a mutation.
# One that was filled and truncated is as good as new: that forgets the blocks by which ClickHouse knows a repeated insert.
TRACES = """
SELECT
    (SELECT groupArray((name, uuid, create_table_query))
     FROM (SELECT name, uuid, create_table_query FROM system.tables WHERE database = {raw:String} ORDER BY name)),
    (SELECT groupArray(engine_full) FROM system.databases WHERE name = {coffee:String}),
    (SELECT count() FROM system.parts WHERE database = {raw:String}),
    (SELECT count() FROM system.mutations WHERE database = {raw:String})
"""


def make_template(stack: Settings) -> None:
    """Copy the stack's migrated database with the grants of the parts' roles in it, and spare its cluster what only a crash of the machine would need: processes that
    are killed lose nothing without `fsync`, and each database that is made or dropped waits for the disk with it."""
    assert ensure_part_roles(stack) is None
    with psycopg.connect(maintenance_dsn(stack), autocommit=True) as connection:
        for option in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(option)))
        connection.execute("SELECT pg_reload_conf()")
        source = stack.postgres_dsn().rpartition("/")[2]
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [source]
        )
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ALLOW_CONNECTIONS false").format(
                sql.Identifier(TEMPLATE_DATABASE), sql.Identifier(source)
            )
        )


class FreshStores:
    """Gives stores of their own in one stack, and keeps the tables in ClickHouse that nobody touched."""

    def __init__(self, stack: Settings) -> None:
        self._stack = stack
        self._untouched: list[tuple[int, object]] = []
        """Numbers of databases in ClickHouse that are as they were made, and how that was."""

    @contextmanager
    def lend(self) -> Iterator[Settings]:
        """The stack's settings with an empty migrated Postgres database, raw ClickHouse tables and buckets, deleted at the end."""
        number, made = self._untouched.pop() if self._untouched else (next(_numbers), None)
        own = self._settings(number, buckets=next(_numbers))
        database = own.postgres_dsn().rpartition("/")[2]
        with psycopg.connect(maintenance_dsn(self._stack), autocommit=True) as connection:
            # The files themselves, and not page by page through the log of a cluster that need not outlive a crash.
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(create.format(sql.Identifier(database), sql.Identifier(TEMPLATE_DATABASE)))
        if made is None:
            ensure_raw_tables(own)
            made = self._traces(own)
        for bucket in (own.s3_raw_bucket, own.s3_sync_bucket, own.s3_operations_bucket, own.s3_assets_bucket):
            ObjectStore(own, bucket).create_bucket()
        try:
            yield own
        finally:
            self._take_back(own, number, made)

    def forget_what_was_lost(self) -> None:
        """After a crash of ClickHouse: keep only databases that are still as they were made."""
        kept, self._untouched = self._untouched, []
        for number, made in kept:
            own = self._settings(number, buckets=number)
            if self._traces(own) == made:
                self._untouched.append((number, made))
            else:
                self._drop_tables(own)

    def _take_back(self, own: Settings, number: int, made: object) -> None:
        self._drop_database(own.postgres_dsn().rpartition("/")[2])
        if self._traces(own) == made:
            self._untouched.append((number, made))
        else:
            self._drop_tables(own)

    def _drop_database(self, name: str) -> None:
        """Postgres gives a session that it ends 5 s: on a busy machine one may need longer."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        deadline = time.monotonic() + 240
        with psycopg.connect(maintenance_dsn(self._stack), autocommit=True) as connection:
            while True:
                try:
                    connection.execute(drop)
                    return
                except psycopg.errors.ObjectInUse:
                    if time.monotonic() > deadline:
                        raise

    def _settings(self, number: int, *, buckets: int) -> Settings:
        """The live tables of ClickHouse name the Postgres database: both have the same number, whoever uses them."""
        place = maintenance_dsn(self._stack).rpartition("/")[0]
        return self._stack.model_copy(
            update={
                "postgres_url": SecretStr(f"{place}/test_{number}"),
                "clickhouse_raw_database": f"beat_replica_{number}",
                "clickhouse_coffee_database": f"coffee_{number}",
                "s3_raw_bucket": f"raw-{buckets}",
                "s3_sync_bucket": f"sync-{buckets}",
                "s3_operations_bucket": f"operations-{buckets}",
                "s3_assets_bucket": f"assets-{buckets}",
            }
        )

    def _traces(self, own: Settings) -> object:
        names = {"raw": own.clickhouse_raw_database, "coffee": own.clickhouse_coffee_database}
        with closing(clickhouse.client(self._stack)) as client:
            return client.query(TRACES, parameters=names).result_rows

    def _drop_tables(self, own: Settings) -> None:
        with closing(clickhouse.client(self._stack)) as client:
            for database in (own.clickhouse_coffee_database, own.clickhouse_raw_database):
                client.command(f"DROP DATABASE IF EXISTS `{database}` SYNC")
