"""What died under the tests is told at the end of the run, whichever process of it has seen it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.settings import REPOSITORY

CONFTEST = """
from tests.parts_that_died import TOLD_AS, report_died
def pytest_runtest_setup(item):
    if item.name == "test_after":
        item.user_properties.append((TOLD_AS, "redis died, its log: the last words"))
def pytest_terminal_summary(terminalreporter):
    report_died(terminalreporter)
"""


@pytest.mark.parametrize("processes", ["0", "2"])
@pytest.mark.parametrize("name", ["test_after", "test_other"])
def test_the_summary_tells_once_what_died_although_all_tests_passed(
    tmp_path: Path, processes: str, name: str
) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(f"def {name}(): pass\ndef test_one_more(): pass\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        processes,
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
    ]
    done = subprocess.run(
        [*command, "-c", "/dev/null", tmp_path],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert done.stdout.count("redis died, its log: the last words") == (name == "test_after")
    assert done.stdout.count("parts of the stack that died") == (name == "test_after")
