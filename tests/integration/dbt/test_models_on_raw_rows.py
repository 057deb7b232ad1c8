"""Raw rows in, dbt run, marts out: held against a recomputation in plain Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from . import raw_world as world
from .conftest import Warehouse

MODELS = {
    "staging": {"stg_beat_instagram_account", "stg_beat_instagram_post", "stg_beat_profile_log"},
    "mart": {"mart_instagram_account", "mart_time_series", "mart_leaderboard"},
}


def _differences(
    actual: list[dict[str, Any]], key: tuple[str, ...], expected: dict[Any, dict[str, Any]]
) -> list[str]:
    """One line per row or value that differs; a key twice, too."""
    found = {tuple(row[k] for k in key): row for row in actual}
    wanted = {k if isinstance(k, tuple) else (k,): v for k, v in expected.items()}
    lines = [f"{k}: missing" for k in wanted.keys() - found.keys()]
    lines += [f"{k}: not expected" for k in found.keys() - wanted.keys()]
    lines += ["a key twice"] if len(found) != len(actual) else []
    for k in wanted.keys() & found.keys():
        for name, value in wanted[k].items():
            if found[k][name] != (pytest.approx(value) if isinstance(value, float) else value):
                lines.append(f"{k}.{name}: {found[k][name]} instead of {value}")
    return lines


def _dirty_log(now: datetime) -> list[world.Row]:
    """A row from the future, one event told twice, one observation told anew by a replay, unreadable metrics."""
    future = world.log_row("1", now + timedelta(days=400), 9001, now, followers=10**9)
    repeated = world.log_row("2", now - timedelta(days=3), 9002, now, followers=77)
    replayed = world.log_row("2", now - timedelta(days=3), 9003, now, followers=78)
    nonsense = {
        **world.log_row("3", now - timedelta(days=700), 9004, now),
        "metrics": '{"followers": "many"}',
    }
    return [future, repeated, dict(repeated), replayed, nonsense]


def test_a_fresh_database_gets_marts_that_agree_with_a_recomputation(warehouse: Warehouse) -> None:
    rng, now = random.Random(7), datetime.now(UTC).replace(microsecond=0)
    profiles = [str(number) for number in range(1, 41)]
    log = [*world.observations(rng, profiles[:35], now, each=12), *_dirty_log(now)]
    account_rows, post_rows = world.accounts(rng, profiles, now), world.posts(rng, profiles, now)
    nameless = {**account_rows[0], "profile_id": "99", "handle": "  ", "followers_count": 10**9}
    outdated = {
        **account_rows[0],
        "followers_count": 5,
        "observed_at": now - timedelta(days=9),
        "_event_id": 0,
    }
    warehouse.insert("profile_log", log)
    for batch in ([outdated], [*account_rows, nameless], [account_rows[1]]):
        warehouse.insert("instagram_account", batch)
    warehouse.insert("instagram_post", post_rows)

    warehouse.dbt("run", "--select", "tag:core")

    for database, names in MODELS.items():
        assert {
            r["name"] for r in warehouse.rows(f"select name from system.tables where database = '{database}'")
        } == names
    log[-1] = {**log[-1], "metrics": "{}"}
    series, account = world.expected_series(log), world.expected_accounts(account_rows, post_rows, now)
    assert (
        _differences(warehouse.rows("select * from mart.mart_time_series"), ("profile_id", "date"), series)
        == []
    )
    assert (
        _differences(warehouse.rows("select * from mart.mart_instagram_account"), ("profile_id",), account)
        == []
    )
    board = world.expected_leaderboard(account, series)
    assert _differences(warehouse.rows("select * from mart.mart_leaderboard"), ("profile_id",), board) == []
    assert any(row["rank_change"] for row in board.values())

    output = warehouse.dbt("build")
    assert "ERROR=0" in output
    assert "log_rows_from_the_future" in output.split("WARN=1")[0]


@pytest.mark.timeout(600)
def test_incremental_runs_equal_a_full_refresh_whatever_the_order_of_arrival(warehouse: Warehouse) -> None:
    """Each profile's rows arrive in an order of their own, over three runs a day apart: late by years, repeated,
    replayed, or visible only after rows that were ingested later."""
    rng, start = random.Random(11), datetime(2026, 3, 1, 12, tzinfo=UTC)
    batches = _arrivals(rng, start)
    marts = "mart_time_series_weekly mart_time_series_monthly mart_leaderboard_history"
    chosen = ("run", "--select", f"+mart_time_series stg_beat_instagram_post {marts}")
    for batch in batches:
        warehouse.insert("profile_log", batch)
        warehouse.insert("instagram_post", _posts_of(batch))
        warehouse.dbt(*chosen)
    incremental = _contents(warehouse)
    assert (
        _differences(
            warehouse.rows("select * from mart.mart_time_series"),
            ("profile_id", "date"),
            world.expected_series([row for batch in batches for row in batch]),
        )
        == []
    )

    _delete_as_a_run_that_died_would(warehouse)
    assert _contents(warehouse) != incremental
    warehouse.dbt(*chosen)
    assert _contents(warehouse) == incremental

    warehouse.dbt(*chosen, "--full-refresh")
    assert _contents(warehouse) == incremental


def _arrivals(rng: random.Random, start: datetime) -> list[list[world.Row]]:
    rows = world.observations(rng, [str(number) for number in range(60)], start, each=10)
    replayed = [
        {**r, "metrics": '{"followers": 1}', "_event_id": r["_event_id"] + 10_000}
        for r in rng.sample(rows, 60)
    ]
    arriving = [*rows, *replayed, *rng.sample(rows, 60)]
    rng.shuffle(arriving)
    batches = []
    for number in range(3):
        arrived_at = start + timedelta(days=number)
        batches.append(
            [
                {**row, "_ingested_at": arrived_at - timedelta(minutes=rng.randrange(200))}
                for row in arriving[number::3]
            ]
        )
    late = [{**row, "_ingested_at": start - timedelta(hours=3)} for row in batches[1][:40]]
    return [batches[0], [*late, *batches[1][40:]], batches[2]]


def _posts_of(batch: list[world.Row]) -> list[world.Row]:
    return [
        {
            "platform": row["platform"],
            "post_id": f"{row['profile_id']}-{row['_event_id'] % 3}",
            "profile_id": row["profile_id"],
            "handle": row["handle"],
            "likes_count": row["_event_id"],
            "source": row["source"],
            "observed_at": row["timestamp"],
            "_event_id": row["_event_id"],
            "_ingested_at": row["_ingested_at"],
        }
        for row in batch
    ]


def _contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    return {
        name: warehouse.rows(f"select * from {name} order by all")
        for name in (
            "staging.stg_beat_profile_log",
            "staging.stg_beat_instagram_post",
            "mart.mart_time_series",
            "mart.mart_time_series_weekly",
            "mart.mart_time_series_monthly",
            "mart.mart_leaderboard_history",
        )
    }


def _delete_as_a_run_that_died_would(warehouse: Warehouse) -> None:
    """The rows that the next run would delete first are gone; what it would insert then was never inserted."""
    newest = "(select max(ingested_at) - toIntervalHour(4) from {})"
    for table, key in (
        ("mart.mart_leaderboard_history", "(platform, date, followers_rank)"),
        ("mart.mart_time_series_monthly", "(platform, profile_id, starts_on)"),
        ("mart.mart_time_series_weekly", "(platform, profile_id, starts_on)"),
        ("mart.mart_time_series", "(platform, profile_id, date)"),
        ("staging.stg_beat_instagram_post", "(platform, post_id)"),
        ("staging.stg_beat_profile_log", "(platform, profile_id, observed_at, source)"),
    ):
        since = newest.format(table)
        warehouse.command(
            f"delete from {table} where {key} in (select {key} from {table} where ingested_at > {since}) "
            "settings allow_nondeterministic_mutations = 1"
        )
