"""A Postgres that is away or says no is told in one line, whoever asked it."""

from __future__ import annotations

import psycopg
import pytest
from pydantic import SecretStr

from upbeat.embedded.ports import free_ports
from upbeat.errors import InputError, StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores import migrations, postgres


def test_migrations_of_a_postgres_that_is_away_or_refuses_the_login_are_one_line(settings: Settings) -> None:
    (port,) = free_ports(1)
    away = Settings.model_validate({"postgres_url": f"postgresql://me:geheim@127.0.0.1:{port}/db"})
    refused = settings.model_copy(
        update={"postgres_url": SecretStr(f"{_server(settings, 'upbeat:geheim')}/x")}
    )
    for each in (away, refused):
        with pytest.raises(StoreUnavailableError, match="Postgres does not answer") as caught:
            migrations.migrate(each)
        assert "\n" not in str(caught.value)
        assert "geheim" not in str(caught.value)


def test_a_user_who_may_not_create_schemas_is_told_so(settings: Settings) -> None:
    with postgres.connect(settings, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody_special")
        connection.execute("CREATE ROLE nobody_special LOGIN PASSWORD 'geheim'")
        try:
            limited = settings.model_copy(
                update={"postgres_url": SecretStr(f"{_server(settings, 'nobody_special:geheim')}/postgres")}
            )
            with pytest.raises(InputError, match="may not migrate: permission denied"):
                migrations.migrate(limited)
        finally:
            connection.execute("DROP ROLE nobody_special")


def test_a_connection_that_is_cut_in_a_transaction_is_a_store_that_is_away(settings: Settings) -> None:
    def cut_in_the_middle() -> None:
        with postgres.transaction(settings) as connection:
            pid = connection.info.backend_pid
            with postgres.transaction(settings) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            connection.execute("SELECT 1")

    with pytest.raises(StoreUnavailableError, match="Postgres") as caught:
        cut_in_the_middle()
    assert "\n" not in str(caught.value)


def test_a_database_without_our_schemas_is_answered_with_the_command_that_makes_them(
    settings: Settings,
) -> None:
    empty = settings.model_copy(
        update={"postgres_url": SecretStr(settings.postgres_dsn().rpartition("/")[0] + "/postgres")}
    )
    for statement in ("SELECT FROM beat.outbox", "CREATE TABLE beat.x ()"):
        with (
            pytest.raises(InputError, match="does not exist: run `upbeat migrate`"),
            postgres.transaction(empty) as connection,
        ):
            connection.execute(statement)


def test_an_error_of_the_statement_stays_what_it_is(settings: Settings) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), postgres.transaction(settings) as connection:
        connection.execute("SELECT 1 / 0")


def _server(settings: Settings, login: str) -> str:
    info = settings.postgres_dsn().rpartition("@")[2].partition("/")[0]
    return f"postgresql://{login}@{info}"
