"""Programs are ended by their own process ids, and only they."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from upbeat.embedded import processes
from upbeat.embedded.part import Launch, StackError

PARENT_OF_ONE = (
    "import subprocess, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def spawn(tmp_path: Path) -> Callable[[str], processes.Record]:
    def start(program: str) -> processes.Record:
        launch = Launch(command=[sys.executable, "-c", program], environment=os.environ, folder=tmp_path)
        return processes.spawn("part", launch, log=tmp_path / "part.log")

    return start


def first_line(record: processes.Record) -> str:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if text := Path(record.log).read_text():
            return text.split("\n")[0]
        time.sleep(0.02)
    raise AssertionError("the program wrote nothing")


def test_a_program_and_its_children_are_ended(spawn: Callable[[str], processes.Record]) -> None:
    record = spawn(PARENT_OF_ONE)
    child = int(first_line(record))
    processes.stop(record, first_signal=signal.SIGTERM, seconds=10)
    assert not record.alive()
    assert processes.birth_mark(child) is None


def test_children_of_a_killed_program_are_ended(spawn: Callable[[str], processes.Record]) -> None:
    record = spawn(PARENT_OF_ONE)
    child = int(first_line(record))
    os.kill(record.pid, signal.SIGKILL)
    while record.alive():
        time.sleep(0.02)
    assert processes.birth_mark(child) is not None
    processes.stop(record, first_signal=signal.SIGTERM, seconds=10)
    assert processes.birth_mark(child) is None


def test_a_program_that_does_not_end_is_killed_and_that_is_said(
    spawn: Callable[[str], processes.Record],
) -> None:
    record, said = spawn(DEAF), list[str]()
    first_line(record)
    processes.stop(record, first_signal=signal.SIGTERM, seconds=0.3, say=said.append)
    assert not record.alive()
    assert said == ["1 process(es) did not end within 0 s and are killed"]


def test_a_recycled_process_id_is_never_signalled(spawn: Callable[[str], processes.Record]) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        time.sleep(0.05)  # the birth mark counts in hundredths of a second
        stale = replace(spawn("pass"), pid=stranger.pid)
        assert not stale.alive()
        processes.stop(stale, first_signal=signal.SIGKILL, seconds=1)
        assert stranger.poll() is None
        assert psutil.Process(stranger.pid).is_running()
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux names its boots")
def test_nothing_is_signalled_by_a_record_from_before_a_restart_of_the_machine(
    spawn: Callable[[str], processes.Record],
) -> None:
    record = spawn(PARENT_OF_ONE)
    child = int(first_line(record))
    os.kill(record.pid, signal.SIGKILL)
    while record.alive():
        time.sleep(0.02)
    older = replace(record, birth="another-boot/1")
    assert not older.of_this_boot()
    processes.stop(older, first_signal=signal.SIGTERM, seconds=1)
    assert processes.birth_mark(child) is not None
    processes.stop(record, first_signal=signal.SIGTERM, seconds=1)
    assert processes.birth_mark(child) is None


def test_a_dead_program_is_not_alive_even_as_a_zombie(spawn: Callable[[str], processes.Record]) -> None:
    record = spawn("pass")
    deadline = time.monotonic() + 240
    while record.alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not record.alive()


def test_a_record_survives_being_written_and_read(
    tmp_path: Path, spawn: Callable[[str], processes.Record]
) -> None:
    record = spawn("pass")
    processes.write_record(tmp_path / "part.json", record)
    assert processes.read_record(tmp_path / "part.json") == record
    (tmp_path / "part.json").write_text('{"pid": 1')
    assert processes.read_record(tmp_path / "part.json") is None


def test_a_program_that_does_not_exist_is_one_readable_line(tmp_path: Path) -> None:
    launch = Launch(command=["/nowhere/program"], environment={}, folder=tmp_path)
    with pytest.raises(StackError, match="part cannot be started: /nowhere/program: No such file"):
        processes.spawn("part", launch, log=tmp_path / "part.log")


def test_the_tail_of_a_log_shows_no_password(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)) + "postgresql://upbeat:geheim@127.0.0.1/x\n")
    tail = processes.log_tail(log, lines=3)
    assert tail.splitlines()[0].strip() == "line 98"
    assert "geheim" not in tail


PLAIN = """12:00 INFO started
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    main()
    ~~~~^^
psycopg.OperationalError: refused: postgresql://u:secret@127.0.0.1/x

"""
BOXED = """OperationalError: connection refused
╭─────────── Traceback (most recent call last) ───────────╮
│ a.py:1 in main                                          │
╰─────────────────────────────────────────────────────────╯
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PLAIN, "psycopg.OperationalError: refused: postgresql://u:***@127.0.0.1/x"),
        (BOXED, "OperationalError: connection refused"),
        ("ready\n  shutting down\n", "ready"),
        ("   only this\n", "only this"),
        ("x" * 5_000, "x" * 300),
        ("\n\n", "none"),
    ],
)
def test_the_last_words_of_a_log_are_its_error_without_frames_and_secrets(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "part.log").write_text(text, encoding="utf-8")
    assert processes.last_words(tmp_path / "part.log") == words
    assert processes.last_words(tmp_path / "none.log") == "none"
