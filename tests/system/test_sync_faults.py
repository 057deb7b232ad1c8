"""A publish is killed, and S3 is killed under it: readers keep what they had, and the next run publishes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.sync.conftest import Board, board  # noqa: F401
from tests.process_family import kill_with_family

from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.settings_environment import settings_environment
from upbeat.errors import StoreUnavailableError, UpbeatError
from upbeat.sync import export, load, merge, swap, transport
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres

if TYPE_CHECKING:
    from upbeat.settings import Settings

# The modules that have a failpoint.
FAILING: tuple[Any, ...] = (export, load, merge, swap, transport)
PUBLISH = """
import json, sys
from upbeat.settings import get_settings
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.plan import load_plan
plan = load_plan("leaderboard").model_copy(update={"mart": sys.argv[1], "publish": sys.argv[2]})
settings = get_settings()
load_to_postgres(settings, plan, export_to_s3(settings, plan, "killed"))
"""


@pytest.mark.parametrize(
    ("way", "point"),
    [
        ("swap", "sync_after_export"),
        ("swap", "sync_before_swap"),
        ("swap", "sync_in_swap"),
        ("merge", "sync_before_swap"),
        ("merge", "sync_in_merge"),
    ],
)
def test_a_publish_killed_at_any_step_leaves_the_old_table_and_can_be_run_again(
    board: Board,  # noqa: F811
    way: str,
    point: str,
) -> None:
    board.publish()
    board.query("CREATE VIEW app.top AS SELECT handle, followers FROM app.leaderboard")
    board.fill(120, base=5000)
    environment = {**os.environ, **settings_environment(board.settings), "UPBEAT_FAILPOINT": point}
    process = subprocess.run(
        [sys.executable, "-c", PUBLISH, board.plan.mart, way], env=environment, timeout=240, check=False
    )
    assert process.returncode == -signal.SIGKILL
    assert board.published() == (100, 1000)
    assert board.query("SELECT count(*) AS n, min(followers) AS least FROM app.top") == [
        {"n": 100, "least": 1000}
    ]
    assert board.publish("killed")["rows"] == 120
    assert board.published() == (120, 5000)
    assert board.query("SELECT count(*) AS n, min(followers) AS least FROM app.top") == [
        {"n": 120, "least": 5000}
    ]
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
        assert time.monotonic() - began < 120, "it is not tried for ever"
        assert board.published() == (100, 1000)
    finally:
        embedded_stack.start(stack, ["s3"])
    staged = export_to_s3(board.settings, board.plan, "away")
    assert load_to_postgres(board.settings, board.plan, staged)["rows"] == 120


STEPS = ("sync_before_export", "sync_after_export", "sync_in_copy", "sync_before_swap", "sync_in_swap")


def publish_while(
    board: Board,  # noqa: F811
    stack: Settings,
    part: str,
    point: str,
) -> None:
    """Publish; at the point the part is killed, and started again once the publish has ended."""
    from upbeat import failpoints

    status = embedded_stack.status(stack, [part])[0]
    assert status.pid is not None
    killed = []

    def kill(name: str) -> None:
        if name == point and not killed and status.pid is not None:
            killed.append(status.pid)
            kill_with_family(status.pid)

    original = failpoints.failpoint
    try:
        for module in FAILING:
            module.failpoint = kill
        with contextlib.suppress(UpbeatError):
            board.publish("killed")
    finally:
        for module in FAILING:
            module.failpoint = original
        embedded_stack.start(stack, [part])
    assert killed, "the publish came by the point"


@pytest.mark.parametrize(
    ("part", "point"),
    [("postgres", "sync_in_copy"), ("clickhouse", "sync_before_export"), ("s3", "sync_in_copy")],
)
def test_a_store_killed_under_a_publish_leaves_a_whole_table_and_the_next_run_publishes(
    board: Board,  # noqa: F811
    stack: Settings,
    part: str,
    point: str,
) -> None:
    board.publish()
    board.fill(120, base=5000)
    publish_while(board, stack, part, point)
    assert board.published() == (100, 1000)
    assert board.publish("after")["rows"] == 120
    assert board.published() == (120, 5000)


@pytest.mark.chaos
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", ["postgres", "clickhouse", "s3"])
@pytest.mark.parametrize("point", STEPS)
@pytest.mark.parametrize("way", ["swap", "merge"])
def test_a_store_killed_at_any_step_of_either_way_leaves_the_old_or_the_new_table_whole(
    board: Board,  # noqa: F811
    stack: Settings,
    part: str,
    point: str,
    way: str,
) -> None:
    if way == "merge" and point == "sync_in_swap":
        point = "sync_in_merge"
    board.publish()
    board.plan = board.plan.model_copy(update={"publish": way})
    board.fill(120, base=5000)
    publish_while(board, stack, part, point)
    assert board.published() in [(100, 1000), (120, 5000)]
    assert board.publish("after")["rows"] == 120
    assert board.published() == (120, 5000)
