"""The marts of audiences over a world of raw rows, held against a recomputation in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from . import audiences_recomputed as recomputed
from .row_differences import differences
from .world.world import World

if TYPE_CHECKING:
    from .conftest import BuiltWarehouse

ACCOUNT = ("platform", "profile_id")


@pytest.mark.parametrize(
    ("mart", "key", "recompute", "telling"),
    [
        ("mart_audience_authenticity", ACCOUNT, recomputed.authenticity, "fake_share"),
        (
            "mart_audience_authenticity_trend",
            (*ACCOUNT, "relation", "sample_id"),
            recomputed.trend,
            "previous_fake_share",
        ),
        ("mart_commenter_authenticity", ACCOUNT, recomputed.commenters, "fake_share"),
        ("mart_follower_overlap", (*ACCOUNT, "other_profile_id"), recomputed.overlaps, "jaccard"),
        ("mart_audience_demographics", (*ACCOUNT, "dimension", "value"), recomputed.demographics, "share"),
        ("mart_audience_locations", (*ACCOUNT, "level", "place"), recomputed.locations, "share"),
        ("mart_audience_language", (*ACCOUNT, "basis", "value"), recomputed.languages, "share"),
    ],
)
def test_the_mart_agrees_with_a_recomputation(
    mart: str,
    key: tuple[str, ...],
    recompute: Callable[[World], dict[Any, Any]],
    telling: str,
    built_warehouse: BuiltWarehouse,
) -> None:
    expected = recompute(built_warehouse.world)
    assert any(row[telling] for row in expected.values()), "the world proves nothing"
    assert differences(built_warehouse.rows(f"select * from mart.{mart}"), key, expected) == []


def test_the_quality_score_is_made_of_its_parts(built_warehouse: BuiltWarehouse) -> None:
    columns = "platform, profile_id, followers, avg_likes, engagement_rate"
    accounts = [
        row
        for name in ("instagram", "youtube")
        for row in built_warehouse.rows(f"select {columns} from mart.mart_{name}_account")
    ]
    expected = recomputed.quality(accounts, recomputed.authenticity(built_warehouse.world))
    known = [row["quality_score"] for row in expected.values()]
    assert None in known
    assert all(score is None or 0 <= score <= 100 for score in known)
    rows = built_warehouse.rows("select * from mart.mart_audience_quality_score")
    assert differences(rows, ACCOUNT, expected) == []


@pytest.mark.parametrize(
    ("mart", "parts"),
    [
        ("mart_audience_demographics", "platform, profile_id, dimension"),
        ("mart_audience_locations", "platform, profile_id, level"),
        ("mart_audience_language", "platform, profile_id, basis"),
        ("mart_collection_audience", "collection_id, platform, dimension"),
    ],
)
def test_the_shares_of_a_whole_add_up_to_one(mart: str, parts: str, built_warehouse: BuiltWarehouse) -> None:
    sums = built_warehouse.rows(f"select sum(share) as whole from mart.{mart} group by {parts}")
    assert sums
    assert [row for row in sums if abs(row["whole"] - 1) > 1e-9] == []


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 40), (333, 1000)])
def test_wilson_s_interval_holds_the_share_and_stays_between_0_and_1(successes: int, trials: int) -> None:
    low, high = recomputed.wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    assert high > low
