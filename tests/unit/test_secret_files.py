"""Secrets come from files, in their place between the environment and `.env`, and are told to nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.secret_files import LARGEST_BYTES, secret_names
from upbeat.settings import Settings

SECRET = "geheim %@ ü"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The secrets' folder; nothing of this machine's is read."""
    monkeypatch.setenv("UPBEAT_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("UPBEAT_DOTENV", str(tmp_path / "person.env"))
    monkeypatch.setenv("UPBEAT_STATE_DIR", str(tmp_path / "state"))
    for name in ("REDIS_PASSWORD", "POSTGRES_URL", "API_SECRET"):
        monkeypatch.delenv(f"UPBEAT_{name}", raising=False)
    return tmp_path


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_its_file_without_the_last_end_of_line(folder: Path, end: str) -> None:
    (folder / "upbeat_redis_password").write_bytes(f" {SECRET}{end}".encode())
    assert Settings().redis_password.get_secret_value() == f" {SECRET}"


def test_the_environment_wins_over_a_named_file_over_the_folder_over_dotenv(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def password() -> str:
        return Settings().redis_password.get_secret_value()

    (folder / "person.env").write_text("UPBEAT_REDIS_PASSWORD=dotenv\n")
    assert password() == "dotenv"
    (folder / "upbeat_redis_password").write_text("folder")
    assert password() == "folder"
    (folder / "elsewhere").write_text("named")
    monkeypatch.setenv("UPBEAT_REDIS_PASSWORD_FILE", str(folder / "elsewhere"))
    assert password() == "named"
    monkeypatch.setenv("UPBEAT_REDIS_PASSWORD", "environment")
    assert password() == "environment"


def test_an_empty_file_is_no_secret(folder: Path) -> None:
    (folder / "upbeat_redis_password").write_text("\n")
    (folder / "person.env").write_text("UPBEAT_REDIS_PASSWORD=dotenv\n")
    assert Settings().redis_password.get_secret_value() == "dotenv"


def test_a_url_with_a_password_and_a_url_that_is_none_are_checked_as_ever(folder: Path) -> None:
    file = folder / "upbeat_postgres_url"
    file.write_text("postgres://me:p%40w@db.example/x\n")
    assert Settings().postgres_dsn() == "postgresql://me:p%40w@db.example/x"
    file.write_text(SECRET)
    with pytest.raises(ValueError, match="postgres_url") as refused:
        Settings()
    assert "is no URL postgresql" in str(refused.value)


def test_all_secrets_and_nothing_else_may_have_a_file(folder: Path) -> None:
    names = secret_names(Settings)
    assert {"postgres_url", "redis_password", "credential_key", "api_secret", "sync_ssh_private_key"} <= set(
        names
    )
    assert "postgres_port" not in names
    (folder / "upbeat_postgres_port").write_text("1")
    assert Settings().postgres_port == Settings.model_fields["postgres_port"].default


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"x" * (LARGEST_BYTES + 1), "larger than"),
    ],
)
def test_a_named_file_that_cannot_be_used_is_refused_by_name_and_never_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, problem: str
) -> None:
    path = folder / "wrong"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("UPBEAT_API_SECRET_FILE", str(path))
    with pytest.raises(InputError, match=problem) as refused:
        Settings()
    assert "UPBEAT_API_SECRET_FILE" in str(refused.value)


def test_a_folder_that_may_not_be_looked_into_is_refused_when_it_was_named_and_else_is_somebody_elses(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_file = Path.is_file

    def refuse(path: Path) -> bool:
        """Who runs the tests may be root, who may look everywhere."""
        if path.name.startswith("upbeat_"):
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(InputError, match=r"UPBEAT_SECRETS_DIR: .*: Permission denied"):
        Settings()
    monkeypatch.delenv("UPBEAT_SECRETS_DIR")
    monkeypatch.setenv("UPBEAT_DOTENV", "")
    assert Settings().redis_password.get_secret_value() == ""


def test_the_command_says_that_a_value_came_from_a_file_and_not_what_it_is(folder: Path) -> None:
    (folder / "upbeat_redis_password").write_text(SECRET)
    told = {
        "UPBEAT_SECRETS_DIR": str(folder), "UPBEAT_DOTENV": "", "UPBEAT_STATE_DIR": str(folder / "state"),
    }  # fmt: skip
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", "settings", "--json"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=True)
    row = {row["name"]: row for row in json.loads(done.stdout)}["redis_password"]
    assert (row["origin"], row["value"]) == ("secret file", "•••")
    assert SECRET not in done.stdout + done.stderr

    refused = subprocess.run(
        command,
        env={**told, "UPBEAT_REDIS_PASSWORD_FILE": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "UPBEAT_REDIS_PASSWORD_FILE: /nowhere cannot be read" in refused.stderr
