"""What the role of the warehouse may read in Postgres, and that ClickHouse reads it live."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.warehouse_role import ROLE, ensure_warehouse_role

CAMPAIGN = "INSERT INTO coffee.campaign (campaign_id, name, status, updated_at) VALUES ('k1', 'Diwali', 'ACTIVE', now())"


def _log_in(settings: Settings) -> psycopg.Connection:
    password = settings.postgres_warehouse_password.get_secret_value()
    return psycopg.connect(make_conninfo(settings.postgres_dsn(), user=ROLE, password=password), autocommit=True)


def test_the_role_reads_coffee_and_credential_events_and_nothing_else(settings: Settings) -> None:
    ensure_warehouse_role(settings)
    with _log_in(settings) as connection:
        connection.execute("SELECT count(*) FROM coffee.campaign_cost")
        connection.execute("SELECT count(*) FROM beat.credential_event")
        for refused in ("SELECT 1 FROM beat.credential", "SELECT 1 FROM beat.scrape_request_log", "SELECT 1 FROM beat.inbox"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)):
            connection.execute(CAMPAIGN)


def test_a_password_that_no_longer_fits_and_a_lost_grant_are_mended(settings: Settings) -> None:
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as owner:
        owner.execute(f"ALTER ROLE {ROLE} PASSWORD 'another'")
        owner.execute(f"REVOKE SELECT ON coffee.collection FROM {ROLE}")
    ensure_warehouse_role(settings)
    with _log_in(settings) as connection:
        connection.execute("SELECT count(*) FROM coffee.collection")


def test_the_password_reaches_postgres_as_a_verifier(settings: Settings) -> None:
    ensure_warehouse_role(settings)
    with psycopg.connect(settings.postgres_dsn()) as owner:
        found = owner.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (ROLE,)).fetchone()
    assert found
    assert found[0].startswith("SCRAM-SHA-256$")


def test_clickhouse_sees_a_change_at_once_and_hides_the_login(settings: Settings) -> None:
    client = clickhouse.client(settings)
    count = f"SELECT count() FROM {settings.clickhouse_coffee_database}.campaign"
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as product:
        assert client.query(count).result_rows == [(0,)]
        product.execute(CAMPAIGN)
        assert client.query(count).result_rows == [(1,)]
    shown = client.command(f"SHOW CREATE DATABASE {settings.clickhouse_coffee_database}")
    assert settings.postgres_warehouse_password.get_secret_value() not in str(shown)
    client.close()


def test_the_tables_are_shown_while_postgres_is_away_and_say_so_when_they_are_read(settings: Settings) -> None:
    from clickhouse_connect.driver.exceptions import DatabaseError

    away = settings.model_copy(update={"postgres_url": SecretStr("postgresql://upbeat:word@127.0.0.1:1/upbeat")})
    ensure_raw_tables(away)
    client = clickhouse.client(settings)
    with pytest.raises(DatabaseError, match="127.0.0.1") as refused:
        client.query(f"SELECT count() FROM {settings.clickhouse_raw_database}.credential_event")
    assert settings.postgres_warehouse_password.get_secret_value() not in str(refused.value)
    client.close()
