"""Incremental content and operations marts equal a full refresh, whatever arrives when, while the clock moves on."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from .conftest import Warehouse
from .world.build import build_world
from .world.world import DAY, NOW, Row, World

MARTS = (
    "mart_instagram_post",
    "mart_youtube_post",
    "mart_post_ranking",
    "mart_post_time_series",
    "mart_ops_queue_health",
    "mart_ops_source_quality",
)
TABLES = ("instagram_account", "youtube_account", "instagram_post", "youtube_post", "post_log", "task_log")
MOMENTS = (NOW, NOW + 3 * DAY, NOW + 12 * DAY)


@pytest.mark.timeout(600)
def test_incremental_runs_equal_a_full_refresh_while_time_goes_by(warehouse: Warehouse) -> None:
    """Rows arrive in any order over three runs; followers and handles change, posts are dated anew, and posts grow too old to rank."""
    world, rng = build_world(5), random.Random(23)
    batches = {table: _batches(world, table, rng) for table in TABLES}
    for number, moment in enumerate(MOMENTS):
        for table in TABLES:
            _insert(
                warehouse,
                table,
                [{**row, "_ingested_at": moment - timedelta(minutes=5)} for row in batches[table][number]],
            )
        _run(warehouse, moment)
    incremental = _contents(warehouse)
    assert all(incremental.values())
    _run(warehouse, MOMENTS[-1], "--full-refresh")
    refreshed = _contents(warehouse)
    for mart in MARTS:
        assert incremental[mart] == refreshed[mart], mart


def _batches(world: World, table: str, rng: random.Random) -> list[list[Row]]:
    """The rows of a table in any order, each batch with news about rows that came before."""
    rows = list(world[table])
    rng.shuffle(rows)
    batches = [rows[number :: len(MOMENTS)] for number in range(len(MOMENTS))]
    if table.endswith("_log"):
        return batches
    for number, moment in enumerate(MOMENTS[1:], 1):
        known = rng.sample([row for batch in batches[:number] for row in batch], 12)
        batches[number] += [_news(table, row, moment, number) for row in known]
    return batches


def _news(table: str, row: Row, moment: datetime, number: int) -> Row:
    """The same account with other followers under another name, or the same post with other figures and an earlier date."""
    news = {
        **row,
        "observed_at": moment - timedelta(minutes=6),
        "_event_id": row["_event_id"] + 10**6 * number,
    }
    if table.endswith("_account"):
        return {**news, "followers_count": 1000 * number, "handle": f"renamed_{row['profile_id']}_{number}"}
    published = row["published_at"] or moment
    return {**news, "likes_count": 77, "published_at": published - 5 * DAY}


def _insert(warehouse: Warehouse, table: str, rows: list[Row]) -> None:
    columns = sorted({name for row in rows for name in row})
    warehouse.insert(table, [{name: row.get(name) for name in columns} for row in rows])


def _run(warehouse: Warehouse, moment: datetime, *arguments: str) -> None:
    clock = f"{{current_moment: '{moment:%Y-%m-%d %H:%M:%S}.000'}}"
    warehouse.dbt("run", "--select", " ".join(f"+{mart}" for mart in MARTS), "--vars", clock, *arguments)


def _contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    return {mart: warehouse.rows(f"select * from mart.{mart} order by all") for mart in MARTS}
