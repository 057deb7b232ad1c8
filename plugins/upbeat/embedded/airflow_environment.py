"""Airflow's configuration, all of it in environment variables derived from the settings.

The airflow.cfg that Airflow writes into its home holds comments only.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from upbeat.embedded.places import Places
from upbeat.embedded.ports import LOOPBACK
from upbeat.settings import REPOSITORY, Settings

# What libpq's URL may say about TLS; the asynchronous driver knows the first of them, under another name.
TLS_PARAMETERS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def airflow_url(settings: Settings) -> str:
    """Where the embedded Airflow answers."""
    return f"http://{LOOPBACK}:{settings.airflow_port}"


def airflow_database(settings: Settings) -> str:
    """Name of Airflow's metadata database. On a server of a person's own it is named after theirs: an `airflow` that is
    there already is somebody's Airflow, which our migration would take over."""
    if settings.postgres_url is None:
        return "airflow"
    return f"{urlsplit(settings.postgres_dsn()).path.strip('/') or 'upbeat'}_airflow"


def airflow_dsn(settings: Settings) -> str:
    """URL of Airflow's metadata database, in the Postgres of the settings."""
    parts = urlsplit(settings.postgres_dsn())
    return parts._replace(scheme="postgresql", path=f"/{airflow_database(settings)}").geturl()


def tls_parameters(settings: Settings) -> dict[str, str]:
    """What the Postgres URL says about TLS, by libpq's names."""
    given = dict(parse_qsl(urlsplit(settings.postgres_dsn()).query))
    return {name: given[name] for name in TLS_PARAMETERS if name in given}


def _async_dsn(settings: Settings) -> str:
    mode = tls_parameters(settings).get("sslmode")
    query = urlencode({"ssl": mode}) if mode else ""
    return urlsplit(airflow_dsn(settings))._replace(scheme="postgresql+asyncpg", query=query).geturl()


def airflow_environment(settings: Settings, where: Places) -> dict[str, str]:
    """`AIRFLOW_HOME`, `AIRFLOW__…` and the connections of the embedded Airflow."""
    home = where.airflow_home
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.airflow_parallelism),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__FERNET_KEY": settings.airflow_fernet_key.get_secret_value(),
        # Looking up the full host name asks a name server, which may be away.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{airflow_url(settings)}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_dsn(settings).replace(
            "postgresql", "postgresql+psycopg2", 1
        ),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": _async_dsn(settings),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(settings.airflow_log_server_port),
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": airflow_url(settings),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": settings.airflow_jwt_secret.get_secret_value(),
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.airflow_jwt_secret.get_secret_value(),
        # The supervisor of a task misses the end of its child and sleeps out its heartbeat: 1 s instead of 5 s.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # A task whose start is not answered in time (5 s by default) has failed and waits five minutes for its second attempt: on a busy machine the
        # API server's first answers take longer.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # New files are seen within seconds, changed ones at once (by their time), and nothing is parsed for nothing.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW_CONN_UPBEAT_POSTGRES": _postgres_connection(settings),
        "AIRFLOW_CONN_UPBEAT_CLICKHOUSE": _clickhouse_connection(settings),
        "AIRFLOW_CONN_FS_DEFAULT": "fs://",
        **_rabbitmq_connection(settings),
        **_slack_connection(settings),
    }


def _postgres_connection(settings: Settings) -> str:
    parts = urlsplit(settings.postgres_dsn())
    return json.dumps(
        {
            "conn_type": "postgres",
            "host": parts.hostname,
            "port": parts.port or 5432,
            "login": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "schema": parts.path.lstrip("/"),
            "extra": tls_parameters(settings),
        }
    )


def _clickhouse_connection(settings: Settings) -> str:
    parts = urlsplit(settings.clickhouse_http_url())
    secure = parts.scheme == "https"
    return json.dumps(
        {
            "conn_type": "clickhouse",
            "host": parts.hostname,
            "port": parts.port or (8443 if secure else 8123),
            "login": settings.clickhouse_user,
            "password": settings.clickhouse_password.get_secret_value(),
            "schema": "default",
            # Without sessions the queries of one hook may overlap, and a retry never finds its session locked.
            "extra": {"secure": secure, "client_kwargs": {"autogenerate_session_id": False}},
        }
    )


def _rabbitmq_connection(settings: Settings) -> dict[str, str]:
    """None without a broker."""
    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        return {}
    parts = urlsplit(dsn)
    secure = parts.scheme == "amqps"
    connection = {
        "conn_type": "amqp",
        "host": parts.hostname,
        "port": parts.port or (5671 if secure else 5672),
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "schema": unquote(parts.path.removeprefix("/")) or "/",
        "extra": {"ssl": secure},
    }
    return {"AIRFLOW_CONN_RABBITMQ_DEFAULT": json.dumps(connection)}


def _slack_connection(settings: Settings) -> dict[str, str]:
    """What `SlackWebhookNotifier` of the DAGs reads: the whole webhook address stands in the password."""
    if settings.slack_webhook_url is None:
        return {}
    connection = {"conn_type": "slackwebhook", "password": settings.slack_webhook_url.get_secret_value()}
    return {"AIRFLOW_CONN_UPBEAT_SLACK": json.dumps(connection)}
