"""The marts of collections and campaigns over a world of raw rows, held against a recomputation in plain Python."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from . import collections_recomputed as recomputed
from .collections_recomputed import Key, Product, Row, ratio, total
from .row_differences import differences

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

POST = ("collection_id", "platform", "shortcode")


@pytest.fixture(scope="module")
def product(built_warehouse: BuiltWarehouse) -> Product:
    """The product's side of the world."""
    return Product(built_warehouse.world)


@pytest.fixture(scope="module")
def posts(product: Product) -> dict[Key, Row]:
    """The posts of all collections as they should be."""
    return recomputed.collection_posts(product)


def test_every_post_has_its_figures_and_its_price(
    built_warehouse: BuiltWarehouse, posts: dict[Key, Row]
) -> None:
    assert {row["kind"] for row in posts.values()} == {"POSTS", "PROFILES", "HASHTAGS", "KEYWORDS"}
    assert {row["is_collected"] for row in posts.values()} == {True, False}
    assert any(row["cost_per_reach"] for row in posts.values())
    assert differences(built_warehouse.rows("select * from mart.mart_collection_post"), POST, posts) == []


def test_costs_of_creators_and_collections_are_those_of_their_items(
    built_warehouse: BuiltWarehouse, product: Product, posts: dict[Key, Row]
) -> None:
    costs = recomputed.collection_costs(product, posts)
    by_creator = {key: {"cost": cost} for key, cost in costs.items() if key[2]}
    rows = built_warehouse.rows("select * from mart.mart_collection_profile")
    told = [row for row in rows if row["cost"] is not None]
    assert differences(told, ("collection_id", "platform", "creator"), by_creator) == []

    expected = {}
    for collection in product.collections:
        figures = [row for key, row in posts.items() if key[0] == collection]
        cost = total(amount for key, amount in costs.items() if key[0] == collection)
        expected[(collection,)] = {
            "posts": len(figures),
            "collected_posts": sum(row["is_collected"] for row in figures),
            "likes": total(row["likes"] for row in figures),
            "engagements": total(row["engagements"] for row in figures),
            "reach": total(row["reach"] for row in figures),
            "cost": cost,
            "currency": product.collections[collection]["currency"],
            "cost_per_reach": ratio(cost, total(row["reach"] for row in figures)),
            "cost_per_engagement": ratio(cost, total(row["engagements"] for row in figures)),
        }
    summary = built_warehouse.rows("select * from mart.mart_collection_summary")
    assert differences(summary, ("collection_id",), expected) == []
    items = built_warehouse.rows(
        "select collection_id, max(cumulative_amount) as cost from mart.mart_collection_cost group by all"
    )
    sums = {key: {"cost": row["cost"]} for key, row in expected.items() if row["cost"] is not None}
    assert differences(items, ("collection_id",), sums) == []


def test_a_result_costs_what_the_goal_says(built_warehouse: BuiltWarehouse) -> None:
    measures = {"REACH": "reach", "ENGAGEMENT": "engagements", "VIEWS": "plays", "SALES": "orders"}
    summaries = built_warehouse.rows("select *, results as orders from mart.mart_collection_summary")
    campaigns = built_warehouse.rows("select * from mart.mart_campaign_summary")
    assert {row["goal"] for row in campaigns} <= measures.keys()
    for row in [*summaries, *campaigns]:
        counted = row[measures[row["goal"]]] if row["goal"] else None
        assert row["results"] == counted
        assert row["cost_per_result"] == pytest.approx(ratio(row["cost"], counted))


def test_sales_count_once_and_to_the_last_part(built_warehouse: BuiltWarehouse, product: Product) -> None:
    expected = recomputed.campaign_sales(product)
    assert any(row["orders"].denominator > 1 for row in expected.values()), "no order is shared"
    assert any(row["refunded"] for row in expected.values())
    exact = {
        key: {name: _number(name, value) for name, value in row.items()} for key, row in expected.items()
    }
    key = ("campaign_id", "platform", "creator", "shop", "code", "currency")
    assert differences(built_warehouse.rows("select * from mart.mart_campaign_sales"), key, exact) == []

    sums = {
        (campaign_id,): {
            "orders": float(
                sum((row["orders"] for key, row in expected.items() if key[0] == campaign_id), Fraction(0))
            ),
            "net_sales": sum(
                (
                    exact[key]["net_sales"]
                    for key in expected
                    if key[0] == campaign_id and key[5] == product.campaigns[campaign_id]["currency"]
                ),
                Decimal(0),
            ),
            "cost": sum(
                (
                    row["amount"]
                    for row in product.rows("campaign_cost", "campaign_id")
                    if row["campaign_id"] == campaign_id
                ),
                Decimal(0),
            ),
        }
        for campaign_id in product.campaigns
    }
    assert (
        differences(built_warehouse.rows("select * from mart.mart_campaign_summary"), ("campaign_id",), sums)
        == []
    )


def _number(name: str, value: Fraction) -> float | Decimal:
    return float(value) if name.endswith("orders") else Decimal(int(value * 10_000)) / 10_000


def test_the_baseline_is_made_of_the_posts_before(
    built_warehouse: BuiltWarehouse, product: Product, posts: dict[Key, Row]
) -> None:
    expected = recomputed.baselines(product, posts)
    assert any(row["likes_lift_pct"] for row in expected.values())
    assert any(row["baseline_posts"] > 4 for row in expected.values())
    key = ("collection_id", "platform", "profile_id")
    assert (
        differences(built_warehouse.rows("select * from mart.mart_collection_vs_baseline"), key, expected)
        == []
    )


def test_every_day_is_told_from_the_first_observation_on(
    built_warehouse: BuiltWarehouse, product: Product, posts: dict[Key, Row]
) -> None:
    expected = recomputed.time_series(product, posts)
    assert {row["is_carried"] for row in expected.values()} == {True, False}
    key = ("collection_id", "platform", "date")
    rows = built_warehouse.rows("select * from mart.mart_collection_time_series")
    assert differences(rows, key, expected) == []
    for name in ("likes", "engagements"):
        gained = built_warehouse.rows(
            f"select collection_id, platform, sum(gained_{name}) as gained, argMax({name}, date) as shown"
            " from mart.mart_collection_time_series group by all"
        )
        assert gained
        assert [row for row in gained if row["gained"] != row["shown"]] == []


def test_what_creators_deliver_is_held_against_what_was_agreed(
    built_warehouse: BuiltWarehouse, product: Product, posts: dict[Key, Row]
) -> None:
    delivered: dict[Key, set[str]] = {}
    agreed = {}
    for row in product.rows("campaign_profiles", "campaign_id"):
        agreed[row["campaign_id"], row["platform"], product.creator_of(row)] = row
    for (collection, platform, code), post in posts.items():
        key = (product.collections[collection]["campaign_id"], platform, post["profile_id"])
        if post["is_collected"] and (
            post["kind"] == "POSTS" or (post["kind"] == "HASHTAGS" and key in agreed)
        ):
            delivered.setdefault(key, set()).add(code)
    expected = {
        key: {
            "fee": row["fee"],
            "agreed_posts": row["agreed_posts"],
            "delivered_posts": len(delivered.get(key, ())),
            "delivered_share": len(delivered.get(key, ())) / row["agreed_posts"]
            if row["agreed_posts"]
            else None,
        }
        for key, row in agreed.items()
    }
    assert any(row["delivered_posts"] for row in expected.values())
    key = ("campaign_id", "platform", "creator")
    assert differences(built_warehouse.rows("select * from mart.mart_campaign_profile"), key, expected) == []
