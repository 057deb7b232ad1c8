"""Which statements show Postgres in ClickHouse, and that none of them tells a secret."""

from __future__ import annotations

import pytest

from upbeat.errors import InputError
from upbeat.events.live_tables import can_be_live, live_statements
from upbeat.settings import Settings

SECRET = "geheim-1"
OWN = Settings.model_validate({"postgres_password": SECRET, "postgres_warehouse_password": SECRET, "postgres_port": 5555})
COLLECTION = OWN.model_copy(update={"clickhouse_url": "http://ch:8123", "clickhouse_postgres_collection": "product"})
DEFINITION = "PostgreSQL('127.0.0.1:5555', 'upbeat', 'upbeat_warehouse', '[HIDDEN]', 'coffee')"


def test_a_missing_database_is_made_and_one_that_leads_there_is_left() -> None:
    table, database = live_statements(OWN, None)
    assert "CREATE DATABASE `coffee` ENGINE = PostgreSQL('127.0.0.1:5555', 'upbeat', 'upbeat_warehouse', '', 'coffee')" in database
    assert "PostgreSQL('127.0.0.1:5555', 'upbeat', 'credential_event', 'upbeat_warehouse', '', 'beat')" in table
    assert live_statements(OWN, ("PostgreSQL", DEFINITION)) == [table]


def test_a_database_that_leads_elsewhere_is_made_anew() -> None:
    moved = OWN.model_copy(update={"postgres_port": 6666})
    _, dropped, made = live_statements(moved, ("PostgreSQL", DEFINITION))
    assert "DROP DATABASE `coffee`" in dropped
    assert "'127.0.0.1:6666'" in made


def test_a_database_with_tables_of_its_own_is_never_dropped() -> None:
    with pytest.raises(InputError, match="UPBEAT_CLICKHOUSE_COFFEE_DATABASE"):
        live_statements(OWN, ("Atomic", "Atomic"))


def test_a_server_elsewhere_reads_by_its_named_collection_or_not_at_all() -> None:
    assert can_be_live(OWN)
    assert can_be_live(COLLECTION)
    assert not can_be_live(COLLECTION.model_copy(update={"clickhouse_postgres_collection": ""}))
    table, database = live_statements(COLLECTION, None)
    assert "PostgreSQL(product, database = 'upbeat', schema = 'coffee')" in database
    assert "PostgreSQL(product, database = 'upbeat', schema = 'beat', table = 'credential_event')" in table


@pytest.mark.parametrize("settings", [OWN, COLLECTION])
def test_no_statement_holds_a_password(settings: Settings) -> None:
    assert not any(SECRET in statement for statement in live_statements(settings, None))
