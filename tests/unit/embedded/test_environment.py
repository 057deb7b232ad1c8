"""What `upbeat env` exports is what the settings say, whatever signs a password has."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from upbeat.embedded.environment import process_environment
from upbeat.embedded.settings_environment import settings_environment
from upbeat.settings import Settings

NASTY = "p'a \"s$s`w@o/r:d%"


def make_settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"state_dir": folder, **values})


def test_settings_survive_the_way_through_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(
        tmp_path,
        postgres_password=NASTY,
        source_urls={"lama": "http://127.0.0.1:1/x"},
        source_chains={"instagram.profile_by_handle": ["lama", "graphapi"]},
        limit_levels_flows=("source",),
        task_lease_seconds=7.5,
        postgres_port=6000,
    )
    for name, value in settings_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_only_what_differs_from_the_defaults_is_exported(tmp_path: Path) -> None:
    exported = settings_environment(make_settings(tmp_path, redis_port=6000))
    assert exported["UPBEAT_REDIS_PORT"] == "6000"
    assert exported["UPBEAT_STATE_DIR"] == str(tmp_path)
    assert "UPBEAT_S3_PORT" not in exported


def test_what_the_file_of_settings_says_otherwise_does_not_reach_the_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("UPBEAT_S3_PORT=6000\nUPBEAT_REDIS_PORT=6001\n")
    monkeypatch.setenv("UPBEAT_DOTENV", str(file))
    monkeypatch.setenv("UPBEAT_S3_PORT", str(Settings.model_fields["s3_port"].default))
    settings = Settings(state_dir=tmp_path)
    exported = settings_environment(settings)
    monkeypatch.delenv("UPBEAT_S3_PORT")
    assert Settings().s3_port == 6000
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_a_shell_reads_back_what_is_printed(tmp_path: Path) -> None:
    variables = process_environment(
        make_settings(tmp_path, clickhouse_password=NASTY, postgres_password=NASTY)
    )
    script = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    shown = subprocess.run(
        ["/bin/sh", "-c", f'{script}printf %s "$UPBEAT_CLICKHOUSE_PASSWORD"; printf %s "$PGPASSWORD"'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == NASTY + NASTY


def test_airflow_gets_its_connections_from_the_settings(tmp_path: Path) -> None:
    variables = process_environment(
        make_settings(tmp_path, postgres_password=NASTY, clickhouse_url="https://warehouse.example:9443")
    )
    postgres = json.loads(variables["AIRFLOW_CONN_UPBEAT_POSTGRES"])
    assert (postgres["password"], postgres["port"], postgres["schema"]) == (NASTY, 15432, "upbeat")
    clickhouse = json.loads(variables["AIRFLOW_CONN_UPBEAT_CLICKHOUSE"])
    assert (clickhouse["host"], clickhouse["port"]) == ("warehouse.example", 9443)
    assert clickhouse["extra"] == {"secure": True, "client_kwargs": {"autogenerate_session_id": False}}
    assert variables["UPBEAT_CLICKHOUSE_SECURE"] == "True"


def test_airflow_gets_the_connection_of_a_broker_when_there_is_one(tmp_path: Path) -> None:
    assert "AIRFLOW_CONN_RABBITMQ_DEFAULT" not in process_environment(make_settings(tmp_path / "without"))
    own = make_settings(tmp_path / "own", rabbitmq_url=SecretStr("amqps://me:p%40w@mq.example/beat%2Fx"))
    connection = json.loads(process_environment(own)["AIRFLOW_CONN_RABBITMQ_DEFAULT"])
    assert [connection[name] for name in ("host", "port", "login", "password", "schema")] == [
        "mq.example", 5671, "me", "p@w", "beat/x",
    ]  # fmt: skip
    assert connection["extra"] == {"ssl": True}


def test_another_airflow_port_moves_the_execution_api_too(tmp_path: Path) -> None:
    variables = process_environment(make_settings(tmp_path, airflow_port=6001))
    assert variables["AIRFLOW__API__PORT"] == "6001"
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:6001/execution/"


def test_a_database_of_ones_own_is_where_psql_and_airflow_go(tmp_path: Path) -> None:
    settings = make_settings(
        tmp_path,
        postgres_url=SecretStr(
            "postgresql://me:p%40w@db.example:6432/product?sslmode=require&connect_timeout=3"
        ),
    )
    variables = process_environment(settings)
    names = ("HOST", "PORT", "USER", "PASSWORD", "DATABASE", "SSLMODE")
    assert [variables[f"PG{name}"] for name in names] == [
        "db.example", "6432", "me", "p@w", "product", "require",
    ]  # fmt: skip
    assert json.loads(variables["AIRFLOW_CONN_UPBEAT_POSTGRES"])["extra"] == {"sslmode": "require"}


def test_airflow_takes_over_no_database_called_airflow_on_a_server_of_ones_own(tmp_path: Path) -> None:
    own = SecretStr("postgresql://me:p%40w@db.example:6432/product?sslmode=require&connect_timeout=3")
    variables = process_environment(make_settings(tmp_path, postgres_url=own))
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == (
        "postgresql+psycopg2://me:p%40w@db.example:6432/product_airflow?sslmode=require&connect_timeout=3"
    )
    # asyncpg knows `ssl` and refuses every other of libpq's names.
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == (
        "postgresql+asyncpg://me:p%40w@db.example:6432/product_airflow?ssl=require"
    )
    embedded = process_environment(make_settings(tmp_path / "embedded"))
    assert embedded["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith(":15432/airflow")


def test_a_slack_webhook_becomes_the_connection_that_the_dags_alert_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook

    address = "https://hooks.slack.com/services/T0/B0/secret"
    assert "AIRFLOW_CONN_UPBEAT_SLACK" not in process_environment(make_settings(tmp_path / "quiet"))
    exported = process_environment(make_settings(tmp_path / "loud", slack_webhook_url=address))
    monkeypatch.setenv("AIRFLOW_CONN_UPBEAT_SLACK", exported["AIRFLOW_CONN_UPBEAT_SLACK"])
    assert SlackWebhookHook(slack_webhook_conn_id="upbeat_slack").client.url == address
