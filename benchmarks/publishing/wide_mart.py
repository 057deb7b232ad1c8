"""A mart of 12 columns of the kinds that published tables have: names, counts that may be missing, rates, times."""

from __future__ import annotations

from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.sync.plan import Plan

MART = """
CREATE TABLE bench.mart_wide (
    platform LowCardinality(String), profile_id String, handle String, category Nullable(String), country String,
    followers Int64, followers_rank UInt64, rank_change Nullable(Int64), engagement_rate Nullable(Float64),
    avg_likes Nullable(Float64), observed_on Date, updated_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (platform, profile_id)
"""
FILL = """
INSERT INTO bench.mart_wide
SELECT if(number % 4 = 0, 'YOUTUBE', 'INSTAGRAM'), toString(cityHash64(number)), 'creator.' || toString(number),
    if(number % 3 = 0, NULL, ['Music', 'Travel', 'Food & Drink', 'Health'][1 + number % 4]),
    ['IN', 'US', 'BR', 'Unknown'][1 + number % 4], cityHash64(number, 1) % 10000000, number + 1,
    if(number % 2 = 0, NULL, toInt64(number % 100) - 50), if(number % 5 = 0, NULL, cityHash64(number, 2) % 100000 / 7919),
    cityHash64(number, 3) % 1000000 / 7, toDate('2026-11-22') - number % 30,
    toDateTime64('2026-11-22 10:00:00', 6, 'UTC') - number % 86400 - (number % 1000000) / 1000000
FROM numbers({rows})
"""
PLAN = Plan.model_validate(
    {
        "name": "wide",
        "mart": "bench.mart_wide",
        "table": "wide",
        "key": ["platform", "profile_id"],
        "publish": "swap",
        "columns": [
            {"name": "platform", "type": "text"},
            {"name": "profile_id", "type": "text"},
            {"name": "handle", "type": "text"},
            {"name": "category", "type": "text", "nullable": True},
            {"name": "country", "type": "text"},
            {"name": "followers", "type": "bigint"},
            {"name": "followers_rank", "type": "bigint"},
            {"name": "rank_change", "type": "bigint", "nullable": True},
            {"name": "engagement_rate", "type": "double precision", "nullable": True},
            {"name": "avg_likes", "type": "double precision", "nullable": True},
            {"name": "observed_on", "type": "date"},
            {"name": "updated_at", "type": "timestamptz"},
        ],
        "indexes": [{"columns": ["followers_rank"]}, {"columns": ["handle"]}],
    }
)


def fill(settings: Settings, rows: int) -> None:
    """Create the mart and fill it."""
    client = clickhouse.client(settings)
    try:
        client.command("CREATE DATABASE bench")
        client.command(MART)
        client.command(FILL.format(rows=rows))
    finally:
        client.close()
