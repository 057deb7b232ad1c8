"""A program that is too old for the server is passed over; where all are, the error says what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.operations.postgres_programs import connection_environment, major_version, program


def fake(folder: Path, version: str) -> Path:
    folder.mkdir()
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    path.chmod(0o755)
    return path


def test_the_first_that_is_new_enough_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = fake(tmp_path / "a", "14.11 (Debian 14.11-1)"), fake(tmp_path / "b", "17.2")
    monkeypatch.setenv("PATH", f"{old.parent}:{new.parent}:/usr/bin:/bin")
    assert (major_version(old), major_version(new)) == (14, 17)
    assert program("pg_dump", 14) == old
    assert program("pg_dump", 15) == new
    assert major_version(program("pg_dump", 18)) == 18, "the one that the embedded Postgres comes with"


def test_where_all_are_too_old_the_error_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake(tmp_path / "a", "14.11")
    monkeypatch.setenv("PATH", str(old.parent))
    with pytest.raises(
        InputError, match=r"the server is Postgres 99, found .*/a/pg_dump \(.*put a newer one on PATH"
    ):
        program("pg_dump", 99)


def test_a_connection_goes_by_the_environment_not_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "somebody-elses")
    told = connection_environment("postgresql://u:p%40ss@db.example:6000/upbeat?sslmode=require")
    postgres = {name: value for name, value in told.items() if name.startswith("PG")}
    assert postgres == {
        "PGHOST": "db.example", "PGPORT": "6000", "PGUSER": "u", "PGPASSWORD": "p@ss", "PGDATABASE": "upbeat",
        "PGSSLMODE": "require",
    }  # fmt: skip
