"""Backups of Postgres in S3: `pg_dump` of the whole database, with a manifest written last, so that half a one is none.

The published tables' versions before (`app_old`, `app_next`) are left out, tables and all: a sync makes them anew, and a
rollback would take an empty one for the version before. Credentials stay encrypted as they are in the database; without
`UPBEAT_CREDENTIAL_KEY` nobody reads them out of a backup.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg import conninfo
from pydantic import SecretStr

from upbeat.errors import InputError, StoreUnavailableError, VerificationError
from upbeat.operations.postgres_programs import connection_environment, program
from upbeat.settings import Settings
from upbeat.stores.named_sql import load_statements
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import transaction

_SQL = load_statements(Path(__file__).with_suffix(".sql"))
FOLDER = "backups"
_NOT_KEPT = ("app_next.*", "app_old.*")
_LONGEST_SECONDS = 3 * 3600


@dataclass(frozen=True, slots=True)
class Backup:
    """One complete backup. `bytes` is of the dump; `rows` counts what cannot be made anew, just before the dump: more may be in it."""

    name: str
    database: str
    schema_version: str
    server_version: int
    created_at: str
    bytes: int
    sha256: str
    rows: dict[str, int]


def create_backup(settings: Settings, now: datetime | None = None) -> Backup:
    """Dump the database of the settings to S3.

    Raises:
        InputError: no `pg_dump` is new enough, or it refuses: its reason.
        StoreUnavailableError: Postgres or S3 is away. A backup that was not finished is not listed.
    """
    name = f"{now or datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}"
    facts = _facts(settings)
    store = _store(settings)
    with tempfile.TemporaryDirectory(prefix="upbeat-backup-") as folder:
        dump = Path(folder) / "dump"
        excluded = [f"--exclude-table={pattern}" for pattern in _NOT_KEPT]
        arguments = ["--format=custom", "--no-owner", "--no-privileges", *excluded, f"--file={dump}"]
        _run(program("pg_dump", facts.server_version), arguments, settings.postgres_dsn())
        digest = _sha256(dump)
        store.put_file(_dump_key(name), dump)
        backup = Backup(
            name=name,
            database=facts.database,
            schema_version=facts.schema_version,
            server_version=facts.server_version,
            created_at=(now or datetime.now(UTC)).isoformat(),
            bytes=dump.stat().st_size,
            sha256=digest,
            rows=facts.rows,
        )
    store.put(_manifest_key(name), orjson.dumps(asdict(backup), option=orjson.OPT_INDENT_2))
    return backup


def list_backups(settings: Settings) -> list[Backup]:
    """The complete backups, the newest first. Raises StoreUnavailableError."""
    store = _store(settings)
    manifests = [key for key in store.keys(f"{FOLDER}/") if key.endswith("/manifest.json")]
    return [Backup(**orjson.loads(store.get(key))) for key in sorted(manifests, reverse=True)]


def forget_old(settings: Settings, keep: int) -> list[str]:
    """Delete all but the `keep` newest backups, and what a backup left that did not come to its end before the oldest kept.

    Returns:
        The names of those deleted.
    """
    store = _store(settings)
    kept = {backup.name for backup in list_backups(settings)[:keep]}
    if not kept:
        return []
    old: dict[str, list[str]] = {}
    for key in store.keys(f"{FOLDER}/"):
        name = key.split("/")[1]
        if name not in kept and name < min(kept):
            old.setdefault(name, []).append(key)
    for keys in old.values():
        # The manifest first: a backup that is half gone must not be listed.
        for key in sorted(keys, key=lambda key: not key.endswith("/manifest.json")):
            store.delete(key)
    return sorted(old)


def restore_backup(settings: Settings, backup: Backup, dsn: str) -> dict[str, int]:
    """Bring a backup into an empty database, in one transaction.

    Args:
        dsn: URL of the database.

    Returns:
        The rows of the tables that the manifest counts.

    Raises:
        InputError: the database is not empty, or `pg_restore` refuses: its reason.
        VerificationError: the dump in S3 is not what was written.
        StoreUnavailableError: Postgres or S3 is away.
    """
    target = settings.model_copy(update={"postgres_url": SecretStr(dsn)})
    _refuse_what_is_there(target)
    with tempfile.TemporaryDirectory(prefix="upbeat-restore-") as folder:
        dump = Path(folder) / "dump"
        _store(settings).get_file(_dump_key(backup.name), dump)
        if _sha256(dump) != backup.sha256:
            raise VerificationError(f"backup {backup.name}: the dump in S3 is not the one that was written")
        arguments = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        database = conninfo.conninfo_to_dict(dsn)["dbname"]
        _run(
            program("pg_restore", backup.server_version), [*arguments, f"--dbname={database}", str(dump)], dsn
        )
    return _facts(target).rows


def backup_named(settings: Settings, name: str | None) -> Backup:
    """The backup of this name; without one the newest. Raises InputError that names what there is."""
    found = list_backups(settings)
    for backup in found:
        if name in (None, backup.name):
            return backup
    names = ", ".join(backup.name for backup in found[:5]) or "none: `upbeat backup create` makes one"
    raise InputError(f"backup={name or 'the newest'}: there is no such backup: there is {names}")


@dataclass(frozen=True, slots=True)
class _Facts:
    database: str
    server_version: int
    schema_version: str
    rows: dict[str, int]


def _facts(settings: Settings) -> _Facts:
    with transaction(settings, application="upbeat:backup") as connection:
        row: Any = connection.execute(_SQL["facts"].encode()).fetchone()
    return _Facts(**row)


def _refuse_what_is_there(settings: Settings) -> None:
    with transaction(settings, application="upbeat:restore") as connection:
        row: Any = connection.execute(_SQL["schemas_there"].encode()).fetchone()
    if row["found"]:
        raise InputError(
            f"database {row['database']}: it has the schemas {row['found']}: restore into an empty database"
        )


def _run(command: Path, arguments: Sequence[str], dsn: str) -> None:
    try:
        done = subprocess.run(
            [command, *arguments],
            env=connection_environment(dsn),
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StoreUnavailableError(f"{command.name}: not done after {_LONGEST_SECONDS} s") from error
    if done.returncode:
        reason = " ".join((done.stderr or "it did not say why").split())[:400]
        raise InputError(f"{command.name}: {reason}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _store(settings: Settings) -> ObjectStore:
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    return store


def _dump_key(name: str) -> str:
    return f"{FOLDER}/{name}/dump"


def _manifest_key(name: str) -> str:
    return f"{FOLDER}/{name}/manifest.json"
