"""Airflow connections become settings without losing what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from airflow.sdk import Connection
from hypothesis import given
from hypothesis import strategies as st

from upbeat.operators.connections import (
    clickhouse_settings,
    postgres_url,
    rabbitmq_url,
    settings_from_connections,
)
from upbeat.settings import get_settings

NASTY = "p'a \"s$s`w@o/r:d%?#"


@given(login=st.text(min_size=1), password=st.text(), schema=st.text(min_size=1))
def test_login_password_and_database_survive_in_the_url(login: str, password: str, schema: str) -> None:
    connection = Connection(
        conn_id="x", conn_type="postgres", host="db", login=login, password=password, schema=schema
    )
    parts = urlsplit(postgres_url(connection))
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == (login, password)
    assert (parts.hostname, parts.port, unquote(parts.path[1:])) == ("db", 5432, schema)


def test_tls_is_carried_on_and_other_extras_are_not() -> None:
    extra = {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
        "options": "-c search_path=x",
        "cursor": "dict",
    }
    connection = Connection(
        conn_id="x",
        conn_type="postgres",
        host="::1",
        port=6432,
        login="u",
        schema="d",
        extra=json.dumps(extra),
    )
    parts = urlsplit(postgres_url(connection))
    assert (parts.hostname, parts.port) == ("::1", 6432)
    assert parse_qsl(parts.query) == [("sslmode", "verify-full"), ("sslrootcert", "/etc/ca.pem")]


@given(login=st.text(min_size=1), password=st.text(), vhost=st.text(min_size=1))
def test_login_password_and_virtual_host_survive_in_the_url(login: str, password: str, vhost: str) -> None:
    connection = Connection(
        conn_id="x", conn_type="amqp", host="mq", login=login, password=password, schema=vhost
    )
    parts = urlsplit(rabbitmq_url(connection))
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == (login, password)
    assert (parts.scheme, parts.hostname, parts.port) == ("amqp", "mq", 5672)
    assert unquote(parts.path[1:]) == vhost


def test_a_broker_is_reached_over_tls_where_the_connection_says_so() -> None:
    connection = Connection(
        conn_id="x", conn_type="amqp", host="::1", login="u", password="p", extra=json.dumps({"ssl": True})
    )
    assert rabbitmq_url(connection) == "amqps://u:p@[::1]:5671/%2F"


@pytest.mark.parametrize(("secure", "scheme"), [(True, "https"), (False, "http"), (None, "http")])
def test_a_clickhouse_connection_says_whether_it_is_encrypted(secure: bool | None, scheme: str) -> None:
    connection = Connection(
        conn_id="x",
        conn_type="clickhouse",
        host="ch",
        port=9,
        login="u",
        password=NASTY,
        extra=json.dumps({"secure": secure}),
    )
    assert clickhouse_settings(connection) == {
        "clickhouse_url": f"{scheme}://ch:9",
        "clickhouse_user": "u",
        "clickhouse_password": NASTY,
    }


def test_connections_win_over_the_environment_and_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = {"conn_type": "postgres", "host": "pg", "login": "u", "password": NASTY, "schema": "d"}
    clickhouse = {"conn_type": "clickhouse", "host": "ch", "login": "v", "password": NASTY}
    monkeypatch.setenv("AIRFLOW_CONN_UPBEAT_POSTGRES", json.dumps(postgres))
    monkeypatch.setenv("AIRFLOW_CONN_UPBEAT_CLICKHOUSE", json.dumps(clickhouse))
    monkeypatch.setenv("UPBEAT_CLICKHOUSE_URL", "http://elsewhere:1")
    settings = settings_from_connections()
    assert urlsplit(settings.postgres_dsn()).hostname == "pg"
    assert settings.clickhouse_http_url() == "http://ch:8123"
    assert settings.clickhouse_password.get_secret_value() == NASTY
    assert NASTY not in repr(settings)


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    postgres = {"conn_type": "postgres", "host": "pg", "login": "u", "password": "p", "schema": "d"}
    monkeypatch.setenv("AIRFLOW_CONN_UPBEAT_POSTGRES", json.dumps(postgres))
    monkeypatch.setenv(
        "AIRFLOW_CONN_UPBEAT_CLICKHOUSE", json.dumps({"conn_type": "clickhouse", "host": "ch"})
    )
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.usefixtures("databases")
def test_a_brokers_connection_says_where_it_is_and_the_settings_whether_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = {"conn_type": "amqp", "host": "mq", "login": "u", "password": NASTY}
    monkeypatch.setenv("AIRFLOW_CONN_RABBITMQ_DEFAULT", json.dumps(broker))
    assert settings_from_connections().rabbitmq_dsn() is None
    monkeypatch.setenv("UPBEAT_RABBITMQ_URL", "amqp://u:p@elsewhere:1/%2F")
    get_settings.cache_clear()
    settings = settings_from_connections()
    assert urlsplit(str(settings.rabbitmq_dsn())).hostname == "mq"
    assert NASTY not in repr(settings)


@pytest.mark.usefixtures("databases")
def test_a_broker_without_a_connection_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPBEAT_RABBITMQ_URL", "amqp://u:p@elsewhere:1/%2F")
    assert urlsplit(str(settings_from_connections().rabbitmq_dsn())).hostname == "elsewhere"
