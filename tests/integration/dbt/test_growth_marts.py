"""The growth marts over a world of raw rows, held against a recomputation in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from . import growth_recomputed as growth
from . import series_recomputed as recomputed
from .row_differences import differences

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

ACCOUNT = ("platform", "profile_id")


@pytest.fixture(scope="module")
def log(built_warehouse: BuiltWarehouse) -> list[recomputed.Row]:
    """The observations that count."""
    return built_warehouse.world.clean("profile_log")


@pytest.fixture(scope="module")
def series(log: list[recomputed.Row]) -> recomputed.Series:
    """The daily series of every account."""
    return recomputed.series_of(log)


def _lines(
    built: BuiltWarehouse, mart: str, key: tuple[str, ...], expected: dict[Any, recomputed.Row]
) -> list[str]:
    assert expected, f"the world has nothing for {mart}"
    return differences(built.rows(f"select * from mart.{mart}"), (*ACCOUNT, *key), expected)


def test_each_day_has_the_latest_known_figures(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = {(*account, day): row for account, days in series.items() for day, row in days.items()}
    assert any(row["views"] for row in expected.values())
    assert _lines(built_warehouse, "mart_time_series", ("date",), expected) == []


@pytest.mark.parametrize("unit", ["week", "month"])
def test_periods_add_up_and_name_their_missing_days(
    unit: str, built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = recomputed.periods(series, unit)
    assert any(row["missing_days"] for row in expected.values())
    assert any(row["growth"] for row in expected.values())
    assert _lines(built_warehouse, f"mart_time_series_{unit}ly", ("starts_on",), expected) == []


def test_growth_is_that_since_the_latest_figure_old_enough(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = recomputed.growth_rates(series)
    assert {row["is_comparable"] for row in expected.values()} == {True, False}
    assert _lines(built_warehouse, "mart_growth_rates", ("days",), expected) == []


def test_milestones_are_bounded_by_the_observations_around_them(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = growth.milestones(series)
    assert {row["last_below_on"] is None for row in expected.values()} == {True, False}
    assert _lines(built_warehouse, "mart_follower_milestones", ("milestone",), expected) == []


def test_forecasts_follow_the_formula_of_their_description(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    assert growth.student_t_975(10) == pytest.approx(2.228139, abs=1e-5)  # as printed in tables
    expected = growth.forecasts(series)
    assert {row["status"] for row in expected.values()} == {"forecast", "too_few_points"}
    actual = built_warehouse.rows("select * from mart.mart_growth_forecast")
    for row in expected.values():  # the mart's quantile is a series, good to 0.0001
        for name in ("followers_low", "followers_high"):
            row[name] = None if row[name] is None else pytest.approx(row[name], rel=1e-3)
    assert differences(actual, (*ACCOUNT, "horizon_days"), expected) == []
    founded = [row for row in actual if row["status"] == "forecast"]
    assert all(row["followers_low"] <= row["followers_forecast"] <= row["followers_high"] for row in founded)


def test_unusual_changes_are_those_far_from_the_median_of_the_account(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = growth.anomalies(series)
    assert len({row["reason"] for row in expected.values()}) > 2
    assert _lines(built_warehouse, "mart_growth_anomalies", ("date",), expected) == []


def test_gaps_are_the_whole_days_between_observations(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    expected = growth.gaps(series, built_warehouse.now.date())
    assert _lines(built_warehouse, "mart_observation_gaps", ("starts_on",), expected) == []


def test_attributes_change_where_one_source_saw_them_change(
    built_warehouse: BuiltWarehouse, log: list[recomputed.Row]
) -> None:
    expected = growth.attribute_changes(log)
    assert (
        _lines(built_warehouse, "mart_profile_attribute_history", ("attribute", "observed_at"), expected)
        == []
    )


def test_insights_of_a_day_are_the_last_that_were_told(built_warehouse: BuiltWarehouse) -> None:
    expected = growth.insights(built_warehouse.world.clean("profile_insight"))
    assert {key[0] for key in expected} == {"INSTAGRAM", "YOUTUBE"}
    key = ("metric", "period", "date")
    assert _lines(built_warehouse, "mart_insights_time_series", key, expected) == []


def test_engagement_is_measured_by_the_followers_of_the_day(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    posts = [p for table in ("instagram_post", "youtube_post") for p in built_warehouse.world.clean(table)]
    expected = growth.engagement(posts, series, built_warehouse.now)
    assert any(row["engagement_rate_30_days"] for row in expected.values())
    assert _lines(built_warehouse, "mart_engagement_time_series", ("date",), expected) == []


def test_growth_is_placed_among_peers_of_the_same_category_and_size(
    built_warehouse: BuiltWarehouse, series: recomputed.Series
) -> None:
    accounts = built_warehouse.rows(
        "select platform, profile_id, category from mart.mart_instagram_account "
        "union all select platform, profile_id, category from mart.mart_youtube_account"
    )
    category = {(row["platform"], row["profile_id"]): row["category"] for row in accounts}
    expected = growth.benchmarks(recomputed.growth_rates(series), category)
    assert max(row["peers"] for row in expected.values()) > 1
    assert _lines(built_warehouse, "mart_growth_benchmark", ("days",), expected) == []
