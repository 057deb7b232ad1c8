"""The commands of collection as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.collection_run import CollectionRun

from upbeat.embedded.settings_environment import settings_environment

_PROCESS = """
import contextlib, io, json, sys
from upbeat.cli import main
for line in sys.stdin:
    sys.argv = ["upbeat", *json.loads(line)]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


class CommandLine:
    """`upbeat` with the settings of a run: one process runs all commands, since its start takes longer than most of them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one command. A traceback ends the process, and the test with it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, (arguments, self._process.communicate()[1])
        code, out, err = json.loads(answer)
        return code, out, err

    def told(self, *arguments: str) -> str:
        """What a command that must succeed wrote to stdout."""
        code, out, err = self(*arguments)
        assert code == 0, err
        return out


@pytest.fixture
def upbeat(run: CollectionRun) -> Iterator[CommandLine]:
    environment = {**os.environ, **settings_environment(run.settings), "COLUMNS": "160"}
    with subprocess.Popen(
        [sys.executable, "-c", _PROCESS],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield CommandLine(process)


def test_creators_are_tracked_enqueued_worked_and_looked_at(
    run: CollectionRun, upbeat: CommandLine, tmp_path: Path
) -> None:
    first, second = run.handles(2)
    names = tmp_path / "handles.txt"
    names.write_text(f"# mine\n@{second.upper()}\n\n", encoding="utf-8")
    assert json.loads(upbeat.told("track", "add", first, "--file", str(names), "--json")) == {
        "handles": 2,
        "added": 2,
    }
    assert "0 added" in upbeat.told("track", "add", first)
    assert [row["handle"] for row in json.loads(upbeat.told("track", "list", "--json"))] == sorted(
        (first, second)
    )
    assert json.loads(upbeat.told("track", "remove", f"@{second}", "nobody", "--json")) == {
        "handles": 2,
        "removed": [second],
    }
    assert [row["handle"] for row in json.loads(upbeat.told("track", "list", "--json"))] == [first]

    enqueue = (
        "enqueue",
        "instagram.profile_by_handle",
        first,
        f"@{first.upper()}",
        second,
        "nobody.knows.this",
    )
    assert json.loads(upbeat.told(*enqueue, "--key", "k", "--json"))["added"] == 3
    assert json.loads(upbeat.told(*enqueue, "--key", "k", "--json"))["added"] == 0
    summary = json.loads(
        upbeat.told("work", "--flow", "instagram.*", "--processes", "1", "--until-idle", "--json")
    )
    assert (summary["complete"], summary["failed"], summary["by_source"]) == (2, 1, {"graphapi": 2})

    status = json.loads(upbeat.told("queue", "--json"))
    assert (status["ended"], round(status["failed_share"], 2)) == (3, 0.33)
    (failure,) = status["failures"]
    assert failure["params"]["handle"] == "nobody.knows.this"
    assert failure["reason"] in upbeat.told("queue", "--failed")
    task = json.loads(upbeat.told("task", str(failure["id"])))
    assert (task["status"], task["data"]["error"]["message"]) == ("FAILED", failure["reason"])

    report = json.loads(upbeat.told("replay", "--dry-run", "--json"))
    assert (report["parsed"], report["added"], report["corrected"]) == (2, 0, 0)


def test_what_cannot_be_used_gets_one_line_and_exit_code_two(
    run: CollectionRun, upbeat: CommandLine, tmp_path: Path
) -> None:
    old = tmp_path / "old.csv"
    old.write_text("platform,handle,observed_on,followers\nINSTAGRAM,natgeo,2022-12-31,1\n", encoding="utf-8")
    for arguments in (
        ("enqueue", "instagram.profiles", "natgeo"),
        ("enqueue", "instagram.profile_by_handle", "not a handle"),
        ("work", "--flow", "tiktok.*", "--until-idle"),
        ("task", "4711"),
        ("replay", "--since", "yesterday"),
        ("replay", "--since", "99999999999d"),
        ("replay", "--since", "²d"),
        ("replay", "--task", "4711"),
        ("track", "add"),
        ("track", "add", "not a handle"),
        ("track", "remove", "not a handle"),
        ("track", "add", "natgeo", "--platform", "tiktok"),
        ("track", "add", "natgeo", "--tier", "best"),
        ("import", "history", "/nowhere/file.csv"),
        ("import", "history", str(old), "--rejects", "/nowhere/rejects.csv"),
    ):
        code, _, told = upbeat(*arguments)
        assert code == 2, (arguments, told)
        assert len(told.strip().splitlines()) == 1, told
        assert told.startswith("error: ")
    assert run.count("beat.tracked_profile") == 0
    assert run.count("beat.imported_observation") == 0


def test_a_priority_that_no_task_can_have_is_refused(run: CollectionRun, upbeat: CommandLine) -> None:
    code, _, told = upbeat("enqueue", "instagram.profile_by_handle", "natgeo", "--priority", str(10**12))
    assert code == 2
    assert "--priority" in told


def test_the_tour_without_airflow_says_so_and_writes_nothing(run: CollectionRun, upbeat: CommandLine) -> None:
    code, _, told = upbeat("demo")
    assert (code, len(told.splitlines())) == (1, 1), told
    assert "upbeat status" in told
    assert run.count("beat.tracked_profile") == 0
