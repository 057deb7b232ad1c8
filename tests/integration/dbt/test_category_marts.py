"""The category marts over the built world, held against a recomputation in plain Python."""

from __future__ import annotations

import pytest

from . import category_recomputed as recomputed
from . import discovery_recomputed as discovery
from .conftest import BuiltWarehouse
from .discovery_recomputed import Account, Row
from .row_differences import differences
from .series_recomputed import Series, growth_rates, series_of


@pytest.fixture(scope="module")
def creators(built_warehouse: BuiltWarehouse) -> dict[Account, Row]:
    """All accounts, recomputed once."""
    return discovery.accounts(built_warehouse.world, built_warehouse.now)


@pytest.fixture(scope="module")
def series(built_warehouse: BuiltWarehouse) -> Series:
    """The days of all accounts, recomputed once."""
    return series_of(built_warehouse.world.clean("profile_log"))


@pytest.fixture(scope="module")
def growth(series: Series) -> dict[Account, float | None]:
    """Account → growth in 30 days, where it can be compared."""
    return {
        key[:2]: rate["growth_pct"]
        for key, rate in growth_rates(series).items()
        if key[2] == 30 and rate["is_comparable"]
    }


def test_categories_agree_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row], growth: dict[Account, float | None]
) -> None:
    expected = recomputed.overviews(creators, growth, "category")
    rows = built_warehouse.rows("select * from mart.mart_category_overview")

    assert differences(rows, ("platform", "category"), expected) == []
    for row in rows:
        sized = sum(row[f"{band}_creators"] for band in ("nano", "micro", "mid", "macro", "mega"))
        unknown = [
            a
            for a, c in creators.items()
            if (a[0], c["category"]) == (row["platform"], row["category"]) and c["followers"] is None
        ]
        assert sized + len(unknown) == row["creators"]


def test_languages_agree_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row], growth: dict[Account, float | None]
) -> None:
    expected = recomputed.overviews(creators, growth, "language")
    place = discovery.places(built_warehouse.world, built_warehouse.now)
    for (platform, language), row in expected.items():
        found = [
            place[account]
            for account, one in creators.items()
            if (account[0], one["language"]) == (platform, language)
        ]
        row["stated_share"] = sum(p["language_source"] == "videos" for p in found) / len(found)
        row["mean_confidence"] = discovery.mean_of(p["language_confidence"] for p in found)
        row["top_country"], row["top_country_share"] = discovery.most_frequent(
            p["country"] for p in found if p["country"] != "unknown"
        )
    rows = built_warehouse.rows("select * from mart.mart_language_overview")
    assert differences(rows, ("platform", "language"), expected) == []


def test_topics_agree_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row], growth: dict[Account, float | None]
) -> None:
    expected = recomputed.topics(creators, growth)
    assert expected
    assert (
        differences(
            built_warehouse.rows("select * from mart.mart_topic_overview"), ("platform", "topic"), expected
        )
        == []
    )


def test_the_trend_of_categories_agrees_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row], series: Series
) -> None:
    expected = recomputed.category_trend(built_warehouse.world, creators, series, built_warehouse.now)
    rows = built_warehouse.rows("select * from mart.mart_category_trend")

    assert differences(rows, ("platform", "category", "week_starts_on"), expected) == []
    assert any(row["growth_pct"] for row in rows)
    assert any(row["posts_change_pct"] for row in rows)


def test_the_trend_of_topics_agrees_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row]
) -> None:
    expected = recomputed.topic_trend(built_warehouse.world, creators, built_warehouse.now)
    rows = built_warehouse.rows("select * from mart.mart_topic_trend")

    assert differences(rows, ("platform", "topic", "week_starts_on"), expected) == []
    assert any(row["momentum_pct"] for row in rows)


def test_the_trend_of_hashtags_agrees_with_a_recomputation(
    built_warehouse: BuiltWarehouse, creators: dict[Account, Row]
) -> None:
    expected = recomputed.hashtag_trend(built_warehouse.world, creators, built_warehouse.now)
    rows = built_warehouse.rows("select * from mart.mart_hashtag_trend")

    assert differences(rows, ("platform", "hashtag", "week_starts_on"), expected) == []
    assert any(row["growth"] for row in rows)
