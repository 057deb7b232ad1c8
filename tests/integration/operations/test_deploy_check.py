"""What `upbeat deploy --check` says of a real Postgres, ClickHouse, S3 and dbt project, before and after a release."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from pydantic import SecretStr
from tests.part_logins import acting_as, forget_logins
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.raw_tables import ensure_raw_tables
from upbeat.operations import (
    deploy_migrations,
    deploy_models,
    deploy_settings,
    deploy_tables,
    deploy_work,
)
from upbeat.operations.deploy_findings import Finding
from upbeat.operations.deploy_secrets import make_secrets
from upbeat.settings import Settings, get_settings
from upbeat.stores import clickhouse
from upbeat.stores.part_roles import LOGIN_PARTS
from upbeat.stores.postgres import connect, transaction

NEXT = '''"""One more column of campaigns, and an index."""

revision = "9999"
down_revision = {head!r}


def upgrade() -> None:
    pass
'''
NEXT_SQL = """
ALTER TABLE coffee.campaign ADD COLUMN brand_id uuid NOT NULL DEFAULT gen_random_uuid();
CREATE INDEX campaign_brand ON coffee.campaign (brand_id);
"""


@pytest.fixture(scope="module")
def manifest() -> bytes:
    """Of the project as it is; dbt asks no server for it."""
    return deploy_models.parsed_manifest({"DBT_PROFILES_DIR": str(deploy_models.DBT_PROJECT)})


def whats(findings: list[Finding], kind: str | None = None) -> list[str]:
    return [finding.what for finding in findings if kind in (None, finding.kind)]


def head(settings: Settings) -> str:
    with connect(settings) as connection:
        row = connection.execute("SELECT version_num FROM upbeat_migration").fetchone()
    assert row
    return str(row["version_num"])


def test_a_pending_migration_is_told_with_the_tables_that_it_rewrites_and_what_would_hold_it_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deploy_migrations.migration_findings(settings) == [], "the test's database is of this code"
    scripts, sql = tmp_path / "migrations", tmp_path / "sql"
    (scripts / "versions").mkdir(parents=True)
    sql.mkdir()
    for path in (deploy_migrations.SCRIPTS / "versions").glob("*.py"):
        (scripts / "versions" / path.name).write_text(path.read_text())
    (scripts / "versions" / "9999_brand.py").write_text(NEXT.format(head=head(settings)))
    (sql / "9999_brand.sql").write_text(NEXT_SQL)
    monkeypatch.setattr(deploy_migrations, "LONG_TRANSACTION_SECONDS", 0)
    with connect(settings, application="somebody's report") as reader:
        reader.execute("SELECT 1")
        found = deploy_migrations.migration_findings(settings, scripts, sql)
    assert [finding.kind for finding in found] == ["change", "problem"]
    assert found[0].what.startswith("migration 9999: One more column of campaigns, and an index.")
    touched = found[0].detail["touches"]
    assert [(one["table"], one["does"]) for one in touched] == [
        ("coffee.campaign", "rewrites"), ("coffee.campaign", "blocks writes"),
    ]  # fmt: skip
    assert touched[0]["bytes"] > 0
    assert "somebody's report (pid " in found[1].what


def test_a_user_who_does_not_see_the_transactions_of_others_is_told_so(settings: Settings) -> None:
    with connect(acting_as("worker", settings), autocommit=True) as connection:
        (told,) = deploy_migrations._in_the_way(connection)
    assert told.kind == "note"
    assert "GRANT pg_read_all_stats" in told.what


def test_a_database_of_a_newer_release_is_a_problem_and_an_empty_one_is_told_every_migration(
    settings: Settings,
) -> None:
    with transaction(settings) as connection:
        connection.execute("UPDATE upbeat_migration SET version_num = '9998'")
    (told,) = deploy_migrations.migration_findings(settings)
    assert (told.kind, told.detail) == ("problem", {"revision": "9998"})
    with transaction(settings) as connection:
        connection.execute("DROP TABLE upbeat_migration")
    found = deploy_migrations.migration_findings(settings)
    assert len(found) == len(list((deploy_migrations.SCRIPTS / "versions").glob("*.py")))
    assert found[0].what.startswith("migration 0001: ")


def test_raw_tables_that_differ_are_told_and_those_that_the_code_makes_do_not(settings: Settings) -> None:
    ensure_raw_tables(settings)
    assert deploy_tables.table_findings(settings) == [], "what the statements make is what they are read as"
    client = clickhouse.client(settings)
    raw = settings.clickhouse_raw_database
    for statement in (
        f"DROP TABLE {raw}.instagram_account",
        f"ALTER TABLE {raw}.instagram_post DROP COLUMN saves_count",
        f"ALTER TABLE {raw}.instagram_post DROP COLUMN permalink",
        f"ALTER TABLE {raw}.instagram_post MODIFY COLUMN plays_count Nullable(Int32)",
    ):
        client.command(statement)
    client.close()
    found = deploy_tables.table_findings(settings)
    assert whats(found, "change") == [
        "table instagram_account will be made", "instagram_post: column saves_count will be added",
    ]  # fmt: skip
    assert len(whats(found, "problem")) == 2
    assert "column permalink is missing" in whats(found, "problem")[0]
    assert "plays_count is Nullable(Int32), the code says Nullable(Int64)" in whats(found, "problem")[1]


def test_models_and_settings_are_compared_with_what_the_last_release_kept(
    settings: Settings, manifest: bytes
) -> None:
    parsed: dict[str, Any] = orjson.loads(manifest)
    assert whats(deploy_models.model_findings(settings, parsed)) == [
        "no release has kept its manifest yet: `upbeat deploy prepare` does"
    ]
    deploy_models.keep_manifest(settings, manifest)
    assert deploy_models.model_findings(settings, parsed) == []
    model = parsed["nodes"]["model.upbeat.mart_leaderboard"]
    model["checksum"]["checksum"] = "another"
    assert whats(deploy_models.model_findings(settings, parsed), "change") == [
        "model mart_leaderboard: its text changed"
    ]

    deploy_settings.keep_setting_names(settings)
    assert [told for told in deploy_settings.setting_findings(settings) if told.kind == "note"] == []


def test_running_tasks_and_waiting_events_are_told(settings: Settings) -> None:
    assert deploy_work.work_findings(settings)[0].detail["drained"] is True
    with transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.task_lease (token, worker, task_ids, lease_until)"
            " VALUES (gen_random_uuid(), 'w1', '{1,2,3}', now() + interval '1 minute'),"
            " (gen_random_uuid(), 'dead', '{9}', now() - interval '1 minute')"
        )
    tasks, events, parts = deploy_work.work_findings(settings)
    assert (tasks.detail["tasks"], tasks.detail["workers"], tasks.detail["drained"]) == (3, 1, False)
    assert events.detail == {"events": 0, "claimed": 0}
    assert parts.what.startswith("connected: ")


def test_the_command_tells_every_part_also_where_one_is_away_and_no_secret(
    settings: Settings, manifest: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Parsing the project anew takes most of the time, and the fixture has done it.
    monkeypatch.setattr(deploy_models, "parsed_manifest", lambda environment: manifest)
    needed = {f"UPBEAT_{name.upper()}": "x" * 40 for name in deploy_settings.NEEDED}
    wrong = {"UPBEAT_CLICKHOUSE_URL": "http://127.0.0.1:9", "UPBEAT_API_SECRT": "geheim"}
    given = {
        **needed,
        **settings_environment(settings),
        "UPBEAT_DOTENV": "",
        "UPBEAT_SECRETS_DIR": str(tmp_path),
        **wrong,
    }
    for name in os.environ:
        if name.startswith("UPBEAT_"):
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    done = CliRunner().invoke(app, ["deploy", "--check", "--json"], env=given)
    get_settings.cache_clear()
    told = json.loads(done.stdout)
    assert done.exit_code == told["exit_code"] == 1, done.stdout
    variable, away = [finding["what"] for finding in told["findings"] if finding["kind"] == "problem"]
    assert variable == "UPBEAT_API_SECRT is read by nothing: is UPBEAT_API_SECRET meant?"
    assert away.startswith("ClickHouse does not answer")
    assert {"work", "dbt"} <= {finding["part"] for finding in told["findings"]}
    assert "geheim" not in done.output
    assert settings.postgres_password.get_secret_value() not in done.output


def test_what_is_prepared_is_what_the_check_finds_nothing_to_do_about(
    settings: Settings, manifest: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_models, "parsed_manifest", lambda environment, target=None: manifest)
    make_secrets(tmp_path)
    given = {f"UPBEAT_{name.upper()}": "x" * 40 for name in deploy_settings.NEEDED}
    given |= {
        **settings_environment(settings),
        "UPBEAT_DOTENV": "",
        "UPBEAT_SECRETS_DIR": str(tmp_path / "none"),
    }
    for name in os.environ:
        if name.startswith("UPBEAT_"):
            monkeypatch.delenv(name)

    def run(*arguments: str) -> Any:
        get_settings.cache_clear()
        done = CliRunner().invoke(app, ["deploy", *arguments, "--json"], env=given)
        get_settings.cache_clear()
        return json.loads(done.stdout) | {"code": done.exit_code}

    for _ in range(2):
        prepared = run("prepare", "--logins", str(tmp_path), "--no-airflow")
        assert (prepared["code"], prepared["roles_problem"]) == (0, None)
        assert prepared["logins"] == [f"upbeat_{part}" for part in LOGIN_PARTS]
    forget_logins()
    url = urlsplit((tmp_path / "postgres_url_api").read_text())
    here = urlsplit(settings.postgres_dsn())
    own = here._replace(netloc=f"{url.username}:{url.password}@{here.hostname}:{here.port}").geturl()
    with connect(settings.model_copy(update={"postgres_url": SecretStr(own)})) as connection:
        assert connection.execute("SELECT current_user AS name").fetchone() == {"name": "upbeat_api"}
    found = run("--check")
    assert (found["code"], found["counts"]["problem"], found["counts"]["change"]) == (0, 0, 0), found
