"""The leaderboards over a world of raw rows, held against a recomputation in plain Python, ties included."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from . import leaderboard_recomputed as recomputed
from . import series_recomputed
from .row_differences import differences

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

KEY = ("platform", "profile_id")
BOTH = {"INSTAGRAM", "YOUTUBE"}
Accounts = dict[series_recomputed.Account, series_recomputed.Row]


@pytest.fixture(scope="module")
def series(built_warehouse: BuiltWarehouse) -> series_recomputed.Series:
    """The daily series of every account."""
    return series_recomputed.series_of(built_warehouse.world.clean("profile_log"))


@pytest.fixture(scope="module")
def accounts(built_warehouse: BuiltWarehouse) -> Accounts:
    """The accounts of both platforms now."""
    columns = "platform, profile_id, handle, category, language, country"
    described = built_warehouse.rows(
        f"select {columns} from mart.mart_instagram_account union all select {columns} from mart.mart_youtube_account"
    )
    world = built_warehouse.world
    current = [*world.clean("instagram_account"), *world.clean("youtube_account")]
    posts = [*world.clean("instagram_post"), *world.clean("youtube_post")]
    return recomputed.accounts(current, posts, described, built_warehouse.now)


@pytest.fixture(scope="module")
def board(accounts: Accounts, series: series_recomputed.Series) -> recomputed.Board:
    """`mart_leaderboard` as it must be."""
    return recomputed.leaderboard(accounts, series)


@pytest.fixture(scope="module")
def weekly(
    accounts: Accounts, series: series_recomputed.Series, built_warehouse: BuiltWarehouse
) -> recomputed.Board:
    """`mart_leaderboard_weekly` as it must be."""
    return recomputed.board_of_periods(accounts, series, built_warehouse.now, "week", kept=53, carried=3)


def _lines(built: BuiltWarehouse, mart: str, key: tuple[str, ...], expected: recomputed.Board) -> list[str]:
    assert {k[0] for k in expected} == BOTH
    return differences(built.rows(f"select * from mart.{mart}"), key, expected)


def test_both_platforms_are_ranked_in_every_dimension(
    built_warehouse: BuiltWarehouse, board: recomputed.Board
) -> None:
    ties = Counter((row["platform"], row["followers"]) for row in board.values())
    assert max(ties.values()) > 1, "without a tie nothing shows that ties are ordered by profile_id"
    assert any(row["rank_change"] for row in board.values())
    expected = {
        key: {n: v for n, v in row.items() if n not in ("avg_plays", "observed_at")}
        for key, row in board.items()
    }
    assert _lines(built_warehouse, "mart_leaderboard", KEY, expected) == []


def test_weeks_are_ranked_at_their_end_and_compared(
    built_warehouse: BuiltWarehouse, weekly: recomputed.Board
) -> None:
    assert any(row["rank_change_by_size_band"] for row in weekly.values())
    assert _lines(built_warehouse, "mart_leaderboard_weekly", (*KEY, "starts_on"), weekly) == []


def test_months_are_ranked_at_their_end_and_compared(
    built_warehouse: BuiltWarehouse, accounts: Accounts, series: series_recomputed.Series
) -> None:
    expected = recomputed.board_of_periods(accounts, series, built_warehouse.now, "month", kept=25, carried=2)
    assert any(row["rank_change"] for row in expected.values())
    assert _lines(built_warehouse, "mart_leaderboard_monthly", (*KEY, "starts_on"), expected) == []


def test_who_moved_most_is_ranked_apart_up_and_down(
    built_warehouse: BuiltWarehouse, weekly: recomputed.Board
) -> None:
    expected = recomputed.changes(weekly)
    assert {"new", "climbed", "fell"} <= {row["movement"] for row in expected.values()}
    assert _lines(built_warehouse, "mart_leaderboard_change", (*KEY, "weeks"), expected) == []


def test_each_day_has_the_places_of_all_accounts_known_by_then(
    built_warehouse: BuiltWarehouse, series: series_recomputed.Series
) -> None:
    expected = recomputed.history(series)
    assert (
        _lines(built_warehouse, "mart_leaderboard_history", ("platform", "date", "followers_rank"), expected)
        == []
    )


def test_engagement_is_ranked_within_the_size_band(
    built_warehouse: BuiltWarehouse, accounts: Accounts
) -> None:
    expected = recomputed.engagement(accounts)
    assert max(row["accounts_in_size_band"] for row in expected.values()) > 1
    assert _lines(built_warehouse, "mart_leaderboard_engagement", KEY, expected) == []


def test_growth_is_ranked_by_accounts_and_by_per_cent(
    built_warehouse: BuiltWarehouse, accounts: Accounts, series: series_recomputed.Series
) -> None:
    expected = recomputed.growth(series_recomputed.growth_rates(series), accounts, built_warehouse.now)
    assert _lines(built_warehouse, "mart_leaderboard_growth", (*KEY, "days"), expected) == []


def test_plays_and_views_are_ranked(
    built_warehouse: BuiltWarehouse, accounts: Accounts, series: series_recomputed.Series
) -> None:
    expected = recomputed.views(accounts, series, built_warehouse.now)
    assert any(row["views_gained"] for row in expected.values())
    assert _lines(built_warehouse, "mart_leaderboard_views", KEY, expected) == []


def test_who_was_not_scored_has_no_place_by_authenticity(
    built_warehouse: BuiltWarehouse, board: recomputed.Board
) -> None:
    samples = built_warehouse.rows("select * from mart.mart_audience_authenticity")
    quality = built_warehouse.rows(
        "select platform, profile_id, quality_score from mart.mart_audience_quality_score"
    )
    expected = recomputed.authenticity(
        board,
        {(row["platform"], row["profile_id"]): row for row in samples},
        {(row["platform"], row["profile_id"]): row["quality_score"] for row in quality},
    )
    assert {row["authenticity_rank"] is None for row in expected.values()} == {True, False}
    assert _lines(built_warehouse, "mart_leaderboard_authenticity", KEY, expected) == []


@pytest.mark.parametrize("dimension", ["category", "country"])
def test_parts_of_a_platform_have_leaders(
    dimension: str, built_warehouse: BuiltWarehouse, board: recomputed.Board
) -> None:
    expected = recomputed.overview(board, dimension)
    assert (
        _lines(built_warehouse, f"mart_leaderboard_{dimension}_overview", ("platform", dimension), expected)
        == []
    )


def test_accounts_are_counted_in_the_band_they_are_in_and_in_the_one_they_came_from(
    built_warehouse: BuiltWarehouse, board: recomputed.Board
) -> None:
    expected = recomputed.distribution(board)
    assert any(row["risen_into"] for row in expected.values())
    key = ("platform", "category", "size_band")
    assert _lines(built_warehouse, "mart_size_band_distribution", key, expected) == []
