"""Makes the files of secrets that `docker-compose.yml` mounts: once, at random, each in a file of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

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


class SecretFiles(NamedTuple):
    """The names of the files, by what became of them."""

    made: list[str]
    changed: list[str]
    """Configurations of the stores that were there and follow their template and the passwords."""
    kept: list[str]
    stale: list[str]
    """Kept logins that hold another password than the file that it comes from."""


def make_secrets(folder: Path) -> SecretFiles:
    """Write the files that are missing. A password or login that is there is never changed: somebody may have put a host or
    a password of their own into it. The stores' configurations are made anew from the passwords and this release's templates.

    The folder is closed to others (0700). Its files are readable (0444): a container's user, whose number is not that of
    the folder's owner, reads them through the mount.

    Raises:
        InputError: the folder cannot be written, or a file in it cannot be read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        there = {path.name: _read(path) for path in folder.iterdir() if path.is_file()}
        values = {name: there.get(name) or make() for name, make in _RANDOM.items()}
        logins, configurations = _logins(values), _configurations(values)
        kept = {name: there.get(name) or text for name, text in {**_part_logins(), **logins}.items()}
        wanted = {**values, **kept, **configurations}
        for name, text in wanted.items():
            if there.get(name) != text.strip():
                _write(folder / name, text)
    except OSError as error:
        raise InputError(f"folder={folder}: {error.strerror}: {error.filename or ''}".rstrip(": ")) from error
    changed = {name for name, text in configurations.items() if there.get(name) not in (None, text.strip())}
    return SecretFiles(
        made=sorted(wanted.keys() - there.keys()),
        changed=sorted(changed),
        kept=sorted(wanted.keys() & there.keys() - changed),
        stale=sorted(name for name, text in logins.items() if _is_stale(kept[name], text)),
    )


def _is_stale(kept: str, made: str) -> bool:
    """Whether a login is of the user of the one that would be made now, with another password."""
    there, wanted = urlsplit(kept), urlsplit(made)
    return there.username == wanted.username and there.password != wanted.password


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(
            f"folder={path.parent}: {path.name} is no text: take it out of the folder"
        ) from error


def _logins(values: dict[str, str]) -> dict[str, str]:
    """Logins that hold one of the passwords, with the names of the compose file's services as hosts."""
    owner, redis, rabbitmq = (
        quote(values[f"{name}_password"], safe="") for name in ("postgres_owner", "redis", "rabbitmq")
    )
    return {
        "postgres_url_owner": f"postgresql://upbeat:{owner}@postgres:5432/upbeat",
        "redis_url": f"redis://:{redis}@redis:6379/0",
        "celery_broker_url": f"redis://:{redis}@redis:6379/1",
        "celery_result_backend": f"db+postgresql://upbeat:{owner}@postgres:5432/upbeat_airflow",
        "rabbitmq_url": f"amqp://upbeat:{rabbitmq}@rabbitmq:5672/%2F",
    }


def _part_logins() -> dict[str, str]:
    """Logins of the parts, whose passwords stand nowhere else."""
    return {
        f"postgres_url_{part}": f"postgresql://upbeat_{part}:{_password()}@postgres:5432/upbeat"
        for part in LOGIN_PARTS
    }


def _configurations(values: dict[str, str]) -> dict[str, str]:
    """The stores' own files, from `include/deploy/templates`. ClickHouse gets hashes of its users' passwords."""
    hashes = {f"{name}_sha256": hashlib.sha256(text.encode()).hexdigest() for name, text in values.items()}
    in_xml = {name: escape(text) for name, text in values.items()}
    return {
        path.name: path.read_text(encoding="utf-8").format(
            **(in_xml if path.name.startswith("clickhouse") else values), **hashes
        )
        for path in sorted(TEMPLATES.iterdir())
    }


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # Whatever the umask takes away: a container could not read it.
        os.fchmod(descriptor, 0o444)
        # A secret ends without a line's end: what `cat` gives to Airflow is taken as it is.
        file.write(text)
    temporary.replace(path)
