"""ClickHouse -> S3 -> Postgres on real engines: what is published, what is refused, what stays."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from tests.waiting import wait_until

from upbeat.errors import InputError, StoreUnavailableError, VerificationError
from upbeat.stores import clickhouse
from upbeat.stores.objects import ObjectStore
from upbeat.sync import export, load
from upbeat.sync.download import download_from_s3
from upbeat.sync.export import EXPORT_SETTINGS, export_to_s3
from upbeat.sync.load import load_to_postgres, roll_back
from upbeat.sync.plan import PlanColumn
from upbeat.sync.runs import LOOK_SECONDS, plan_session
from upbeat.sync.staged import StagedFile

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


def test_a_mart_is_published_value_for_value(board: Board) -> None:
    report = board.publish()
    assert (report["status"], report["rows"], report["previous_rows"]) == ("published", 100, None)
    row = board.query("SELECT * FROM app.leaderboard WHERE profile_id = '7'")[0]
    assert row["full_name"] == "Name\t\\7"
    assert row["engagement_rate"] == 1.0
    assert row["rank_change"] == -1
    assert row["previous_followers"] is None
    assert row["previous_observed_on"] == date(2026, 10, 25)
    assert row["observed_at"] == datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    assert row["updated_at"] == datetime(2026, 11, 22, 10, 5, 0, 500000, tzinfo=UTC)
    assert board.query("SELECT full_name FROM app.leaderboard WHERE profile_id = '3'")[0]["full_name"] is None


def test_all_that_travels_between_the_steps_is_plain_json(board: Board) -> None:
    staged = export_to_s3(board.settings, board.plan, "manual__2026-11-22T10:00:00+00:00")
    staged = json.loads(json.dumps(staged))
    assert re.fullmatch(
        r"leaderboard/manual__2026-11-22T10_00_00_00_00-[0-9a-f]{10}/data\.pgcopy\.zst", staged["key"]
    )
    fetched = json.loads(json.dumps(download_from_s3(board.settings, staged)))
    assert fetched == staged
    report = load_to_postgres(board.settings, board.plan, fetched)
    assert json.loads(json.dumps(report)) == report


def test_the_manifest_says_what_was_staged_and_the_file_is_kept(board: Board) -> None:
    board.publish("kept")
    store = ObjectStore(board.settings, board.settings.s3_sync_bucket)
    manifest = json.loads(store.get("leaderboard/kept/manifest.json"))
    assert (manifest["rows"], manifest["bytes"]) == (100, store.size("leaderboard/kept/data.pgcopy.zst"))
    assert manifest["source_updated_at"] == "2026-11-22 10:05:00.500000+00:00"
    assert manifest["columns"][:3] == ["platform", "profile_id", "handle"]


def test_the_same_run_again_overwrites_its_file_and_changes_nothing_else(board: Board) -> None:
    board.publish("same")
    old = board.query("SELECT 'app.leaderboard'::regclass::oid AS oid")
    staged = export_to_s3(board.settings, board.plan, "same")
    again = load_to_postgres(board.settings, board.plan, staged)
    assert again["status"] == "already published"
    assert board.query("SELECT 'app.leaderboard'::regclass::oid AS oid") == old
    store = ObjectStore(board.settings, board.settings.s3_sync_bucket)
    assert list(store.keys("leaderboard/same/")) == [
        "leaderboard/same/data.pgcopy.zst",
        "leaderboard/same/manifest.json",
    ]


def test_the_next_version_replaces_the_last_one_which_is_kept(board: Board) -> None:
    board.publish()
    board.fill(120, base=5000)
    report = board.publish()
    assert (report["rows"], report["previous_rows"]) == (120, 100)
    assert board.published() == (120, 5000)
    assert board.query("SELECT count(*) AS n FROM app_old.leaderboard")[0]["n"] == 100
    board.fill(130, base=6000)
    board.publish()
    assert board.query("SELECT count(*) AS n FROM app_old.leaderboard")[0]["n"] == 120


def test_index_and_constraint_names_stay_the_same_through_publishes(board: Board) -> None:
    def names() -> list[str]:
        rows = board.query(
            "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'app' AND tablename = 'leaderboard' "
            "UNION SELECT conname FROM pg_constraint WHERE conrelid = 'app.leaderboard'::regclass ORDER BY 1"
        )
        return [row["name"] for row in rows]

    board.publish()
    first = names()
    assert "leaderboard_pkey" in first
    assert "leaderboard_platform_followers_rank_idx" in first
    board.publish()
    board.publish()
    assert names() == first


@pytest.mark.parametrize(
    ("rows", "problem"),
    [(0, "0 rows staged, at least 1"), (50, "50 rows staged, 50% fewer than the 100 published last")],
)
def test_a_mart_that_is_empty_or_lost_many_rows_is_refused_and_the_old_table_stays(
    board: Board, rows: int, problem: str
) -> None:
    board.publish()
    board.fill(rows, base=9000)
    with pytest.raises(VerificationError, match=problem):
        board.publish("short")
    assert board.published() == (100, 1000)
    log = board.query("SELECT status::text, error FROM beat.sync_run WHERE run_id = 'short'")[0]
    assert log["status"] == "FAILED"
    assert problem in log["error"]


def test_a_drop_that_is_right_can_be_accepted(board: Board) -> None:
    board.publish()
    board.fill(50)
    assert board.publish(accept_drop=True)["rows"] == 50


def test_a_value_of_the_wrong_type_is_refused_with_its_line_and_column(board: Board) -> None:
    board.publish()
    columns = [
        column.model_copy(update={"type": "integer"}) if column.name == "handle" else column
        for column in board.plan.columns
    ]
    board.plan = board.plan.model_copy(update={"columns": tuple(columns)})
    with pytest.raises(VerificationError) as caught:
        board.publish(change_columns=True)
    assert 'invalid input syntax for type integer: "handle_0"' in str(caught.value)
    assert "line 1, column handle" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert board.published() == (100, 1000)


def test_a_null_in_a_required_column_and_a_key_that_repeats_are_refused(board: Board) -> None:
    board.publish()
    mart = f"{board.database}.mart_leaderboard"
    board.client.command(f"INSERT INTO {mart} SELECT * FROM {mart} WHERE profile_id = '5'")
    with pytest.raises(
        VerificationError, match=r"Key \(platform, profile_id\)=\(INSTAGRAM, 5\) is duplicated"
    ):
        board.publish()
    board.fill(100)
    required = [
        column.model_copy(update={"nullable": False}) if column.name == "engagement_rate" else column
        for column in board.plan.columns
    ]
    board.plan = board.plan.model_copy(update={"columns": tuple(required)})
    with pytest.raises(VerificationError, match='null value in column "engagement_rate"'):
        board.publish()
    assert board.published() == (100, 1000)


def test_an_empty_key_counts_as_missing(board: Board) -> None:
    mart = f"{board.database}.mart_leaderboard"
    board.client.command(f"INSERT INTO {mart} SELECT * REPLACE ('' AS profile_id) FROM {mart} LIMIT 1")
    with pytest.raises(VerificationError, match="1 rows have an empty key"):
        board.publish()


def test_a_staged_file_that_was_changed_or_lost_is_refused(board: Board) -> None:
    board.publish()
    store = ObjectStore(board.settings, board.settings.s3_sync_bucket)
    staged = export_to_s3(board.settings, board.plan, "touched")
    body = store.get(staged["key"])

    store.put(staged["key"], body[: len(body) // 2])
    with pytest.raises(VerificationError, match="its manifest says"):
        download_from_s3(board.settings, staged)
    store.put(staged["key"], body[:-8] + bytes(8))
    with pytest.raises(VerificationError, match="is not what its manifest says"):
        load_to_postgres(board.settings, board.plan, download_from_s3(board.settings, staged))
    store.delete(staged["key"])
    with pytest.raises(VerificationError, match="is gone"):
        download_from_s3(board.settings, staged)
    store.delete("leaderboard/touched/manifest.json")
    with pytest.raises(VerificationError, match="no complete staged file"):
        download_from_s3(board.settings, staged)
    assert board.published() == (100, 1000)


def test_a_mart_that_is_not_built_or_a_column_that_it_lacks_is_named(board: Board) -> None:
    missing = board.plan.model_copy(update={"mart": f"{board.database}.mart_elsewhere"})
    with pytest.raises(InputError, match=r"mart_elsewhere is not in ClickHouse; build it first: dbt run"):
        export_to_s3(board.settings, missing, "x")
    odd = board.plan.columns[0].model_copy(update={"source": "no_such_column + 1"})
    wrong = board.plan.model_copy(update={"columns": (odd, *board.plan.columns[1:])})
    with pytest.raises(InputError, match=r"does not fit .*no_such_column"):
        export_to_s3(board.settings, wrong, "x")


@pytest.mark.parametrize("as_freshness", [False, True])
def test_a_column_that_the_mart_does_not_have_is_named_with_those_that_it_has(
    board: Board, *, as_freshness: bool
) -> None:
    tags = PlanColumn(name="tags", type="text[]")
    odd = {"freshness": "tags"} if as_freshness else {"columns": (*board.plan.columns, tags)}
    with pytest.raises(InputError) as caught:
        export_to_s3(board.settings, board.plan.model_copy(update=odd), "x")
    assert f"fit {board.plan.mart}: the mart has no column tags, it has platform, profile_id, " in str(
        caught.value
    )
    assert "Exception" not in str(caught.value)


def test_a_clickhouse_that_is_stopped_is_told_in_a_short_line(board: Board) -> None:
    settings = board.settings.model_copy(update={"clickhouse_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnavailableError) as caught:
        export_to_s3(settings, board.plan, "x")
    assert str(caught.value) == "ClickHouse does not answer at http://127.0.0.1:9: Connection refused"


def test_with_s3_gone_during_the_export_nothing_changes_and_no_secret_is_told(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EXPORT_SETTINGS, "s3_retry_attempts", 1)  # its patience is seen in the system tests
    board.publish()
    settings = board.settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnavailableError) as caught:
        export_to_s3(settings, board.plan, "gone")
    assert "\n" not in str(caught.value)
    assert settings.s3_secret_access_key.get_secret_value() not in str(caught.value)
    assert board.published() == (100, 1000)


def test_with_s3_gone_during_the_load_the_old_table_stays(board: Board) -> None:
    board.publish()
    board.fill(110, base=7000)
    staged = export_to_s3(board.settings, board.plan, "later")
    away = board.settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnavailableError, match="S3 does not answer"):
        load_to_postgres(away, board.plan, staged)
    assert board.published() == (100, 1000)
    assert load_to_postgres(board.settings, board.plan, staged)["rows"] == 110, "the staged file loads later"


def test_rollback_brings_the_version_before_back_once(board: Board) -> None:
    with pytest.raises(InputError, match="nothing was published"):
        roll_back(board.settings, board.plan)
    board.publish("first")
    with pytest.raises(InputError, match=r"there is no app_old\.leaderboard"):
        roll_back(board.settings, board.plan)
    board.fill(120, base=5000)
    board.publish("second")
    report = roll_back(board.settings, board.plan)
    assert (report["taken_back"], report["now_published"], report["rows"]) == ("second", "first", 100)
    assert board.published() == (100, 1000)
    assert board.query("SELECT count(*) AS n FROM app_next.leaderboard")[0]["n"] == 120, "kept to look at"
    with pytest.raises(InputError, match="nothing to roll back"):
        roll_back(board.settings, board.plan)
    assert board.publish("second")["status"] == "published", "the run may be published again"
    assert board.published() == (120, 5000)


def test_another_load_of_the_plan_is_waited_for_and_refused_when_it_does_not_end(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.publish("before")
    staged: StagedFile = export_to_s3(board.settings, board.plan, "one")
    monkeypatch.setattr(load, "OTHER_LOAD_SECONDS", 0.3)
    with (
        plan_session(board.settings, board.plan),
        pytest.raises(InputError, match=r"another load or rollback of it is running after 0\.3 s"),
    ):
        load_to_postgres(board.settings, board.plan, staged)
    assert board.query("SELECT run_id FROM beat.sync_run") == [{"run_id": "before"}]

    monkeypatch.setattr(load, "OTHER_LOAD_SECONDS", 120.0)
    with ThreadPoolExecutor(1) as threads, ExitStack() as other:
        other.enter_context(plan_session(board.settings, board.plan))
        waiting = threads.submit(load_to_postgres, board.settings, board.plan, staged)
        wait_until(lambda: _sessions(board) == 2, "the second load has a session, too")
        time.sleep(2 * LOOK_SECONDS)
        assert not waiting.done()
        other.close()
        assert waiting.result(timeout=120)["status"] == "published"


def _sessions(board: Board) -> int:
    found = board.query(
        "SELECT count(*) AS n FROM pg_stat_activity "
        f"WHERE datname = current_database() AND application_name = 'upbeat sync {board.plan.name}'"
    )
    return int(found[0]["n"])


def test_a_rollback_does_not_wait_for_a_load_which_would_change_what_it_takes_back(board: Board) -> None:
    board.publish("first")
    board.publish("second")
    with (
        plan_session(board.settings, board.plan),
        pytest.raises(InputError, match="another load or rollback of it is running; wait for its end"),
    ):
        roll_back(board.settings, board.plan)
    assert roll_back(board.settings, board.plan)["taken_back"] == "second"


def test_a_load_whose_process_died_is_buried_by_the_next_one(board: Board) -> None:
    staged: StagedFile = export_to_s3(board.settings, board.plan, "one")
    board.query(
        "INSERT INTO beat.sync_run (plan, run_id, staged_object, rows, bytes, sha256) "
        "VALUES ('leaderboard', 'dead', '', 0, 0, '')"
    )
    assert load_to_postgres(board.settings, board.plan, staged)["status"] == "published"
    dead = board.query("SELECT status::text, error FROM beat.sync_run WHERE run_id = 'dead'")[0]
    assert dead == {"status": "FAILED", "error": "the process ended before the load did"}


def test_a_mart_that_dbt_is_in_the_middle_of_is_waited_for(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An incremental mart is deleted from, then inserted into; the rows wait in a table beside it."""
    mart, beside = f"{board.database}.mart_leaderboard", f"{board.database}.mart_leaderboard__dbt_new_data_1f"
    board.publish()
    board.client.command(f"CREATE TABLE {beside} AS {mart}")
    board.client.command(f"INSERT INTO {beside} SELECT * FROM {mart} WHERE handle < 'handle_3'")
    board.client.command(f"DELETE FROM {mart} WHERE handle < 'handle_3'")
    monkeypatch.setattr(export, "CHANGING_SECONDS", 0.0)
    with pytest.raises(VerificationError, match="dbt has been changing"):
        board.publish()
    assert board.published() == (100, 1000)
    monkeypatch.setattr(export, "CHANGING_SECONDS", 60.0)

    def finish() -> None:
        client = clickhouse.client(board.settings)
        client.command(f"INSERT INTO {mart} SELECT * FROM {beside}")
        client.command(f"DROP TABLE {beside} SYNC")
        client.close()

    dbt = threading.Timer(1.0, finish)
    dbt.start()
    assert board.publish()["rows"] == 100
    dbt.join()
