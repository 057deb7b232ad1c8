"""The command line answers at once, explains itself, and shows no secret."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from upbeat.cli import app
from upbeat.embedded.generated_secrets import ensure_secrets

HEAVY = {
    "pydantic",
    "httpx",
    "psycopg",
    "boto3",
    "rich",
    "structlog",
    "sqlalchemy",
    "airflow",
    "clickhouse_connect",
}


def commands(group: click.Command, path: str = "upbeat") -> dict[str, click.Command]:
    if not hasattr(group, "commands"):
        return {path: group}
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found |= commands(command, f"{path} {name}")
    return found


COMMANDS = commands(typer.main.get_command(app))


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
    variables = {"UPBEAT_DOTENV": "", **variables}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, upbeat.cli; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    text = COMMANDS[name].help or ""
    assert "Example" in text, f"{name}: the docstring needs a line `Example: …`"
    assert text.splitlines()[0].endswith((".", "?"))


def test_unusable_input_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    done = run("up", "mysql", UPBEAT_STATE_DIR=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: there is no part mysql: the parts are")
    assert done.stderr.count("\n") == 1


def test_down_and_status_of_nothing_create_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert run("down", UPBEAT_STATE_DIR=str(state)).stdout == "nothing was running\n"
    status = run("status", "--json", UPBEAT_STATE_DIR=str(state))
    assert status.returncode == 1
    assert {part["state"] for part in json.loads(status.stdout)} == {"stopped"}
    assert not state.exists()


def test_settings_hide_secrets_and_name_their_origin(tmp_path: Path) -> None:
    secrets = ensure_secrets(tmp_path).read_text()
    variables = {
        "UPBEAT_STATE_DIR": str(tmp_path),
        "UPBEAT_REDIS_PORT": "6000",
        "UPBEAT_POSTGRES_URL": "postgresql://me:geheim@db.example/product",
    }
    shown = run("settings", "--json", **variables)
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert (rows["redis_port"]["value"], rows["redis_port"]["origin"]) == ("6000", "environment")
    assert (rows["redis_password"]["value"], rows["redis_password"]["origin"]) == ("•••", "secrets.env")
    assert rows["s3_port"]["origin"] == "default"
    for text in (shown.stdout, run("settings", **variables).stdout):
        assert "geheim" not in text
        assert not any(line.partition("=")[2] in text for line in secrets.splitlines())


def test_delete_state_names_the_folder_and_deletes_it_only_with_yes(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ensure_secrets(state)
    assert "would delete" in run("delete-state", UPBEAT_STATE_DIR=str(state)).stdout
    assert state.exists()
    done = run("delete-state", "--yes", UPBEAT_STATE_DIR=str(state))
    assert (done.returncode, done.stdout) == (0, f"deleted: {state}\n")
    assert not state.exists()


def test_what_a_person_put_into_the_state_folder_is_never_deleted(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    (tmp_path / "thesis.txt").write_text("all I have")
    assert run("delete-state", "--yes", UPBEAT_STATE_DIR=str(tmp_path)).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "command", [("up", "redis"), ("env",), ("down",), ("status",), ("delete-state", "--yes")]
)
def test_a_folder_that_is_something_else_is_left_as_it_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    other = tmp_path / "var"
    (other / "run").mkdir(parents=True)
    (other / "run" / "lock").mkdir()
    (other / "data").mkdir()
    other.chmod(0o755)
    before = sorted(other.rglob("*"))
    done = run(*command, UPBEAT_STATE_DIR=str(other))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"UPBEAT_STATE_DIR={other} holds other files" in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(other.rglob("*")) == before
    assert stat.S_IMODE(other.stat().st_mode) == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else")
def test_the_state_folder_of_another_user_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    ensure_secrets(state)
    os.chown(state, 65534, 65534)
    for command in ("up", "env", "down", "status"):
        done = run(command, UPBEAT_STATE_DIR=str(state))
        assert done.returncode == 2
        assert done.stderr == (
            f"error: UPBEAT_STATE_DIR={state} belongs to another user: "
            "run as that user, or set it to another folder\n"
        )
