"""A stale `postmaster.pid` never keeps Postgres from starting, and a running Postgres is never robbed of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from upbeat.embedded.postgres import running_postmaster


@pytest.mark.parametrize("pid", [os.getpid(), 1, 2**22 - 3], ids=["living program", "init", "nobody"])
def test_a_pid_that_is_no_postgres_of_this_folder_is_removed(tmp_path: Path, pid: int) -> None:
    file = tmp_path / "postmaster.pid"
    file.write_text(f"{pid}\n{tmp_path}\n")
    assert running_postmaster(tmp_path) is None
    assert not file.exists()


def test_no_file_means_no_postgres(tmp_path: Path) -> None:
    assert running_postmaster(tmp_path) is None
