"""`include/make/check.sh` over stand-ins of its tools: it runs all, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.waiting import wait_until

from upbeat.settings import REPOSITORY

SCRIPT = REPOSITORY / "include" / "make" / "check.sh"
TOOLS = ("ruff", "mypy", "lint-imports", "pytest", "hadolint", "caddy")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of tools that all succeed, and python itself."""
    for name in TOOLS:
        tool(tmp_path / name, "exit 0")
    (tmp_path / "python").symlink_to(sys.executable)
    return tmp_path


def tool(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def start(tools: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["sh", str(SCRIPT)],
        env={**os.environ, "BIN": str(tools)},
        cwd=tools,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # What runs in a shell's background ignores it, and a shell cannot take that back.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_a_check_that_fails_is_shown_and_the_others_run(tools: Path) -> None:
    tool(tools / "mypy", "echo found something; exit 1")
    process = start(tools)
    told, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "found something\n\n  FAIL  mypy" in told
    assert "  ok    import-linter" in told


def test_of_two_checks_that_run_at_once_the_one_that_fails_is_named(tools: Path) -> None:
    tool(tools / "mypy", "sleep 1; exit 0")
    tool(tools / "pytest", "echo a policy is broken; exit 1")
    process = start(tools)
    told, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "  ok    mypy" in told
    assert "a policy is broken\n\n  FAIL  policies" in told
    assert told.endswith(" policies\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_checks_that_run_and_their_children(
    tools: Path, number: signal.Signals, code: int
) -> None:
    at_once = ("mypy", "pytest")
    for name in at_once:
        tool(tools / name, f"sleep 300 & echo $$ $! > {name}.tmp; mv {name}.tmp {name}.started; wait")
    process = start(tools)
    files = [tools / f"{name}.started" for name in at_once]
    wait_until(lambda: all(file.exists() for file in files))
    family = [psutil.Process(int(pid)) for file in files for pid in file.read_text().split()]
    give_up = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < give_up:
        # As a person would: some shells lose a signal that comes just as they begin to wait.
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=2)
    assert process.returncode == code
    assert psutil.wait_procs(family, timeout=240)[1] == []
