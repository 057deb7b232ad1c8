"""Settings as this Airflow sees them: where an Airflow connection is set, it wins over the environment.

Precedence: the Airflow connection (`upbeat_postgres`, `upbeat_clickhouse`, `rabbitmq_default`, `upbeat_database_host`), then the settings class.
`upbeat env` and the embedded stack derive the connections from the settings, so on a laptop they are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from upbeat.settings import Settings, get_settings

if TYPE_CHECKING:
    from airflow.sdk import Connection

POSTGRES_CONN_ID = "upbeat_postgres"
CLICKHOUSE_CONN_ID = "upbeat_clickhouse"
RABBITMQ_CONN_ID = "rabbitmq_default"
SSH_CONN_ID = "upbeat_database_host"
# Extras of a Postgres connection that are read, by libpq's names; others are not passed on.
POSTGRES_EXTRAS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def postgres_url(connection: Connection) -> str:
    """The libpq URL of an Airflow Postgres connection, with what its extras say about TLS."""
    login = quote(connection.login or "", safe="")
    password = quote(connection.password or "", safe="")
    address = (
        f"{_bracketed(connection.host)}:{connection.port or 5432}/{quote(connection.schema or '', safe='')}"
    )
    extras = connection.extra_dejson
    query = urlencode({name: extras[name] for name in POSTGRES_EXTRAS if extras.get(name)})
    return f"postgresql://{login}:{password}@{address}{'?' if query else ''}{query}"


def _bracketed(host: str | None) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if host and ":" in host else host or ""


def clickhouse_settings(connection: Connection) -> dict[str, Any]:
    """The fields of `Settings` that an Airflow ClickHouse connection states."""
    scheme = "https" if connection.extra_dejson.get("secure") else "http"
    return {
        "clickhouse_url": f"{scheme}://{_bracketed(connection.host)}:{connection.port or 8123}",
        "clickhouse_user": connection.login or "default",
        "clickhouse_password": connection.password or "",
    }


def rabbitmq_url(connection: Connection) -> str:
    """The AMQP URL of an Airflow connection: its schema is the virtual host, `ssl` in its extras asks for TLS."""
    login = quote(connection.login or "", safe="")
    password = quote(connection.password or "", safe="")
    secure = bool(connection.extra_dejson.get("ssl"))
    address = f"{_bracketed(connection.host)}:{connection.port or (5671 if secure else 5672)}"
    vhost = quote(connection.schema or "/", safe="")
    return f"amqp{'s' if secure else ''}://{login}:{password}@{address}/{vhost}"


def ssh_settings(connection: Connection) -> dict[str, Any]:
    """The fields of `Settings` that an Airflow SSH connection states, by the extras of the SSH provider.

    What it says about not checking the host's key is not read: the key is checked.
    """
    extras = connection.extra_dejson
    told = {
        "sync_ssh_host": connection.host,
        "sync_ssh_port": connection.port,
        "sync_ssh_user": connection.login,
        "sync_ssh_key_file": extras.get("key_file"),
        "sync_ssh_private_key": extras.get("private_key"),
        "sync_ssh_host_key": extras.get("host_key"),
    }
    return {name: value for name, value in told.items() if value}


def settings_from_connections(
    *,
    postgres_conn_id: str = POSTGRES_CONN_ID,
    clickhouse_conn_id: str = CLICKHOUSE_CONN_ID,
    rabbitmq_conn_id: str = RABBITMQ_CONN_ID,
    ssh_conn_id: str = SSH_CONN_ID,
) -> Settings:
    """The settings of this task, read through the official hooks of both databases.

    Whether there is a broker is for the settings to say, as the DAG files ask them, too; where it is for the connection,
    if there is one.
    """
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    base = get_settings().model_dump(exclude_unset=True)
    postgres = PostgresHook.get_connection(postgres_conn_id)
    clickhouse = ClickHouseHook.get_connection(clickhouse_conn_id)
    told = {"postgres_url": postgres_url(postgres), **clickhouse_settings(clickhouse)}
    return Settings(**{**base, **told, **_rabbitmq_settings(rabbitmq_conn_id), **_ssh_settings(ssh_conn_id)})


def _ssh_settings(conn_id: str) -> dict[str, Any]:
    """What the connection states; nothing where files are streamed, or without the connection."""
    from airflow.providers.ssh.hooks.ssh import SSHHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    if get_settings().sync_transport != "ssh":
        return {}
    try:
        return ssh_settings(SSHHook.get_connection(conn_id))
    except AirflowNotFoundException:
        return {}


def _rabbitmq_settings(conn_id: str) -> dict[str, Any]:
    """The field of `Settings` that the connection states; none without a broker, or without the connection."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    if get_settings().rabbitmq_dsn() is None:
        return {}
    try:
        return {"rabbitmq_url": rabbitmq_url(BaseHook.get_connection(conn_id))}
    except AirflowNotFoundException:
        return {}
