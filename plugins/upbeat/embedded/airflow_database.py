"""Prepares what Airflow needs before its processes start, and its pools once its API answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.metadata import version
from typing import Any

from upbeat.embedded.airflow_environment import airflow_database, airflow_dsn, airflow_url
from upbeat.embedded.environment import process_environment
from upbeat.embedded.part import Progress, StackError
from upbeat.embedded.places import Places
from upbeat.embedded.processes import log_tail
from upbeat.settings import Settings

# One dbt run at a time: two runs that share models break one another. Scrape tasks are processes with an event loop each.
POOLS = {
    "dbt": (1, "dbt on ClickHouse: runs that share models must not overlap"),
    "scrape": (4, "workers of the task queue; each runs many requests at once"),
}


def prepare_airflow(settings: Settings, where: Places, progress: Progress) -> None:
    """Write the password file and bring the metadata database to this version of Airflow (skipped when it is there).

    Raises:
        StackError: the migration failed: names its log.
    """
    write_passwords(settings, where)
    _ensure_database(settings)
    marker, wanted = where.airflow_home / "migrated", f"{version('apache-airflow')} "
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted + _revision(settings):
        return
    progress("airflow", "creating its database (once; about 20 s)")
    log = where.log("airflow-migrate")
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "UPBEAT_"))}
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env={**outside, **process_environment(settings)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise StackError(f"`airflow db migrate` failed; its log {log} ends with:\n{log_tail(log)}")
    marker.write_text(wanted + _revision(settings), encoding="utf-8")
    progress("airflow", "done: its database is ready")


def ensure_pools(settings: Settings) -> None:
    """Create Airflow's pools, or set them back to the size in the code; needs the API server."""
    token = _request(
        settings,
        "POST",
        "/auth/token",
        {"username": "admin", "password": settings.airflow_admin_password.get_secret_value()},
    )["access_token"]
    there = {
        pool["name"]: pool["slots"]
        for pool in _request(settings, "GET", "/api/v2/pools", token=token)["pools"]
    }
    for name, (slots, description) in POOLS.items():
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        if name not in there:
            _request(settings, "POST", "/api/v2/pools", body, token=token)
        elif there[name] != slots:
            _request(settings, "PATCH", f"/api/v2/pools/{name}?update_mask=slots", body, token=token)


def write_passwords(settings: Settings, where: Places) -> None:
    """Airflow would make up a password, log it, and leave its file readable by everybody."""
    path = where.airflow_home / "passwords.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"admin": settings.airflow_admin_password.get_secret_value()}, file)
    path.chmod(0o600)


def _ensure_database(settings: Settings) -> None:
    import psycopg
    from psycopg import sql

    name = airflow_database(settings)
    try:
        with psycopg.connect(settings.postgres_dsn(), autocommit=True, connect_timeout=10) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, (name,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise StackError(f"Airflow has no database `{name}` in Postgres: {reason}") from error


def _revision(settings: Settings) -> str:
    """The migration that the database says it is at; empty for a new one."""
    import psycopg

    try:
        with psycopg.connect(airflow_dsn(settings), connect_timeout=10) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return ""
    return str(row[0]) if row else ""


def _request(
    settings: Settings, method: str, path: str, body: dict[str, Any] | None = None, *, token: str = ""
) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 (our own loopback URL)
        f"{airflow_url(settings)}{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise StackError(f"Airflow's API answers {method} {path} with HTTP {error.code}") from error
    except OSError as error:
        raise StackError(f"Airflow's API does not answer {method} {path}: {error}") from error
