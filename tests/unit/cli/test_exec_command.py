"""`upbeat exec` becomes another program that finds everything in its environment, secrets included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TELL = "import json, os; print(json.dumps(dict(os.environ)))"


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    told = {
        "PATH": os.environ["PATH"], "UPBEAT_DOTENV": "", "UPBEAT_STATE_DIR": str(folder / "state"),
        "UPBEAT_SECRETS_DIR": str(folder), **variables,
    }  # fmt: skip
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", "exec", *arguments]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=240)


def test_the_program_gets_the_secrets_of_the_files_and_what_is_said_of_airflow_wins(tmp_path: Path) -> None:
    (tmp_path / "upbeat_clickhouse_password").write_text("from the folder\n")
    (tmp_path / "named").write_text("postgresql://me:p%40w@db.example/product")
    done = run(
        tmp_path, sys.executable, "-c", TELL, "--not-an-option-of-ours",
        UPBEAT_POSTGRES_URL_FILE=str(tmp_path / "named"),
        AIRFLOW__CORE__EXECUTOR="CeleryExecutor",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD="cat elsewhere",
    )  # fmt: skip
    environment = json.loads(done.stdout)
    assert environment["UPBEAT_CLICKHOUSE_PASSWORD"] == "from the folder"
    assert environment["UPBEAT_POSTGRES_URL"] == "postgresql://me:p%40w@db.example/product"
    assert "UPBEAT_POSTGRES_URL_FILE" not in environment
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in environment, "a command gives it"
    assert json.loads(environment["AIRFLOW_CONN_UPBEAT_POSTGRES"])["password"] == "p@w"


def test_airflow_finds_its_password_in_a_file_of_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "upbeat_airflow_admin_password").write_text("geheim")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "celery").write_text("#!/bin/sh\necho $AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE\n")
    (programs / "celery").chmod(0o755)
    done = run(tmp_path, "celery", PATH=f"{programs}:{os.environ['PATH']}")
    file = Path(done.stdout.strip())
    assert json.loads(file.read_text()) == {"admin": "geheim"}
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize("program", ["no-such-program", "/"])
def test_a_program_that_cannot_be_run_is_one_line(tmp_path: Path, program: str) -> None:
    done = run(tmp_path, program)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"error: program={program}: cannot be run: ")
