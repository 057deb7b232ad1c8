"""Passwords and keys of the embedded stack: generated once, kept in one file that only its owner can read."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from upbeat.settings import ENV_PREFIX, secrets_file


def _password() -> str:
    return secrets.token_urlsafe(24)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


_GENERATORS = {
    "postgres_password": _password,
    "postgres_warehouse_password": _password,
    "clickhouse_password": _password,
    "redis_password": _password,
    "rabbitmq_password": _password,
    # Letters and digits only: the pair travels through a CSV variable, and S3 tools quote other signs differently.
    "s3_access_key_id": lambda: f"UPBEAT{secrets.token_hex(7).upper()}",
    "s3_secret_access_key": lambda: secrets.token_hex(20),
    "credential_key": _fernet_key,
    "api_secret": lambda: secrets.token_urlsafe(48),
    "airflow_admin_password": lambda: secrets.token_urlsafe(12),
    "airflow_fernet_key": _fernet_key,
    "airflow_jwt_secret": lambda: secrets.token_urlsafe(48),
}


def ensure_secrets(state_dir: Path) -> Path:
    """Write `secrets.env` (mode 0600), or add to it what a newer version needs; known secrets never change.

    Returns:
        The path of the file.
    """
    path = secrets_file(state_dir)
    state_dir.mkdir(parents=True, exist_ok=True)
    with _locked(state_dir):
        _add_missing(path)
    return path


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two commands that start at once must not each make up a password."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _add_missing(path: Path) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    known = {line.partition("=")[0].strip() for line in text.splitlines()}
    missing = {name: make for name, make in _GENERATORS.items() if f"{ENV_PREFIX}{name.upper()}" not in known}
    if missing:
        if text and not text.endswith("\n"):
            text += "\n"  # somebody edited it: the next line must not become a part of the last secret
        lines = [f"{ENV_PREFIX}{name.upper()}={make()}\n" for name, make in missing.items()]
        temporary = path.with_suffix(".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "".join(lines))
        temporary.replace(path)
    path.chmod(0o600)
