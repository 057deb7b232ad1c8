"""`upbeat tape` as a person runs it: the example of the how-to, a task of the archive, nothing written, no secret."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.collection_run import PROFILES, CollectionRun, collection_run

from upbeat.credentials import store as credentials
from upbeat.embedded.settings_environment import settings_environment
from upbeat.sandbox.shipped_credentials import shipped_credentials
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.objects import ObjectStore

PAGE = REPOSITORY / "docs" / "how-to" / "record-and-replay.md"
OFFLINE = {"PATH": os.environ["PATH"], "UPBEAT_DOTENV": "", "UPBEAT_STATE_DIR": "/nonexistent/state"}


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    with collection_run(settings) as run:
        run.add_credentials()
        yield run


def upbeat(
    arguments: list[str], folder: Path, settings: Settings | None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    environment = OFFLINE if settings is None else {**os.environ, **settings_environment(settings)}
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    assert not check or done.returncode == 0, done.stderr
    return done


def example() -> list[list[str]]:
    block = re.search(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert block is not None
    return [shlex.split(line)[1:] for line in block[1].splitlines()]


def test_the_example_of_the_how_to_works_and_replays_offline(run: CollectionRun, tmp_path: Path) -> None:
    record, show, replay = example()
    before = {
        table: run.count(table)
        for table in ("beat.instagram_account", "beat.scrape_request_log", "beat.outbox")
    }
    upbeat(record, tmp_path, run.settings)
    assert {table: run.count(table) for table in before} == before
    assert "cristiano" in upbeat(show, tmp_path, None).stdout
    lines = [json.loads(line) for line in upbeat(replay, tmp_path, None).stdout.splitlines()]
    assert [(line["type"], line["handle"]) for line in lines] == [
        ("profile", "cristiano"),
        ("profile", "natgeo"),
    ]
    assert lines[0]["followers"] == run.sandbox.creator("cristiano")["followers"]
    text = (tmp_path / record[-1]).read_text(encoding="utf-8")
    secrets = [
        value
        for shipped in shipped_credentials()
        for name, value in shipped.secrets.items()
        if name != "user_id"
    ]
    assert [secret for secret in secrets if secret in text] == []


def test_a_difference_is_said_and_ends_with_exit_code_1(run: CollectionRun, tmp_path: Path) -> None:
    record, _, replay = example()
    upbeat(record, tmp_path, run.settings)
    file = tmp_path / record[-1]
    file.write_text(
        re.sub(r'("followers": ?)\d+', r"\g<1>7", file.read_text(encoding="utf-8")), encoding="utf-8"
    )
    done = upbeat(replay, tmp_path, None, check=False)
    assert done.returncode == 1
    assert "followers: recorded 7, now" in done.stderr
    assert done.stdout.count('"type"') == 2


def test_what_a_task_heard_becomes_a_tape(run: CollectionRun, tmp_path: Path) -> None:
    run.sandbox.add_fault("graphapi", "wrong_type", field="followers_count")
    run.enqueue("cristiano")
    run.work()
    task = run.task("cristiano")
    out = ["tape", "record", "--from-task", str(task["id"]), "--out", "task.tape.jsonl"]
    made = json.loads(upbeat([*out, "--json"], tmp_path, run.settings).stdout)
    assert (made["requests"], made["errors"]) == (2, [])
    replayed = upbeat(["tape", "replay", "task.tape.jsonl"], tmp_path, None)
    (profile,) = [json.loads(line) for line in replayed.stdout.splitlines()]
    stored = run.rows(
        "SELECT followers_count, source FROM beat.instagram_account WHERE handle = 'cristiano'"
    )[0]
    assert (profile["followers"], profile["source"]) == (stored["followers_count"], stored["source"])
    assert upbeat(out, tmp_path, run.settings, check=False).returncode == 2, "an existing file stays"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["record", "--out", "x"], "say what to record"),
        (["record", "instagram.profile_by_handle", "--out", "x"], "name what to ask for"),
        (["record", "instagram.nothing", "a", "--out", "x"], "there is no such flow"),
        (["record", "instagram.profile_by_handle", "a", "--param", "x", "--out", "x"], "NAME=VALUE"),
        (["replay", "missing.jsonl"], "cannot be read"),
        (["record", "--from-task", "999999", "--out", "x"], "there is no such task"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    run: CollectionRun, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = upbeat(["tape", *arguments], tmp_path, run.settings, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_secret_of_a_credential_that_is_switched_off_by_now_is_not_on_a_tasks_tape(
    run: CollectionRun, tmp_path: Path
) -> None:
    run.change(source_chains={PROFILES: ["graphapi"]})
    run.enqueue("cristiano")
    run.work()
    task = run.task("cristiano")
    token = next(one.secrets["token"] for one in shipped_credentials() if one.source == "graphapi")
    key = task["data"]["raw"][0].rpartition("#")[0]
    archive = ObjectStore(run.settings, run.settings.s3_raw_bucket)
    line = json.loads(gzip.decompress(archive.get(key)))
    line["body"] = json.dumps({**json.loads(line["body"]), "asked_with": f"key {token}"})
    archive.put(key, gzip.compress(json.dumps(line).encode()))
    for stored in credentials.list_credentials(run.settings):
        if stored.source == "graphapi":
            credentials.set_enabled(run.settings, stored.id, False)
    out = ["tape", "record", "--from-task", str(task["id"]), "--out", "task.tape.jsonl"]
    upbeat(out, tmp_path, run.settings)
    text = (tmp_path / "task.tape.jsonl").read_text(encoding="utf-8")
    assert "asked_with" in text
    assert token not in text
