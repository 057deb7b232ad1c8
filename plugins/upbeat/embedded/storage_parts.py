"""The embedded Redis, S3 and ClickHouse, and the sandbox of upstream APIs."""

from __future__ import annotations

import os
import sys
from urllib.parse import urlencode

from upbeat.embedded.airflow_environment import tls_parameters
from upbeat.embedded.health import check_http, check_redis
from upbeat.embedded.part import Launch, Part
from upbeat.embedded.places import Places
from upbeat.embedded.ports import LOOPBACK
from upbeat.embedded.private_file import private_file
from upbeat.embedded.wheels import rclone, redis_server
from upbeat.logs import mask_secrets
from upbeat.settings import Settings


def redis_part(settings: Settings, where: Places) -> Part:
    """Redis with an append-only file (nothing acknowledged is lost by kill -9), external when `redis_url` is set."""
    dsn = settings.redis_dsn()
    if settings.redis_url is not None:
        return Part(name="redis", title="Redis", check=lambda: check_redis(dsn), external=mask_secrets(dsn))
    return Part(
        name="redis",
        title="Redis",
        port=settings.redis_port,
        port_setting="UPBEAT_REDIS_PORT",
        check=lambda: check_redis(dsn),
        launch=lambda progress: _launch_redis(settings, where),
        start_seconds=30,
    )


def _launch_redis(settings: Settings, where: Places) -> Launch:
    folder = where.folder("redis")
    lines = [
        f"bind {LOOPBACK}",
        f"port {settings.redis_port}",
        f"dir {_quoted(str(folder))}",
        "daemonize no",
        "appendonly yes",
        'save ""',
    ]
    if password := settings.redis_password.get_secret_value():
        lines.append(f"requirepass {_quoted(password)}")
    # In a file of ours, not on the command line: the list of processes would show the password.
    configuration = private_file(where.run / "redis.conf", "\n".join(lines) + "\n")
    return Launch(
        command=[str(redis_server()), str(configuration)], environment=_plain_environment(), folder=folder
    )


def _quoted(text: str) -> str:
    """A word of Redis' configuration file, whatever signs it has."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def s3_part(settings: Settings, where: Places) -> Part:
    """S3 on a folder, one leading folder per bucket; external when `s3_endpoint_url` is set."""
    endpoint = settings.s3_endpoint()
    # Without a signature the right answer is 403: that S3 answers at all is what is asked here.
    if settings.s3_endpoint_url is not None:
        return Part(name="s3", title="S3", check=lambda: check_http(endpoint, below=500), external=endpoint)
    return Part(
        name="s3",
        title="S3",
        port=settings.s3_port,
        port_setting="UPBEAT_S3_PORT",
        check=lambda: check_http(endpoint, below=500),
        launch=lambda progress: _launch_s3(settings, where),
        start_seconds=30,
    )


def _launch_s3(settings: Settings, where: Places) -> Launch:
    folder = where.folder("s3")
    key = settings.s3_access_key_id.get_secret_value()
    secret = settings.s3_secret_access_key.get_secret_value()
    return Launch(
        command=[
            str(rclone()), "serve", "s3", str(folder), "--addr", f"{LOOPBACK}:{settings.s3_port}",
            "--config", "", "--no-cleanup", "--file-perms", "0600", "--dir-perms", "0700",
        ],
        environment={**_plain_environment(), "RCLONE_AUTH_KEY": f'"{key},{secret}"'},
        folder=folder,
    )  # fmt: skip


def clickhouse_part(settings: Settings, where: Places) -> Part:
    """The ClickHouse engine behind its HTTP interface; external when `clickhouse_url` is set."""
    url = settings.clickhouse_http_url()
    if settings.clickhouse_url is not None:
        return Part(
            name="clickhouse", title="ClickHouse", check=lambda: check_clickhouse(settings), external=url
        )
    return Part(
        name="clickhouse",
        title="ClickHouse",
        port=settings.clickhouse_port,
        port_setting="UPBEAT_CLICKHOUSE_PORT",
        check=lambda: check_clickhouse(settings),
        launch=lambda progress: _launch_clickhouse(settings, where),
    )


def _launch_clickhouse(settings: Settings, where: Places) -> Launch:
    password = private_file(
        where.run / "clickhouse.password", settings.clickhouse_password.get_secret_value() + "\n"
    )
    folder = where.folder("clickhouse")
    return Launch(
        command=[
            sys.executable, "-m", "upbeat.embedded.clickhouse_face",
            "--path", str(folder), "--port", str(settings.clickhouse_port),
            "--user", settings.clickhouse_user, "--password-file", str(password),
            "--max-memory", str(settings.clickhouse_max_memory_bytes),
        ],
        environment={**_plain_environment(), **s3_environment(settings), **_live_postgres(settings, where)},
        folder=folder,
    )  # fmt: skip


def _live_postgres(settings: Settings, where: Places) -> dict[str, str]:
    """What the engine's Postgres client reads beside the address: the password from a file, so that it stands in no statement."""
    from upbeat.stores.warehouse_role import password_line

    passwords = private_file(where.run / "clickhouse.pgpass", password_line(settings) + "\n")
    given = {f"PG{name.upper()}": value for name, value in tls_parameters(settings).items()}
    return {"PGPASSFILE": str(passwords), **given}


def check_clickhouse(settings: Settings) -> str | None:
    """None when ClickHouse accepts our login and answers a query."""
    query = urlencode({"query": "SELECT 1"})
    return check_http(
        f"{settings.clickhouse_http_url()}/?{query}",
        headers={
            "X-ClickHouse-User": settings.clickhouse_user,
            "X-ClickHouse-Key": settings.clickhouse_password.get_secret_value(),
        },
    )


def sandbox_part(settings: Settings, where: Places) -> Part:
    """The stand-ins for the upstream APIs; not wanted when requests go to the real ones."""
    return Part(
        name="sandbox",
        title="sandbox of upstream APIs",
        port=settings.sandbox_port,
        port_setting="UPBEAT_SANDBOX_PORT",
        check=lambda: check_http(f"{settings.sandbox_url()}/", below=500),
        launch=lambda progress: _launch_sandbox(settings, where),
    )


def _launch_sandbox(settings: Settings, where: Places) -> Launch:
    folder = where.folder("sandbox")
    return Launch(
        command=[
            sys.executable, "-m", "upbeat.sandbox",
            "--port", str(settings.sandbox_port), "--state", str(folder / "world.json"),
        ],
        environment=_plain_environment(),
        folder=folder,
    )  # fmt: skip


def s3_environment(settings: Settings) -> dict[str, str]:
    """What every AWS tool and library needs to reach our S3, and the embedded ClickHouse for its `s3()` functions."""
    return {
        "AWS_ACCESS_KEY_ID": settings.s3_access_key_id.get_secret_value(),
        "AWS_SECRET_ACCESS_KEY": settings.s3_secret_access_key.get_secret_value(),
        "AWS_DEFAULT_REGION": settings.s3_region,
        "AWS_REGION": settings.s3_region,
        "AWS_ENDPOINT_URL_S3": settings.s3_endpoint(),
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


def _plain_environment() -> dict[str, str]:
    """Our environment without settings, also those of a person's own Postgres: each part gets those that it needs."""
    ours = ("UPBEAT_", "RCLONE_", "PG")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}
