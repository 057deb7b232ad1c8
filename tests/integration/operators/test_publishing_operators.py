"""A publishing DAG that its mart started is followed by its cron: what was just published is not published again."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.utils.types import DagRunType
from tests.integration.sync.conftest import board  # noqa: F401 - a fixture

from upbeat.operators import sync
from upbeat.sync import plan as plans
from upbeat.sync.just_published import JUST, just_published

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board


@pytest.fixture(autouse=True)
def own_settings_in_operators(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(sync, "settings_from_connections", lambda **_: board.settings)
    monkeypatch.setattr(plans, "load_plan", lambda name: board.plan)


def export(run_type: DagRunType, *, skip: bool = True) -> int:
    """Rows that a run of this type exports."""
    operator = sync.ClickHouseToS3Operator(task_id="export", plan="leaderboard", skip_just_published=skip)
    context = {"run_id": f"{run_type.value}__1", "dag_run": SimpleNamespace(run_type=run_type)}
    return int(operator.execute(context)["rows"])


def test_the_cron_skips_a_mart_that_was_just_published_and_nobody_else_does(board: Board) -> None:  # noqa: F811
    assert export(DagRunType.SCHEDULED) == 100, "nothing is published yet"
    board.publish()
    with pytest.raises(
        AirflowSkipException, match=r"leaderboard: .*mart_leaderboard as it is was published at"
    ):
        export(DagRunType.SCHEDULED)
    assert export(DagRunType.SCHEDULED, skip=False) == 100
    assert export(DagRunType.ASSET_TRIGGERED) == export(DagRunType.MANUAL) == 100


def test_a_mart_that_was_built_anew_since_is_published(board: Board) -> None:  # noqa: F811
    board.publish()
    board.client.command(
        f"ALTER TABLE {board.database}.mart_leaderboard UPDATE updated_at = '2026-11-23 00:00:00' WHERE 1 "
        "SETTINGS mutations_sync = 1"
    )
    assert export(DagRunType.SCHEDULED) == 100
    board.publish()
    board.fill(101)
    assert export(DagRunType.SCHEDULED) == 101


@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE app.leaderboard",
        "ALTER TABLE app.leaderboard DROP COLUMN avg_likes",
        "UPDATE beat.sync_run SET status = 'ROLLED_BACK'",
    ],
)
def test_what_readers_do_not_see_is_published_again(board: Board, change: str) -> None:  # noqa: F811
    board.publish()
    board.query(change)
    assert export(DagRunType.SCHEDULED) == 100


def test_what_was_published_longer_ago_or_tells_no_time_is_published_again(board: Board) -> None:  # noqa: F811
    board.publish()
    now = datetime.now(UTC)
    assert just_published(board.settings, board.plan, now) is not None
    assert just_published(board.settings, board.plan, now + JUST) is None
    without = board.plan.model_copy(update={"freshness": None})
    assert just_published(board.settings, without, now) is None


def test_a_mart_that_dbt_is_in_the_middle_of_is_no_mart_that_was_published(board: Board) -> None:  # noqa: F811
    board.publish()
    board.client.command(
        f"CREATE TABLE {board.database}.mart_leaderboard__dbt_new_data_1f AS {board.database}.mart_leaderboard"
    )
    assert just_published(board.settings, board.plan, datetime.now(UTC)) is None
