"""Publishing in place: rows that differ are written, others keep their place, and what points at the table stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upbeat.errors import InputError, VerificationError
from upbeat.stores import postgres
from upbeat.stores.objects import ObjectStore
from upbeat.sync.load import roll_back
from upbeat.sync.plan import PlanIndex
from upbeat.sync.verify_published import verify_published

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


def change_one(board: Board) -> None:
    """One row of the mart changes, one goes, one comes."""
    mart = f"{board.database}.mart_leaderboard"
    board.client.command(
        f"INSERT INTO {mart} SELECT * REPLACE ('new' AS profile_id) FROM {mart} WHERE handle = 'handle_3'"
    )
    board.client.command(
        f"ALTER TABLE {mart} UPDATE followers = 7777 WHERE profile_id = '7' SETTINGS mutations_sync = 1"
    )
    board.client.command(f"ALTER TABLE {mart} DELETE WHERE profile_id = '8' SETTINGS mutations_sync = 1")


@pytest.fixture
def merging(board: Board) -> Board:
    board.plan = board.plan.model_copy(update={"publish": "auto", "merge_share": 0.1})
    assert board.publish("first")["way"] == "swap"
    return board


def test_only_rows_that_differ_are_written(merging: Board) -> None:
    places = "SELECT profile_id, ctid::text FROM app.leaderboard ORDER BY 1"
    before = {row["profile_id"]: row["ctid"] for row in merging.query(places)}
    change_one(merging)
    report = merging.publish("second")
    assert (report["way"], report["changed_rows"], report["rows"]) == ("merge", 3, 100)
    after = {row["profile_id"]: row["ctid"] for row in merging.query(places)}
    assert {key for key in before if before[key] != after.get(key)} == {"7", "8"}
    assert set(after) - set(before) == {"new"}
    assert verify_published(merging.settings, merging.plan)["status"] == "same"
    assert merging.query("SELECT to_regclass('app_next.leaderboard') AS t") == [{"t": None}]
    log = merging.query("SELECT run_id, way::text, changed_rows, format FROM beat.sync_run ORDER BY id")
    assert [tuple(row.values()) for row in log] == [
        ("first", "swap", None, "binary"), ("second", "merge", 3, "binary"),
    ]  # fmt: skip
    assert merging.publish("third")["changed_rows"] == 0


def test_a_merge_is_chosen_for_few_changes_only(merging: Board) -> None:
    merging.fill(100, base=2000)
    assert merging.publish()["way"] == "swap"
    merging.fill(111, base=2000)
    assert merging.publish()["way"] == "swap", "a tenth more"
    merging.fill(105, base=2000)
    assert merging.publish()["way"] == "merge"


def test_rows_that_exchange_a_unique_value_are_published_by_a_swap(merging: Board) -> None:
    indexes = [index for index in merging.plan.indexes if index.columns != ("handle",)]
    unique = PlanIndex(columns=("handle",), unique=True)
    merging.plan = merging.plan.model_copy(update={"indexes": (*indexes, unique)})
    assert merging.publish()["way"] == "swap"
    merging.client.command(
        f"ALTER TABLE {merging.database}.mart_leaderboard UPDATE handle = if(profile_id = '7', 'handle_8', 'handle_7') "
        "WHERE profile_id IN ('7', '8') SETTINGS mutations_sync = 1"
    )
    assert merging.publish()["way"] == "swap"
    assert merging.query("SELECT profile_id FROM app.leaderboard WHERE handle = 'handle_8'") == [
        {"profile_id": "7"}
    ]


def test_minus_zero_is_no_change_and_no_fault(merging: Board) -> None:
    for sign in ("", "-"):
        merging.client.command(
            f"ALTER TABLE {merging.database}.mart_leaderboard UPDATE avg_likes = toFloat64('{sign}0') "
            "WHERE profile_id = '7' SETTINGS mutations_sync = 1"
        )
        report = merging.publish()
        assert (report["way"], report["changed_rows"]) == ("merge", 0 if sign else 1)
        assert verify_published(merging.settings, merging.plan)["status"] == "same"


def test_a_reader_inside_a_transaction_stops_no_merge_and_sees_whole_versions(merging: Board) -> None:
    total = "SELECT count(*) AS n, sum(followers)::bigint AS total FROM app.leaderboard"
    with postgres.connect(merging.settings) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        before = reader.execute(total).fetchone()
        change_one(merging)
        assert merging.publish()["way"] == "merge"
        assert reader.execute(total).fetchone() == before
        reader.commit()
        assert reader.execute(total).fetchone() != before


def test_what_points_at_the_table_or_is_sent_its_changes_keeps_it_in_place(merging: Board) -> None:
    merging.query("CREATE TABLE app.fan (p text, id text, FOREIGN KEY (p, id) REFERENCES app.leaderboard)")
    merging.query("INSERT INTO app.fan VALUES ('INSTAGRAM', '7')")
    merging.query("CREATE PUBLICATION shared FOR TABLE app.leaderboard")
    merging.query("CREATE MATERIALIZED VIEW app.top AS SELECT handle FROM app.leaderboard")
    oid = merging.query("SELECT 'app.leaderboard'::regclass::oid AS oid")
    merging.fill(120, base=9000)
    report = merging.publish()
    assert (report["way"], report["changed_rows"]) == ("merge", 120)
    assert merging.query("SELECT 'app.leaderboard'::regclass::oid AS oid") == oid
    assert merging.published() == (120, 9000)
    merging.client.command(
        f"ALTER TABLE {merging.database}.mart_leaderboard DELETE WHERE profile_id = '7' SETTINGS mutations_sync = 1"
    )
    with pytest.raises(VerificationError, match=r"still referenced from table .*fan"):
        merging.publish()
    assert merging.published() == (120, 9000)


def test_a_column_that_a_merge_cannot_add_is_named_with_the_way_out(merging: Board) -> None:
    merging.query("CREATE TABLE app.fan (p text, id text, FOREIGN KEY (p, id) REFERENCES app.leaderboard)")
    more = merging.plan.columns[2].model_copy(update={"name": "nick", "source": "handle", "nullable": True})
    merging.plan = merging.plan.model_copy(update={"columns": (*merging.plan.columns, more)})
    with pytest.raises(InputError, match=r"column nick text is missing. ALTER TABLE it"):
        merging.publish()
    merging.query("ALTER TABLE app.leaderboard ADD COLUMN nick text")
    assert merging.publish()["changed_rows"] == 100


def test_a_swap_that_is_asked_for_is_refused_where_something_points_at_the_table(merging: Board) -> None:
    merging.query("CREATE TABLE app.fan (p text, id text, FOREIGN KEY (p, id) REFERENCES app.leaderboard)")
    merging.plan = merging.plan.model_copy(update={"publish": "swap"})
    with pytest.raises(InputError, match=r"on table app\.fan.*publish: merge"):
        merging.publish()


def test_rollback_after_a_merge_brings_the_staged_file_of_the_run_before_back(merging: Board) -> None:
    change_one(merging)
    merging.publish("second")
    report = roll_back(merging.settings, merging.plan)
    assert (report["way"], report["taken_back"], report["now_published"]) == ("merge", "second", "first")
    assert merging.query("SELECT followers FROM app.leaderboard WHERE profile_id = '7'") == [
        {"followers": 1007}
    ]
    assert merging.query("SELECT count(*) AS n FROM app.leaderboard WHERE profile_id IN ('8', 'new')") == [
        {"n": 1}
    ]
    assert merging.publish("second")["way"] == "merge"
    ObjectStore(merging.settings, merging.settings.s3_sync_bucket).delete("leaderboard/first/manifest.json")
    with pytest.raises(VerificationError, match="no complete staged file"):
        roll_back(merging.settings, merging.plan)


def test_a_rollback_does_not_take_what_another_export_wrote_for_the_run_before(merging: Board) -> None:
    change_one(merging)
    merging.publish("second")
    merging.client.command(
        f"ALTER TABLE {merging.database}.mart_leaderboard UPDATE followers = 8888 WHERE profile_id = '7' "
        "SETTINGS mutations_sync = 1"
    )
    merging.publish("second")
    with pytest.raises(VerificationError, match="which stood before, was overwritten"):
        roll_back(merging.settings, merging.plan)
    assert merging.query("SELECT followers FROM app.leaderboard WHERE profile_id = '7'") == [
        {"followers": 8888}
    ]


def test_after_a_swap_over_merged_rows_the_rollback_brings_the_merged_table_back(merging: Board) -> None:
    change_one(merging)
    merging.publish("second")
    merging.fill(100, base=9000)
    assert merging.publish("third")["way"] == "swap"
    roll_back(merging.settings, merging.plan)
    assert merging.query("SELECT followers FROM app.leaderboard WHERE profile_id = '7'") == [
        {"followers": 7777}
    ]
    report = roll_back(merging.settings, merging.plan)
    assert (report["taken_back"], report["now_published"]) == ("second", "first")
