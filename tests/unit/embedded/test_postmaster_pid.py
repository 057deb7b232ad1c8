"""A stale `postmaster.pid` never keeps Postgres from starting, and a running Postgres is never robbed of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from upbeat.embedded.postgres import remove_stale_pid_file


@contextmanager
def program_called_postgres(*arguments: str) -> Iterator[int]:
    """A process whose command line is that of a Postgres, in a working folder of its own."""
    command = ["postgres", "-c", "import sys; sys.stdin.read()", *arguments]
    with subprocess.Popen(command, executable=sys.executable, stdin=subprocess.PIPE, cwd="/") as process:
        yield process.pid


def pid_file(data: Path, pid: int) -> Path:
    data.mkdir(exist_ok=True)
    file = data / "postmaster.pid"
    file.write_text(f"{pid}\n{data}\n")
    return file


@pytest.mark.parametrize("pid", [os.getpid(), 1, 2**22 - 3], ids=["living program", "init", "nobody"])
def test_the_file_of_a_pid_that_is_no_postgres_is_removed(tmp_path: Path, pid: int) -> None:
    file = pid_file(tmp_path, pid)
    remove_stale_pid_file(tmp_path)
    assert not file.exists()


def test_the_file_of_a_postgres_of_another_folder_is_removed(tmp_path: Path) -> None:
    with program_called_postgres("-D", str(tmp_path / "other")) as pid:
        file = pid_file(tmp_path / "data", pid)
        remove_stale_pid_file(tmp_path / "data")
    assert not file.exists()


def test_a_running_postgres_of_this_folder_keeps_its_file_even_where_its_working_folder_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: psutil.Process) -> str:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "cwd", denied)
    with program_called_postgres("-D", str(tmp_path)) as pid:
        file = pid_file(tmp_path, pid)
        remove_stale_pid_file(tmp_path)
    assert file.exists()


def test_no_file_means_nothing_to_do(tmp_path: Path) -> None:
    remove_stale_pid_file(tmp_path)
    assert list(tmp_path.iterdir()) == []
