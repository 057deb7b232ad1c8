"""The environment in which dbt, airflow, psql, curl and boto3 reach the stack of these settings."""

from __future__ import annotations

import os
import sysconfig
from urllib.parse import unquote, urlsplit

from upbeat.embedded.airflow_environment import airflow_environment, tls_parameters
from upbeat.embedded.places import places
from upbeat.embedded.settings_environment import settings_environment
from upbeat.embedded.storage_parts import s3_environment
from upbeat.embedded.wheels import postgres_folder
from upbeat.settings import REPOSITORY, Settings


def process_environment(settings: Settings) -> dict[str, str]:
    """All variables, passwords included; not the rest of this process's environment.

    `PATH` begins with the programs of the virtual environment and ends with those of the embedded Postgres, so that
    `psql` is there on a machine without one.
    """
    programs = sysconfig.get_path("scripts")
    path = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part]
    psql = str(postgres_folder() / "bin")
    kept = [part for part in path if part not in (programs, psql)]
    return {
        "PATH": os.pathsep.join([programs, *kept, psql]),
        **settings_environment(settings),
        **_clickhouse_variables(settings),
        **_postgres_variables(settings),
        **s3_environment(settings),
        **_rabbitmq_variables(settings),
        "DBT_PROFILES_DIR": str(REPOSITORY / "dbt_project"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        **airflow_environment(settings, places(settings)),
    }


def _clickhouse_variables(settings: Settings) -> dict[str, str]:
    """What `dbt_project/profiles.yml` reads."""
    parts = urlsplit(settings.clickhouse_http_url())
    secure = parts.scheme == "https"
    return {
        "UPBEAT_CLICKHOUSE_HOST": parts.hostname or "127.0.0.1",
        "UPBEAT_CLICKHOUSE_PORT": str(parts.port or (8443 if secure else 8123)),
        "UPBEAT_CLICKHOUSE_SECURE": str(secure),
        "UPBEAT_CLICKHOUSE_USER": settings.clickhouse_user,
        "UPBEAT_CLICKHOUSE_PASSWORD": settings.clickhouse_password.get_secret_value(),
        "UPBEAT_CLICKHOUSE_RAW_DATABASE": settings.clickhouse_raw_database,
        "UPBEAT_CLICKHOUSE_COFFEE_DATABASE": settings.clickhouse_coffee_database,
    }


def _rabbitmq_variables(settings: Settings) -> dict[str, str]:
    """For clients of one's own. Not UPBEAT_RABBITMQ_URL: that would say that the embedded one is somebody else's."""
    dsn = settings.rabbitmq_dsn()
    return {} if dsn is None else {"RABBITMQ_URL": dsn}


def _postgres_variables(settings: Settings) -> dict[str, str]:
    parts = urlsplit(settings.postgres_dsn())
    return {
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        **{f"PG{name.upper()}": value for name, value in tls_parameters(settings).items()},
    }
