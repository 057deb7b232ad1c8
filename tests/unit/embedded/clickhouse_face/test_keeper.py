"""A process is kept alive by another, which knows when to give up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from upbeat.embedded.processes import birth_mark

# Each life of the kept program adds a line to a file; which life it is decides how it ends.
KEPT = """
import os, signal, sys, time
file, ends = sys.argv[1], sys.argv[2].split(",")
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
with open(file, "a+") as lines:
    lines.write(f"{os.getpid()}\\n"); lines.flush(); lines.seek(0)
    life = len(lines.readlines())
end = ends[min(life, len(ends)) - 1]
if end == "stays":
    os.read(int(sys.argv[sys.argv.index("--keeper") + 1]), 1)
    sys.exit(0)
os.kill(os.getpid(), int(end[1:])) if end[0] == "-" else sys.exit(int(end))
"""
KEEPER = """
import sys
from upbeat.embedded.clickhouse_face.keeper import Keeper
from upbeat.logs import configure_logging
configure_logging(json=True)
sys.exit(Keeper(sys.argv[1:], pauses=(0.0, 0.1)).run(lambda: print("stopping", flush=True)))
"""


class Kept:
    """A keeper in a process of its own, and the file with the lives of what it keeps."""

    def __init__(self, folder: Path, ends: str) -> None:
        self._file = folder / "lives"
        command = [sys.executable, "-c", KEEPER, sys.executable, "-c", KEPT, str(self._file), ends]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def lives(self) -> list[int]:
        return [int(line) for line in self._file.read_text().split()] if self._file.exists() else []

    def wait_for_lives(self, count: int) -> None:
        give_up = time.monotonic() + 240
        while len(self.lives()) < count and time.monotonic() < give_up:
            time.sleep(0.02)
        assert len(self.lives()) == count

    def end(self) -> tuple[int, str, str]:
        output, log = self.process.communicate(timeout=240)
        return self.process.returncode, output, log


@pytest.mark.parametrize(
    ("ends", "lives", "code", "said"),
    [
        ("2", 1, 2, ""),  # unusable input
        ("1", 1, 1, ""),  # it did not get up: its own words say why
        ("-9,2", 2, 2, '"ended": "SIGKILL"'),
        ("-6,1,0,2", 3, 1, '"ended": "exit code 0"'),
        ("-11", 3, 1, '"ended": "SIGSEGV"'),
    ],
)
def test_it_is_started_again_unless_that_is_of_no_use(
    tmp_path: Path, ends: str, lives: int, code: int, said: str
) -> None:
    kept = Kept(tmp_path, ends)
    ended, output, log = kept.end()
    assert (ended, output, len(kept.lives())) == (code, "", lives), log
    assert said in log
    assert ("clickhouse_engine_given_up" in log) == (lives == 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_in_order(tmp_path: Path, number: signal.Signals) -> None:
    kept = Kept(tmp_path, "-9,stays")
    kept.wait_for_lives(2)
    kept.process.send_signal(number)
    assert kept.end()[:2] == (0, "stopping\n")
    assert birth_mark(kept.lives()[-1]) is None


def test_what_it_keeps_sees_its_end(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "stays")
    kept.wait_for_lives(1)
    kept.process.kill()
    kept.end()  # the output ends with the last process that holds it, which may be on its way out
    give_up = time.monotonic() + 240
    while birth_mark(kept.lives()[0]) is not None and time.monotonic() < give_up:
        time.sleep(0.01)
    assert birth_mark(kept.lives()[0]) is None
