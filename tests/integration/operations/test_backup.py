"""A backup is restored into an empty database, whole, with its secrets as encrypted as they were."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from upbeat.credentials import store as credentials
from upbeat.embedded.postgres import maintenance_dsn
from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import InputError, VerificationError
from upbeat.ingestion.tracking import track
from upbeat.operations import backup
from upbeat.operations.deploy_tables import table_findings
from upbeat.records import Platform
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectStore
from upbeat.stores.part_roles import ensure_part_roles
from upbeat.stores.postgres import connect, transaction

SECRET = "a-token-that-nobody-may-read"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    credentials.upsert(settings, "graphapi", {"token": SECRET, "user_id": "17841400000000001"}, "natgeo")
    with transaction(settings) as connection:
        track(connection, Platform.INSTAGRAM, ["natgeo", "nasa"])
        connection.execute("CREATE TABLE app_old.leaderboard AS SELECT 1 AS followers_rank")
        connection.execute("CREATE TABLE app.leaderboard AS SELECT 1 AS followers_rank")
    return settings


@pytest.fixture
def empty(settings: Settings) -> Iterator[str]:
    """Name of an empty database on the same server."""
    name = f"restored_{os.getpid()}"
    with psycopg.connect(maintenance_dsn(settings), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        yield name
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def dump_of(settings: Settings, made: backup.Backup) -> bytes:
    return ObjectStore(settings, settings.s3_operations_bucket).get(f"backups/{made.name}/dump")


def upbeat(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings_environment(settings), "UPBEAT_DOTENV": ""}
    command = [Path(sys.executable).with_name("upbeat"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)


def rows(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_backup_comes_back_whole_into_an_empty_database_and_with_encrypted_secrets(
    filled: Settings, empty: str, tmp_path: Path
) -> None:
    created = upbeat(filled, "backup", "create", "--json")
    assert created.returncode == 0, created.stderr
    made = json.loads(created.stdout)
    assert made["rows"]["beat.tracked_profile"] == 2
    assert SECRET not in created.stdout + created.stderr

    asked = upbeat(filled, "backup", "restore", "--database", empty)
    assert f"would restore {made['name']}" in asked.stdout
    restored = upbeat(filled, "backup", "restore", "--database", empty, "--yes", "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["rows"] == made["rows"]

    there = filled.postgres_dsn().rpartition("/")[0] + f"/{empty}"
    for query in (
        "SELECT platform, handle, tier, added_at FROM beat.tracked_profile ORDER BY 1, 2",
        "SELECT id, source, credentials FROM beat.credential ORDER BY 1",
        "SELECT version_num FROM upbeat_migration",
        "SELECT * FROM app.leaderboard",
        "SELECT count(*) FROM pg_class WHERE relnamespace IN ('beat'::regnamespace, 'coffee'::regnamespace)",
    ):
        assert rows(there, query) == rows(filled.postgres_dsn(), query), query
    former = "SELECT to_regnamespace('app_old') IS NOT NULL, to_regclass('app_old.leaderboard') IS NULL"
    assert rows(there, former) == [(True, True)], "a rollback would publish an empty one"
    assert SECRET.encode() not in b"".join(
        row[0] for row in rows(there, "SELECT credentials FROM beat.credential")
    )

    restored_settings = filled.model_copy(update={"postgres_url": SecretStr(there)})
    assert ensure_part_roles(restored_settings) is None
    grants = "SELECT has_table_privilege('upbeat_reader', 'app.leaderboard', 'SELECT'), has_table_privilege('upbeat_worker', 'beat.api_key', 'SELECT')"
    assert rows(there, grants) == [(True, False)], "roles and grants are in no backup"

    again = upbeat(filled, "backup", "restore", "--database", empty, "--yes")
    assert again.returncode == 2
    assert "restore into an empty database" in again.stderr


def test_raw_tables_come_back_by_the_statements_of_the_documentation(settings: Settings) -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    create, restore = re.findall(r"^(?:BACKUP|RESTORE) DATABASE .*;$", page, re.M)
    database = settings.clickhouse_raw_database
    place = f"{settings.s3_endpoint()}/{settings.s3_operations_bucket}/clickhouse/"
    keys = f"{settings.s3_access_key_id.get_secret_value()}', '{settings.s3_secret_access_key.get_secret_value()}"

    def here(statement: str) -> str:
        """The named collection holds place and login; the embedded ClickHouse has none."""
        placed = re.sub(r"S3\(upbeat_backups, '([^']+)'\)", rf"S3('{place}\1', '{keys}')", statement)
        return placed.replace("beat_replica ", f"{database} ").rstrip(";")

    with closing(clickhouse.client(settings)) as client:
        client.command(
            f"INSERT INTO {database}.task_log (platform, task_id) SELECT 'INSTAGRAM', number FROM numbers(1000)"
        )
        content = f"SELECT count(), sum(sipHash64(toString(tuple(*)))) FROM {database}.task_log"
        before = client.query(content).result_rows
        assert client.query(here(create)).result_rows[0][1] == "BACKUP_CREATED"
        client.command(f"DROP DATABASE {database} SYNC")
        assert client.query(here(restore)).result_rows[0][1] == "RESTORED"
        assert client.query(content).result_rows == before
    assert table_findings(settings) == [], "keys and columns are those that the code knows"


def test_only_the_newest_are_kept_and_half_a_backup_is_none(filled: Settings) -> None:
    store = ObjectStore(filled, filled.s3_operations_bucket)
    store.put("backups/2025-01-01T00-00-00Z/dump", b"cut off")
    made = [backup.create_backup(filled, NOON + timedelta(days=day)) for day in range(2)]
    assert [found.name for found in backup.list_backups(filled)] == [made[1].name, made[0].name]
    assert backup.forget_old(filled, 1) == ["2025-01-01T00-00-00Z", made[0].name]
    assert backup.list_backups(filled) == [made[1]]
    assert {key.split("/")[1] for key in store.keys("backups/")} == {made[1].name}
    store.put(f"backups/{made[1].name}/dump", dump_of(filled, made[1])[:-1])
    with pytest.raises(VerificationError, match="not the one that was written"):
        backup.restore_backup(filled, made[1], maintenance_dsn(filled).rpartition("/")[0] + "/template1")
    with pytest.raises(InputError, match=f"there is {made[1].name}"):
        backup.backup_named(filled, "2020-01-01T00-00-00Z")


def test_the_password_stands_in_no_command_line_and_no_error(filled: Settings) -> None:
    with connect(filled, autocommit=True) as connection:
        connection.execute("DROP TABLE coffee.campaign CASCADE")
    with pytest.raises(InputError) as refused:
        backup.create_backup(filled)
    assert filled.postgres_password.get_secret_value() not in str(refused.value)
