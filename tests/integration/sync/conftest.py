"""A mart of the test's own in ClickHouse, published by the plan that ships."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.sync.download import download_from_s3
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import LoadReport, load_to_postgres
from upbeat.sync.plan import Plan, load_plan

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

MART = """
CREATE TABLE {database}.mart_leaderboard (
    platform LowCardinality(String), profile_id String, handle String, full_name Nullable(String),
    category String, language String, country String, size_band String, followers Int64, followers_rank UInt64,
    previous_followers Nullable(Int64), previous_followers_rank Nullable(UInt64), rank_change Nullable(Int64),
    previous_observed_on Nullable(Date), followers_rank_by_category UInt64, followers_rank_by_language UInt64,
    followers_rank_by_country UInt64, followers_rank_by_size_band UInt64, engagement_rate Nullable(Float64),
    engagement_rank Nullable(UInt64), avg_likes Nullable(Float64), avg_comments Nullable(Float64), total_posts UInt64,
    observed_at DateTime64(6, 'UTC'), updated_at DateTime64(3, 'UTC')
) ENGINE = MergeTree ORDER BY (platform, profile_id)
"""
FILL = """
INSERT INTO {database}.mart_leaderboard
SELECT 'INSTAGRAM', toString(number), 'handle_' || toString(number), if(number % 3 = 0, NULL, 'Name\\t\\\\' || toString(number)),
    'Music', 'Unknown', 'IN', 'mega', {base} + number, number + 1, NULL, NULL, if(number % 2 = 0, NULL, -1), '2026-10-25', 1, 2, 3, 4,
    if(number % 5 = 0, NULL, number / 7), number + 1, 1.5, 2.5, 12, '2026-11-22 10:00:00.123456', '2026-11-22 10:05:00.5'
FROM numbers({rows})
"""
_runs = itertools.count(1)


@dataclass
class Board:
    """The mart, the plan over it, and short ways to run the steps."""

    settings: Settings
    plan: Plan
    database: str
    client: Client = field(repr=False)

    def fill(self, rows: int, *, base: int = 1000) -> None:
        """Replace the mart's rows; `followers` count on from `base`."""
        self.client.command(f"TRUNCATE TABLE {self.database}.mart_leaderboard")
        self.client.command(FILL.format(database=self.database, rows=rows, base=base))

    def publish(self, run_id: str = "", **options: Any) -> LoadReport:
        """All three steps."""
        staged = export_to_s3(self.settings, self.plan, run_id or f"run-{next(_runs)}")
        return load_to_postgres(self.settings, self.plan, download_from_s3(self.settings, staged), **options)

    def query(self, statement: str) -> list[dict[str, Any]]:
        """Rows of a statement on Postgres, committed."""
        with postgres.transaction(self.settings) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def published(self) -> tuple[int, int]:
        """Rows and least followers of the published table."""
        row = self.query("SELECT count(*) AS n, coalesce(min(followers), 0) AS least FROM app.leaderboard")[0]
        return row["n"], row["least"]


@pytest.fixture
def board(settings: Settings) -> Iterator[Board]:
    """A mart of 100 rows, nothing published yet; its plan swaps, however few rows differ."""
    database = settings.clickhouse_raw_database.replace("beat_replica", "mart")
    client = clickhouse.client(settings)
    client.command(f"CREATE DATABASE {database}")
    client.command(MART.format(database=database))
    plan = load_plan("leaderboard").model_copy(
        update={"mart": f"{database}.mart_leaderboard", "publish": "swap"}
    )
    board = Board(settings, plan, database, client)
    board.fill(100)
    yield board
    client.command(f"DROP DATABASE {database} SYNC")
    client.close()
