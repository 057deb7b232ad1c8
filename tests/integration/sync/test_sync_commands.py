"""`upbeat sync` and `upbeat sink` as a person runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from upbeat.embedded.settings_environment import settings_environment
from upbeat.settings import Settings
from upbeat.stores import postgres
from upbeat.sync.plan import load_plans

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


def upbeat(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "upbeat"
    environment = {**os.environ, **settings_environment(settings)}
    return subprocess.run(
        [command, *arguments], env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_dry_run_says_what_would_happen_and_writes_nothing(board: Board) -> None:
    from upbeat.sync.preview import preview

    seen = preview(board.settings, board.plan, "dry-run")
    assert (seen["source_rows"], seen["refused"], seen["last_published"]) == (100, None, None)
    assert seen["source_updated_at"] == "2026-11-22 10:05:00.500000+00:00"
    board.publish()
    board.fill(10)
    seen = preview(board.settings, board.plan, "dry-run")
    assert "90% fewer than the 100 published last" in (seen["refused"] or "")
    assert board.published() == (100, 1000)


def test_the_list_and_the_rollback_speak_json_and_errors_are_one_line(board: Board) -> None:
    board.publish("one")
    listed = json.loads(upbeat(board.settings, "sync", "list", "--json").stdout)
    (state,) = [state for state in listed if state["plan"] == "leaderboard"]
    assert (state["last_published"]["run_id"], state["can_roll_back"]) == ("one", False)
    refused = upbeat(board.settings, "sync", "rollback", "leaderboard")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "nothing to roll back" in refused.stderr
    board.publish("two")
    report = json.loads(upbeat(board.settings, "sync", "rollback", "leaderboard", "--json").stdout)
    assert (report["taken_back"], report["now_published"]) == ("two", "one")


def test_a_plan_name_stands_right_after_sync_and_a_staged_run_can_be_loaded_again(board: Board) -> None:
    board.publish("one")
    board.publish("two")
    again = upbeat(board.settings, "sync", "leaderboard", "--from-run", "one", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["run_id"] == "one"
    unknown = upbeat(board.settings, "sync", "leaderbord")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
    assert "the plans are audience_demographics" in unknown.stderr


@pytest.fixture
def shipped(board: Board) -> Iterator[Board]:
    """The board's mart under the name that the plan which ships asks for."""
    board.client.command("CREATE DATABASE IF NOT EXISTS mart")  # a test of another part may have left it
    board.client.command(
        f"CREATE OR REPLACE VIEW mart.mart_leaderboard AS SELECT * FROM {board.database}.mart_leaderboard"
    )
    yield board
    board.client.command("DROP DATABASE mart SYNC")


def test_verify_names_rows_that_differ_and_stage_writes_rows_to_read(shipped: Board) -> None:
    from upbeat.stores.objects import ObjectStore

    shipped.publish("one")
    load = upbeat(shipped.settings, "sync", "verify", "leaderboard", "--json")
    assert (load.returncode, json.loads(load.stdout)[0]["status"]) == (0, "same")
    shipped.query("UPDATE app.leaderboard SET followers = 1 WHERE profile_id = '7'")
    differs = upbeat(shipped.settings, "sync", "verify", "leaderboard")
    assert differs.returncode == 1
    assert "different (100 rows, mart 100)\n  (INSTAGRAM, 7) differs" in differs.stdout
    neither = upbeat(shipped.settings, "sync", "verify")
    assert (neither.returncode, neither.stderr.count("\n")) == (2, 1)

    staged = json.loads(upbeat(shipped.settings, "sync", "stage", "leaderboard", "--json").stdout)
    lines = ObjectStore(shipped.settings, staged["bucket"]).get(staged["key"]).splitlines()
    assert (len(lines), json.loads(lines[7])["platform"]) == (100, "INSTAGRAM")
    loaded = upbeat(shipped.settings, "sync", "leaderboard", "--from-run", staged["run_id"])
    assert "a json file is for people to read" in loaded.stderr
    assert upbeat(shipped.settings, "sync", "stage", "leaderboard", "--format", "xml").returncode == 2


def test_a_publish_says_which_way_it_went_and_what_was_never_published_has_no_count(shipped: Board) -> None:
    assert (
        "app.leaderboard: 100 rows published by swap in "
        in upbeat(shipped.settings, "sync", "leaderboard").stdout
    )
    again = upbeat(shipped.settings, "sync", "leaderboard").stdout
    assert re.search(r"100 rows published by merge in [0-9.]+ s, 0 of them written in place", again)
    seen = upbeat(shipped.settings, "sync", "verify", "--all").stdout.splitlines()
    assert "app.leaderboard: same (100 rows, mart 100)" in seen
    assert "app.time_series: never published" in seen
    (unpublished,) = json.loads(upbeat(shipped.settings, "sync", "verify", "time_series", "--json").stdout)
    assert (unpublished["status"], unpublished["rows_mart"]) == ("never published", None)


def test_the_dry_run_says_which_way_and_what_is_carried(shipped: Board) -> None:
    shipped.publish("one")
    shipped.query("CREATE VIEW app.top AS SELECT handle FROM app.leaderboard")
    said = upbeat(shipped.settings, "sync", "leaderboard", "--dry-run").stdout
    assert "would be published by merge or swap: a merge when no more than 2.0% of the rows differ" in said
    assert "a swap would carry over: view app.top" in said


def test_several_plans_are_published_by_one_command_and_one_that_fails_keeps_none_of_the_others(
    shipped: Board,
) -> None:
    done = upbeat(shipped.settings, "sync", "time_series", "leaderboard", "time_series")
    assert done.returncode == 1
    assert re.search(r"^\d/2 app\.leaderboard: 100 rows published by swap in ", done.stdout, re.M)
    assert "\n1 of 2 tables published, 100 rows, in " in done.stdout
    assert re.search(r"^\d/2 time_series: mart\.mart_time_series is not in ClickHouse", done.stderr, re.M)
    assert done.stderr.endswith("error: not published: time_series\n")
    assert shipped.published() == (100, 1000)


def test_all_plans_are_reported_in_their_order_under_one_run(shipped: Board) -> None:
    done = upbeat(shipped.settings, "sync", "--all", "--json")
    assert done.returncode == 1, "the other marts are missing here"
    told = json.loads(done.stdout)
    plans = [plan.name for plan in load_plans()]
    assert [one["plan"] for one in told] == plans
    assert {one["plan"]: one["status"] for one in told} == {
        plan: "published" if plan == "leaderboard" else "failed" for plan in plans
    }
    (published,) = [one for one in told if one["status"] == "published"]
    again = upbeat(
        shipped.settings, "sync", "leaderboard", "time_series", "--from-run", published["run_id"], "--json"
    )
    assert [one["status"] for one in json.loads(again.stdout)] == ["already published", "failed"]


def test_a_dry_run_of_all_plans_has_a_line_of_each_and_writes_nothing(shipped: Board) -> None:
    seen = upbeat(shipped.settings, "sync", "--all", "--dry-run")
    assert seen.returncode == 1
    assert seen.stdout == "app.leaderboard: 100 rows would be published by swap, nothing stands there\n"
    assert seen.stderr.count("is not in ClickHouse; build it first") == len(load_plans()) - 1
    shipped.publish()
    told = json.loads(
        upbeat(shipped.settings, "sync", "leaderboard", "time_series", "--dry-run", "--json").stdout
    )
    assert told[0]["last_published"]["rows"] == 100
    assert "is not in ClickHouse" in told[1]["error"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("run",), "name plans, or say --all"),
        (("leaderboard", "--all"), "name plans, or say --all"),
        (("leaderboard", "leaderbord"), "there is no sync plan 'leaderbord'"),
        (("--all", "--dry-run", "--from-run", "one"), "say one of them"),
    ],
    ids=["none", "both", "one is unknown", "nothing to look at"],
)
def test_what_cannot_be_meant_is_told_before_anything_is_published(
    shipped: Board, arguments: tuple[str, ...], line: str
) -> None:
    refused = upbeat(shipped.settings, "sync", *arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert line in refused.stderr
    assert shipped.query("SELECT 1 FROM beat.sync_run") == []


def test_the_sink_and_the_events_commands_speak_json(settings: Settings) -> None:
    drained = upbeat(settings, "sink", "--until-empty", "--time-budget", "20", "--json")
    assert json.loads(drained.stdout)["events"] == 0
    kinds = json.loads(upbeat(settings, "events", "--json").stdout)["kinds"]
    assert {row["kind"]: row["new"] for row in kinds}["profile_log"] == 0
    sent_back = json.loads(upbeat(settings, "events", "retry", "--json").stdout)
    assert sent_back == {"outbox": 0, "queues": 0, "problems": []}
    assert "profile_log" in upbeat(settings, "events").stdout


def test_what_the_sink_logs_stays_off_stdout(settings: Settings) -> None:
    away = settings.model_copy(update={"clickhouse_url": "http://127.0.0.1:9"})
    with postgres.transaction(settings) as connection:
        connection.execute(
            "INSERT INTO beat.outbox (kind, key, payload, observed_at) VALUES ('profile_log', 'k', %s, now())",
            [
                '{"platform": "INSTAGRAM", "profile_id": "1", "handle": "h", "dimensions": {}, "metrics": {}, '
                '"source": "s", "timestamp": "2026-11-22T10:00:00Z"}'
            ],
        )
    done = upbeat(away, "sink", "--until-empty", "--time-budget", "1", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "the sink waits" in done.stderr
    assert "error: ClickHouse does not answer" in done.stderr


def test_what_may_be_deleted_is_counted_first(board: Board) -> None:
    board.publish("one")
    with postgres.transaction(board.settings) as connection:
        connection.execute(
            "INSERT INTO beat.credential_event (credential_key, source, event, at) "
            "VALUES ('k', 'lama', 'rested', now() - interval '2 days')"
        )
    staged = upbeat(board.settings, "sync", "prune", "--days", "1")
    assert "files of 0 runs" in staged.stdout
    assert "would be deleted: --yes does it" in staged.stdout
    for arguments, deleted, events in (((), False, 1), (("--yes",), True, 1), (("--yes",), True, 0)):
        told = upbeat(board.settings, "credentials", "prune", "--days", "1", "--json", *arguments)
        found = json.loads(told.stdout)
        assert (found["deleted"], found["events"]) == (deleted, events)
