"""Makes the files of secrets that `docker-compose.yml` mounts: once, at random, each in a file of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY
from upbeat.stores.part_roles import LOGIN_PARTS

TEMPLATES = REPOSITORY / "include" / "deploy" / "templates"


def _password() -> str:
    # Letters, digits, - and _: the same in a URL, in XML and in a configuration file.
    return secrets.token_urlsafe(32)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


_RANDOM: dict[str, Callable[[], str]] = {
    "postgres_superuser_password": _password,
    "postgres_owner_password": _password,
    "postgres_warehouse_password": _password,
    "clickhouse_password": _password,
    "clickhouse_sink_password": _password,
    "clickhouse_reader_password": _password,
    "redis_password": _password,
    "rabbitmq_password": _password,
    "s3_access_key_id": lambda: f"UPBEAT{secrets.token_hex(7).upper()}",
    "s3_secret_access_key": lambda: secrets.token_hex(20),
    "credential_key": _fernet_key,
    "api_secret": _password,
    "airflow_admin_password": lambda: secrets.token_urlsafe(16),
    "airflow_fernet_key": _fernet_key,
    "airflow_jwt_secret": lambda: secrets.token_urlsafe(48),
}


def make_secrets(folder: Path) -> tuple[list[str], list[str]]:
    """Write the files that are missing; one that is there is never changed, and what is derived follows it.

    The folder is closed to others (0700). Its files are readable (0444): a container's user, whose number is not that of
    the folder's owner, reads them through the mount.

    Returns:
        The names of the files that were made, and of those that were there.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        there = {path.name for path in folder.iterdir()}
        values = {name: _kept(folder / name, make) for name, make in _RANDOM.items()}
        derived = {**_urls(folder, values), **_configurations(values)}
        for name, text in derived.items():
            _write(folder / name, text)
    except OSError as error:
        raise InputError(f"folder={folder}: {error.strerror}: {error.filename or ''}".rstrip(": ")) from error
    names = sorted({*values, *derived})
    return [name for name in names if name not in there], [name for name in names if name in there]


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        _write(path, make())
    return path.read_text(encoding="utf-8").strip()


def _urls(folder: Path, values: dict[str, str]) -> dict[str, str]:
    """Logins with the names of the compose file's services as hosts."""
    owner, redis = values["postgres_owner_password"], values["redis_password"]
    urls = {
        "postgres_url_owner": f"postgresql://upbeat:{owner}@postgres:5432/upbeat",
        "redis_url": f"redis://:{redis}@redis:6379/0",
        "celery_broker_url": f"redis://:{redis}@redis:6379/1",
        "celery_result_backend": f"db+postgresql://upbeat:{owner}@postgres:5432/upbeat_airflow",
        "rabbitmq_url": f"amqp://upbeat:{values['rabbitmq_password']}@rabbitmq:5672/%2F",
    }
    for part in LOGIN_PARTS:
        name = f"postgres_url_{part}"
        made = folder / name
        urls[name] = (
            made.read_text(encoding="utf-8").strip()
            if made.exists()
            else f"postgresql://upbeat_{part}:{_password()}@postgres:5432/upbeat"
        )
    return urls


def _configurations(values: dict[str, str]) -> dict[str, str]:
    """The stores' own files, from `include/deploy/templates`. ClickHouse gets hashes of its users' passwords."""
    hashes = {f"{name}_sha256": hashlib.sha256(text.encode()).hexdigest() for name, text in values.items()}
    return {
        path.name: path.read_text(encoding="utf-8").format(**values, **hashes)
        for path in sorted(TEMPLATES.iterdir())
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "w", encoding="utf-8"
    ) as file:
        # A secret ends without a line's end: what `cat` gives to Airflow is taken as it is.
        file.write(text)
    temporary.replace(path)
