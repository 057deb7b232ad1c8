"""Whatever the order in which raw rows arrive, incremental runs give what a full refresh gives."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest

from . import raw_world
from .conftest import Warehouse
from .world.build import build_world
from .world.world import HOUR, NOW, TIMES, Row

RUNS = 3
PROFILES = [f"n{number:03}" for number in range(200)]
INCREMENTAL = "config.materialized:incremental,path:models/staging"
SERIES = (
    "mart_time_series",
    "mart_time_series_weekly",
    "mart_time_series_monthly",
    "mart_leaderboard_history",
)
CHOSEN = ("run", "--select", INCREMENTAL, *SERIES)
OVERLAP = timedelta(minutes=235)
"""Runs are an hour apart, so that a row which arrives this late still lies within four hours of the watermark before it."""


@pytest.mark.timeout(900)
def test_incremental_runs_equal_a_full_refresh_over_two_hundred_orders_of_arrival(
    warehouse: Warehouse,
) -> None:
    """The rows of 200 profiles, of 600 posts and of all other subjects arrive in an order of each one's own, over three runs: late by
    years, repeated, replayed, or visible only after rows that were ingested later. One run dies between delete and insert."""
    runs = _arrivals(random.Random(11))
    assert len(_orders(runs)) == len(PROFILES)
    for number, tables in enumerate(runs):
        for table, rows in tables.items():
            for _, batch in itertools.groupby(sorted(rows, key=tuple), key=tuple):
                warehouse.insert(table, list(batch))
        if number == RUNS - 1:
            _delete_as_a_run_that_died_would(warehouse)
        warehouse.dbt(*CHOSEN)
    incremental = _contents(warehouse)
    assert len(incremental) >= 20
    assert all(count for count, _ in incremental.values())

    warehouse.dbt(*CHOSEN, "--full-refresh")
    refreshed = _contents(warehouse)
    assert {name for name in refreshed if refreshed[name] != incremental[name]} == set()

    told = [row for tables in runs for row in tables["profile_log"] if row["profile_id"] in set(PROFILES)]
    series = "select * from mart.mart_time_series where startsWith(profile_id, 'n')"
    expected = raw_world.expected_series(told)
    found = {(row["profile_id"], row["date"]): row for row in warehouse.rows(series)}
    assert found.keys() == expected.keys()
    assert [key for key, row in expected.items() if any(found[key][name] != row[name] for name in row)] == []


def _arrivals(rng: random.Random) -> list[dict[str, list[Row]]]:
    """Of each run the rows that arrive before it, by table."""
    world = build_world(4)
    observed = raw_world.observations(rng, PROFILES, NOW, each=12)
    replayed = [
        {**row, "metrics": rng.choice(['{"followers": 1}', "{}"]), "_event_id": row["_event_id"] + 10**6}
        for row in rng.sample(observed, 200)
    ]
    repeated = rng.sample(observed, 200)
    told = {name: rows for name, rows in world.tables.items() if "." not in name}
    told["profile_log"] = [*told["profile_log"], *observed, *replayed, *repeated]
    runs: list[dict[str, list[Row]]] = [{} for _ in range(RUNS)]
    for table, rows in told.items():
        for row in rng.sample(rows, len(rows)):
            number = rng.randrange(RUNS)
            arrived = NOW + number * HOUR - rng.random() * OVERLAP
            runs[number].setdefault(table, []).append({**row, "_ingested_at": arrived.replace(microsecond=0)})
    return runs


def _orders(runs: list[dict[str, list[Row]]]) -> set[tuple[int, ...]]:
    """The orders in which the profiles' rows arrive: of each row, oldest observation first, in which run it does."""
    arrived: dict[str, list[tuple[object, int]]] = {profile: [] for profile in PROFILES}
    for number, tables in enumerate(runs):
        for row in tables["profile_log"]:
            if row["profile_id"] in arrived:
                arrived[row["profile_id"]].append((row[TIMES["profile_log"]], number))
    return {
        tuple(number for _, number in sorted(rows, key=lambda r: (str(r[0]), r[1])))
        for rows in arrived.values()
    }


def _contents(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """(rows, hash of all values) by table."""
    return {
        name: tuple(
            warehouse.rows(
                f"select count() as rows, groupBitXor(sipHash64(toString(tuple(*)))) as hash from {name}"
            )[0].values()
        )
        for name in _tables(warehouse)
    }  # type: ignore[misc]


def _tables(warehouse: Warehouse) -> dict[str, str]:
    """The key of each table that dbt made."""
    query = "select database || '.' || name as table, sorting_key from system.tables where database in ('staging', 'mart')"
    return {row["table"]: row["sorting_key"] for row in warehouse.rows(query)}


def _delete_as_a_run_that_died_would(warehouse: Warehouse) -> None:
    """The rows that the next run would delete first are gone; what it would insert then was never inserted."""
    for table, key in _tables(warehouse).items():
        since = f"(select max(ingested_at) - toIntervalHour(4) from {table})"
        warehouse.command(
            f"delete from {table} where ({key}) in (select {key} from {table} where ingested_at > {since}) "
            "settings allow_nondeterministic_mutations = 1"
        )
