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
        built = f"select name from system.tables where database = '{database}'"
        assert names <= {row["name"] for row in warehouse.rows(built)}
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
