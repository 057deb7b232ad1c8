"""Publishing and taking back need no more than the rights of the role that owns what is published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.part_logins import acting_as

from upbeat.stores.postgres import connect
from upbeat.sync.load import roll_back

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


@pytest.mark.parametrize("publish", ["swap", "merge"])
def test_a_mart_is_published_twice_and_taken_back_under_the_role_of_the_sync(
    board: Board, publish: str
) -> None:
    acting = replace(
        board,
        settings=acting_as("sync", board.settings),
        plan=board.plan.model_copy(update={"publish": publish}),
    )
    assert acting.publish()["status"] == "published"
    board.fill(100, base=5000)
    assert acting.publish()["rows"] == 100
    with connect(acting_as("reader", board.settings)) as reader:
        row = reader.execute("SELECT count(*) AS n, min(followers) AS least FROM app.leaderboard").fetchone()
    assert row == {"n": 100, "least": 5000}
    if publish == "swap":
        roll_back(acting.settings, acting.plan)
        assert board.published() == (100, 1000)
