"""The commands of collection as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.collection_run import CollectionRun

from upbeat.embedded.settings_environment import settings_environment


def upbeat(run: CollectionRun, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
    environment = {**os.environ, **settings_environment(run.settings), "COLUMNS": "160"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def told(run: CollectionRun, *arguments: str) -> str:
    done = upbeat(run, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_creators_are_tracked_enqueued_worked_and_looked_at(run: CollectionRun, tmp_path: Path) -> None:
    first, second = run.handles(2)
    names = tmp_path / "handles.txt"
    names.write_text(f"# mine\n@{second.upper()}\n\n", encoding="utf-8")
    assert json.loads(told(run, "track", "add", first, "--file", str(names), "--json")) == {
        "handles": 2,
        "added": 2,
    }
    assert "0 added" in told(run, "track", "add", first)
    assert [row["handle"] for row in json.loads(told(run, "track", "list", "--json"))] == sorted(
        (first, second)
    )

    enqueue = (
        "enqueue",
        "instagram.profile_by_handle",
        first,
        f"@{first.upper()}",
        second,
        "nobody.knows.this",
    )
    assert json.loads(told(run, *enqueue, "--key", "k", "--json"))["added"] == 3
    assert json.loads(told(run, *enqueue, "--key", "k", "--json"))["added"] == 0
    summary = json.loads(
        told(run, "work", "--flow", "instagram.*", "--processes", "1", "--until-idle", "--json")
    )
    assert (summary["complete"], summary["failed"], summary["by_source"]) == (2, 1, {"graphapi": 2})

    status = json.loads(told(run, "queue", "--json"))
    assert (status["ended"], round(status["failed_share"], 2)) == (3, 0.33)
    (failure,) = status["failures"]
    assert failure["params"]["handle"] == "nobody.knows.this"
    assert failure["reason"] in told(run, "queue", "--failed")
    task = json.loads(told(run, "task", str(failure["id"])))
    assert (task["status"], task["data"]["error"]["message"]) == ("FAILED", failure["reason"])

    report = json.loads(told(run, "replay", "--dry-run", "--json"))
    assert (report["parsed"], report["added"], report["corrected"]) == (2, 0, 0)


def test_what_cannot_be_used_gets_one_line_and_exit_code_two(run: CollectionRun) -> None:
    for arguments in (
        ("enqueue", "instagram.profiles", "natgeo"),
        ("enqueue", "instagram.profile_by_handle", "not a handle"),
        ("work", "--flow", "tiktok.*", "--until-idle"),
        ("task", "4711"),
        ("replay", "--since", "yesterday"),
        ("replay", "--task", "4711"),
        ("track", "add"),
        ("track", "add", "not a handle"),
        ("track", "add", "natgeo", "--platform", "tiktok"),
        ("track", "add", "natgeo", "--tier", "best"),
        ("import", "history", "/nowhere/file.csv"),
    ):
        done = upbeat(run, *arguments)
        assert done.returncode == 2, (arguments, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert done.stderr.startswith("error: ")
    assert run.count("beat.tracked_profile") == 0
