"""Failpoints kill where they are armed, and only there."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
from upbeat.failpoints import failpoint
for _ in range(3):
    failpoint("here")
    print("passed", flush=True)
"""


def run(armed: str | None) -> subprocess.CompletedProcess[str]:
    environment = {} if armed is None else {"UPBEAT_FAILPOINT": armed}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("armed", [None, "elsewhere", "her"])
def test_an_unarmed_failpoint_does_nothing(armed: str | None) -> None:
    result = run(armed)
    assert result.returncode == 0
    assert result.stdout.count("passed") == 3


@pytest.mark.parametrize(("armed", "passes"), [("here", 0), ("here:2", 1)])
def test_an_armed_failpoint_kills_the_process_at_the_pass_it_names(armed: str, passes: int) -> None:
    result = run(armed)
    assert result.returncode == -signal.SIGKILL
    assert result.stdout.count("passed") == passes
