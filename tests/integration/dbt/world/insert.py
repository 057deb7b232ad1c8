"""Puts a world into the raw tables of ClickHouse and the tables of Postgres."""

from __future__ import annotations

import itertools

import psycopg
from psycopg import sql

from upbeat.settings import Settings
from upbeat.stores import clickhouse

from .world import Row, World


def insert_world(settings: Settings, world: World) -> None:
    """Insert all rows; those of Postgres in the order of their tables, so that owners come before members."""
    client = clickhouse.client(settings, database=settings.clickhouse_raw_database)
    for table, rows in world.tables.items():
        if "." not in table:
            for columns, batch in itertools.groupby(rows, key=tuple):
                client.insert(table, [[row[name] for name in columns] for row in batch], column_names=columns)
    client.close()
    with psycopg.connect(settings.postgres_dsn()) as connection:
        for table, rows in world.tables.items():
            if "." in table:
                _insert_into_postgres(connection, table, rows)


def _insert_into_postgres(connection: psycopg.Connection, table: str, rows: list[Row]) -> None:
    columns = list(rows[0])
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() * len(columns)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[row[name] for name in columns] for row in rows])
