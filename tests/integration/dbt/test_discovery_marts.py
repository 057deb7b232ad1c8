"""The discovery marts over the built world, held against a recomputation in plain Python."""

from __future__ import annotations

import pytest

from . import discovery_recomputed as recomputed
from .conftest import BuiltWarehouse
from .discovery_recomputed import Account, Row
from .row_differences import differences
from .series_recomputed import growth_rates, series_of, size_band

KEY = ("platform", "profile_id")
RISING = ("platform", "profile_id", "days")


@pytest.fixture(scope="module")
def known(built_warehouse: BuiltWarehouse) -> dict[Account, Row]:
    """All accounts, recomputed once."""
    return recomputed.accounts(built_warehouse.world, built_warehouse.now)


def test_accounts_of_both_platforms_agree_with_a_recomputation(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    shared = ", ".join(next(iter(known.values())))
    query = f"select platform, profile_id, {shared} from mart.mart_{{}}_account"
    rows = [row for name in ("instagram", "youtube") for row in built_warehouse.rows(query.format(name))]

    assert differences(rows, KEY, known) == []
    assert {row["category"] for row in rows} > {"Unknown", "Food"}


def test_channels_are_measured_by_views_too(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    for row in built_warehouse.rows("select * from mart.mart_youtube_account"):
        mine = known["YOUTUBE", row["profile_id"]]
        wanted = None
        if mine["avg_plays"] and mine["avg_likes"] is not None and mine["avg_comments"] is not None:
            wanted = pytest.approx((mine["avg_likes"] + mine["avg_comments"]) / mine["avg_plays"] * 100)
        assert row["view_engagement_rate"] == wanted


def test_language_and_place_say_where_they_come_from(built_warehouse: BuiltWarehouse) -> None:
    expected = recomputed.places(built_warehouse.world, built_warehouse.now)
    rows = built_warehouse.rows("select * from mart.mart_creator_language_location")

    assert differences(rows, KEY, expected) == []
    assert {row["language_source"] for row in rows} == {"videos", "enrichment", "none"}
    assert {row["country_source"] for row in rows} == {"account", "enrichment", "none"}


def test_activity_agrees_with_a_recomputation(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    expected = recomputed.activity(built_warehouse.world, known, built_warehouse.now)
    assert differences(built_warehouse.rows("select * from mart.mart_creator_activity"), KEY, expected) == []


def test_content_mix_agrees_with_a_recomputation(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    expected = recomputed.content_mix(built_warehouse.world, known, built_warehouse.now)
    rows = built_warehouse.rows("select * from mart.mart_creator_content_mix")

    assert differences(rows, (*KEY, "post_type"), expected) == []
    assert {row["profile_id"] for row in rows if row["profile_id"] == "stranger"} == set()


def test_brands_agree_with_a_recomputation(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    expected = recomputed.brand_affinity(built_warehouse.world, known, built_warehouse.now)
    assert expected
    assert (
        differences(
            built_warehouse.rows("select * from mart.mart_brand_affinity"), (*KEY, "brand_handle"), expected
        )
        == []
    )


def test_new_creators_are_those_first_seen_in_thirty_days(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    series, today = series_of(built_warehouse.world.clean("profile_log")), built_warehouse.now.date()
    expected = {}
    for account, row in known.items():
        days = series.get(account, {})
        told = [day["followers"] for day in days.values() if day["followers"] is not None]
        first = min(days, default=today)
        if (today - first).days < 30:
            begun = (told[0] if told else None) if days else row["followers"]
            growth = None if begun is None or row["followers"] is None else row["followers"] - begun
            expected[account] = {"first_seen_on": first, "followers_first": begun, "growth": growth}
    rows = built_warehouse.rows("select * from mart.mart_new_creators")
    assert 0 < len(expected) < len(known)
    assert differences(rows, KEY, expected) == []


def test_rising_creators_outgrow_nine_in_ten_peers(built_warehouse: BuiltWarehouse) -> None:
    series, today = series_of(built_warehouse.world.clean("profile_log")), built_warehouse.now.date()
    grown = {
        key: rate
        for key, rate in growth_rates(series).items()
        if rate["is_comparable"] and (rate["followers_then"] or 0) >= 1000 and rate["daily_growth_pct"] is not None
        and (today - rate["observed_on"]).days <= 14
    }  # fmt: skip
    expected = {}
    for key, rate in grown.items():
        band = size_band(rate["followers_then"])
        peers = [
            r["daily_growth_pct"]
            for k, r in grown.items()
            if (k[0], k[2]) == (key[0], key[2]) and size_band(r["followers_then"]) == band
        ]
        slower = sum(peer < rate["daily_growth_pct"] - 1e-12 for peer in peers)
        if len(peers) >= 5 and rate["growth"] > 0 and slower / (len(peers) - 1) >= 0.9:
            expected[key] = {
                "size_band": band,
                "peers": len(peers),
                "slower_peers_share": slower / (len(peers) - 1),
            }
            expected[key]["peers_median_daily_growth_pct"] = recomputed.median_of(peers)
    assert expected
    assert (
        differences(built_warehouse.rows("select * from mart.mart_rising_creators"), RISING, expected) == []
    )


def test_accounts_on_two_platforms_are_linked_one_to_one(built_warehouse: BuiltWarehouse) -> None:
    expected = recomputed.links(built_warehouse.world)
    rows = built_warehouse.rows("select * from mart.mart_creator_cross_platform")

    linked = {
        (r["platform"], r["profile_id"]): (r["linked_profile_id"], r["confidence"])
        for r in rows
        if r["linked_profile_id"]
    }
    assert linked == {account: (other, pytest.approx(sure)) for account, (other, sure) in expected.items()}
    creators = recomputed.grouped(rows, lambda row: row["creator_id"])
    for creator_id, accounts in creators.items():
        assert len({row["platform"] for row in accounts}) == len(accounts) == accounts[0]["accounts"]
        assert sum(row["is_primary"] for row in accounts) == 1
        assert creator_id == ":".join(min((row["platform"], row["profile_id"]) for row in accounts))
        assert {row["creator_followers"] for row in accounts} == {
            sum(row["followers"] or 0 for row in accounts)
        }


def test_similar_creators_are_the_most_similar_of_all_that_were_compared(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    ranked = recomputed.similarities(built_warehouse.world, known, built_warehouse.now)
    rows = built_warehouse.rows(
        "select * from mart.mart_creator_similarity order by platform, profile_id, similar_rank"
    )
    shown = recomputed.grouped(rows, recomputed.account_of)

    assert shown.keys() == {account for account, others in ranked.items() if others}
    for account, similar in shown.items():
        wanted = ranked[account][:10]
        assert [row["similarity"] for row in similar] == pytest.approx(
            [score for score, _ in wanted], abs=2e-6
        )
        assert [row["similar_rank"] for row in similar] == list(range(1, len(wanted) + 1))
        scores = {name: score for score, name in ranked[account]}
        assert all(
            row["similarity"] == pytest.approx(scores[row["similar_profile_id"]], abs=2e-6) for row in similar
        )


def test_a_search_row_agrees_with_the_marts_that_it_is_made_of(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    rates = growth_rates(series_of(built_warehouse.world.clean("profile_log")))
    mix = recomputed.content_mix(built_warehouse.world, known, built_warehouse.now)
    cadence = recomputed.activity(built_warehouse.world, known, built_warehouse.now)
    expected = {}
    for account, row in known.items():
        monthly = rates.get((*account, 30), {})
        expected[account] = {
            **{
                name: row[name]
                for name in ("category", "topics", "language", "country", "followers", "engagement_rate")
            },
            "size_band": None if row["followers"] is None else size_band(row["followers"]),
            "growth_pct_30d": monthly.get("growth_pct") if monthly.get("is_comparable") else None,
            "activity": cadence[account]["activity"],
            "posts_per_week": cadence[account]["posts_per_week"],
            "main_post_type": next(
                (key[2] for key, one in mix.items() if key[:2] == account and one["is_main"]), None
            ),
        }
    rows = built_warehouse.rows("select * from mart.mart_creator_search")
    assert differences(rows, KEY, expected) == []


def test_members_of_lists_are_found_by_id_or_handle(
    built_warehouse: BuiltWarehouse, known: dict[Account, Row]
) -> None:
    world = built_warehouse.world
    lists = {row["profile_list_id"]: row for row in world["coffee.profile_list"] if not row["deleted_at"]}
    by_handle = {(account[0], row["handle"]): account[1] for account, row in known.items()}
    expected = {}
    for member in world["coffee.profile_list_member"]:
        if member["profile_list_id"] in lists:
            profile_id = member["profile_id"] or by_handle.get((member["platform"], member["handle"]))
            row = known.get((member["platform"], profile_id), {})
            expected[member["platform"], member["profile_list_id"], member["handle"]] = {
                "profile_list_name": lists[member["profile_list_id"]]["name"],
                "profile_id": profile_id,
                "is_collected": bool(row),
                "followers": row.get("followers"),
                "engagement_rate": row.get("engagement_rate"),
            }
    rows = built_warehouse.rows("select * from mart.mart_profile_list")
    assert differences(rows, ("platform", "profile_list_id", "handle"), expected) == []
    assert not all(row["is_collected"] for row in rows)
