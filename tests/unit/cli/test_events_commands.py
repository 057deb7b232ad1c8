"""Commands of events refuse what cannot be, and show their configuration without any service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.events.consumers import load_consumers


def run(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", *arguments]
    environment = {
        "PATH": os.environ["PATH"],
        "COLUMNS": "250",
        "UPBEAT_DOTENV": "",
        "UPBEAT_STATE_DIR": str(tmp_path),
        **variables,
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [("relay", "--until-empty"), ("events", "declare")])
def test_without_a_broker_there_is_nothing_to_relay_and_the_way_out_is_said(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = run(tmp_path, *command)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: no broker is set: the sink reads the outbox itself; set UPBEAT_RABBITMQ_URL"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["relay", "sink"])
def test_a_kind_that_nobody_consumes_is_refused(tmp_path: Path, command: str) -> None:
    url = {"UPBEAT_RABBITMQ_URL": "amqp://u:p@127.0.0.1:1/%2F"} if command == "relay" else {}
    done = run(tmp_path, command, "--kind", "nothing", "--until-empty", **url)
    assert done.returncode == 2
    assert "--kind nothing: no such consumer; `upbeat events consumers` lists them" in done.stderr


def test_watching_and_json_exclude_each_other(tmp_path: Path) -> None:
    done = run(tmp_path, "events", "--watch", "1", "--json")
    assert (done.returncode, done.stderr) == (2, "error: --watch and --json: give one of them\n")


def test_a_postgres_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    away = "postgresql://u:very-secret@127.0.0.1:1/x"
    done = run(tmp_path, "events", "--json", UPBEAT_POSTGRES_URL=away)
    assert done.returncode == 1
    assert "Postgres does not answer" in done.stderr
    assert "very-secret" not in done.stderr


def test_consumers_are_shown_with_every_default_filled_in(tmp_path: Path) -> None:
    rows = json.loads(run(tmp_path, "events", "consumers", "--json", UPBEAT_SINK_BATCH_ROWS="777").stdout)
    assert [row["kind"] for row in rows] == list(load_consumers())
    row = next(row for row in rows if row["kind"] == "instagram_account")
    assert (row["exchange"], row["routing_key"], row["queue"], row["error_queue"]) == (
        "beat.dx", "instagram_account_events", "beat.instagram_account", "beat.instagram_account.error",
    )  # fmt: skip
    assert (row["batch_rows"], row["flush_seconds"]) == (777, 5.0)
    assert row["columns"]["followers_count"] == "int64?"
    shown = run(tmp_path, "events", "consumers").stdout
    assert all(kind in shown for kind in load_consumers())
