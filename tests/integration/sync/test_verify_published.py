"""A published table is held against its mart: what is the same, what is wrong, and where."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.sync import verify_published as verify
from upbeat.sync.plan import Plan
from upbeat.sync.verify_published import verify_all, verify_published

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

from tests.integration.sync.odd_values import CASES, odd_plan


def test_a_published_table_is_the_same_as_its_mart_and_an_unpublished_one_is_said(board: Board) -> None:
    assert verify_published(board.settings, board.plan)["status"] == "never published"
    board.publish()
    seen = verify_published(board.settings, board.plan)
    assert (seen["status"], seen["rows_published"], seen["rows_mart"], seen["not_compared"]) == (
        "same",
        100,
        100,
        [],
    )
    assert seen["mart_updated_at"] == seen["exported_updated_at"] == "2026-11-22 10:05:00.500000+00:00"


@pytest.mark.parametrize(
    ("change", "example"),
    [
        (
            "UPDATE app.leaderboard SET followers = followers + 1 WHERE profile_id = '7'",
            "(INSTAGRAM, 7) differs",
        ),
        (
            "UPDATE app.leaderboard SET engagement_rate = NULL WHERE profile_id = '7'",
            "(INSTAGRAM, 7) differs",
        ),
        ("DELETE FROM app.leaderboard WHERE profile_id = '7'", "(INSTAGRAM, 7) is not published"),
        (
            'INSERT INTO app.leaderboard SELECT (jsonb_populate_record(l, \'{"profile_id": "new"}\')).* '
            "FROM app.leaderboard AS l WHERE profile_id = '7'",
            "(INSTAGRAM, new) is not in the mart",
        ),
    ],
)
def test_a_row_that_somebody_changed_is_found_by_its_key(board: Board, change: str, example: str) -> None:
    board.publish()
    board.query(change)
    seen = verify_published(board.settings, board.plan)
    assert (seen["status"], seen["differing_buckets"], seen["examples"]) == ("different", 1, [example])


def test_values_that_were_exchanged_between_rows_are_found(board: Board) -> None:
    board.publish()
    board.query(
        "UPDATE app.leaderboard SET followers = CASE profile_id WHEN '7' THEN 1008 ELSE 1007 END "
        "WHERE profile_id IN ('7', '8')"
    )
    assert verify_published(board.settings, board.plan)["status"] == "different"


def test_a_mart_that_was_built_anew_since_is_no_fault(board: Board) -> None:
    board.publish()
    board.fill(100, base=5000)
    board.client.command(
        f"ALTER TABLE {board.database}.mart_leaderboard UPDATE updated_at = '2026-11-23 00:00:00' WHERE 1 "
        "SETTINGS mutations_sync = 1"
    )
    assert verify_published(board.settings, board.plan)["status"] == "mart moved on"
    board.publish()
    assert verify_published(board.settings, board.plan)["status"] == "same"


def test_a_mart_without_a_time_of_its_own_has_moved_on_when_it_was_written_since(board: Board) -> None:
    board.plan = board.plan.model_copy(update={"freshness": None})
    time.sleep(1.0 - time.time() % 1)  # ClickHouse tells the second in which a mart was written
    board.fill(100)
    board.publish()
    board.query("UPDATE app.leaderboard SET followers = 1 WHERE profile_id = '7'")
    time.sleep(1.0 - time.time() % 1)
    assert verify_published(board.settings, board.plan)["status"] == "different"
    board.fill(100, base=5000)
    assert verify_published(board.settings, board.plan)["status"] == "mart moved on"


def test_a_mart_that_dbt_builds_anew_while_it_is_compared_is_no_fault(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.publish()
    look = verify.source_state
    looks = []

    def built_after_the_first_look(*arguments: Any) -> Any:
        found = look(*arguments)
        if not looks:
            board.client.command(
                f"ALTER TABLE {board.database}.mart_leaderboard UPDATE updated_at = '2026-11-23 00:00:00', "
                "followers = followers + 1 WHERE 1 SETTINGS mutations_sync = 1"
            )
        looks.append(found)
        return found

    monkeypatch.setattr(verify, "source_state", built_after_the_first_look)
    seen = verify_published(board.settings, board.plan)
    assert (seen["status"], len(looks)) == ("mart moved on", 2)


def test_a_mart_that_dbt_is_in_the_middle_of_is_no_fault(board: Board) -> None:
    mart = f"{board.database}.mart_leaderboard"
    board.publish()
    board.client.command(f"CREATE TABLE {mart}__dbt_new_data_1f AS {mart}")
    board.client.command(
        f"ALTER TABLE {mart} UPDATE followers = followers + 1 WHERE profile_id = '7' SETTINGS mutations_sync = 1"
    )
    assert verify_published(board.settings, board.plan)["status"] == "mart moved on"
    board.client.command(f"DROP TABLE {mart}__dbt_new_data_1f SYNC")
    assert verify_published(board.settings, board.plan)["status"] == "different"


@pytest.mark.parametrize("file_format", ["binary", "text"])
def test_every_type_and_odd_value_gives_the_same_checksum_on_both_sides(
    board: Board, file_format: str
) -> None:
    board.plan = odd_plan(board, file_format)
    board.publish()
    seen: Any = verify_published(board.settings, board.plan)
    assert (seen["status"], seen["not_compared"]) == ("same", ["document"])
    assert seen["rows_published"] == max(len(case[2]) for case in CASES.values())
    assert isinstance(board.plan, Plan)


def test_all_plans_are_looked_at_whatever_is_wrong_with_one(board: Board) -> None:
    absent = {"mart": f"{board.database}.mart_that_is_not_there"}
    never = board.plan.model_copy(update={**absent, "name": "never"})
    board.publish()
    seen = list(verify_all(board.settings, [board.plan.model_copy(update=absent), never, board.plan]))
    assert [one["status"] for one in seen] == ["cannot be verified", "never published", "same"]
    assert "mart_that_is_not_there" in seen[0]["examples"][0]
    board.query("DROP TABLE app.leaderboard")
    assert [one["status"] for one in verify_all(board.settings, [board.plan])] == ["gone"]
