"""A publish is killed, and S3 is killed under it: readers keep what they had, and the next run publishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.integration.sync.conftest import Board, board  # noqa: F401

from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import StoreUnavailableError
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres

if TYPE_CHECKING:
    from upbeat.settings import Settings

PUBLISH = """
import json, sys
from upbeat.settings import get_settings
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.plan import load_plan
plan = load_plan("leaderboard").model_copy(update={"mart": sys.argv[1]})
settings = get_settings()
load_to_postgres(settings, plan, export_to_s3(settings, plan, "killed"))
"""


@pytest.mark.parametrize("point", ["sync_after_export", "sync_before_swap", "sync_in_swap"])
def test_a_publish_killed_at_any_step_leaves_the_old_table_and_can_be_run_again(
    board: Board,  # noqa: F811
    point: str,
) -> None:
    board.publish()
    board.fill(120, base=5000)
    environment = {**os.environ, **settings_environment(board.settings), "UPBEAT_FAILPOINT": point}
    process = subprocess.run(
        [sys.executable, "-c", PUBLISH, board.plan.mart], env=environment, timeout=60, check=False
    )
    assert process.returncode == -signal.SIGKILL
    assert board.published() == (100, 1000)
    assert board.publish("killed")["rows"] == 120
    assert board.published() == (120, 5000)
    states = board.query("SELECT status::text, count(*) AS n FROM beat.sync_run GROUP BY 1 ORDER BY 1")
    dead = [] if point == "sync_after_export" else [{"status": "FAILED", "n": 1}]
    assert states == [*dead, {"status": "PUBLISHED", "n": 2}]


def test_with_s3_killed_the_export_fails_clearly_and_works_when_it_is_back(
    board: Board,  # noqa: F811
    stack: Settings,
) -> None:
    board.publish()
    board.fill(120, base=5000)
    status = embedded_stack.status(stack, ["s3"])[0]
    assert status.pid is not None
    os.kill(status.pid, signal.SIGKILL)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailableError, match="export did not pass"):
            export_to_s3(board.settings, board.plan, "away")
        assert time.monotonic() - began < 30
        assert board.published() == (100, 1000)
    finally:
        embedded_stack.start(stack, ["s3"])
    staged = export_to_s3(board.settings, board.plan, "away")
    assert load_to_postgres(board.settings, board.plan, staged)["rows"] == 120
