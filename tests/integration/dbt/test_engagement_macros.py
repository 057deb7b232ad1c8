"""SQL and Python give the same engagement: the macros run on ClickHouse, the functions here, to the last digits of a float."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest

from upbeat import engagement
from upbeat.engagement import PostFigures, averages, engagement_band
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores import clickhouse

EDGES = [0, 1, 2, 9, 10, 999, 10**6, 7 * 10**8, 10**11]
LOGARITHM_ULPS = 8
"""ClickHouse has logarithms of its own: their last bit may differ, and three operations follow."""
SUM_ULPS = 64
"""It adds up from left to right where Python sums exactly: an error of at most half a last digit for each post."""
Post = tuple[int, int, float | None]


@pytest.fixture(scope="module")
def macros() -> Any:
    source = (REPOSITORY / "dbt_project" / "macros" / "engagement.sql").read_text()
    return jinja2.Environment(autoescape=False).from_string(source).module


@pytest.fixture
def client(settings: Settings) -> Iterator[Any]:
    found = clickhouse.client(settings)
    yield found
    found.close()


def assert_same(actual: float | None, expected: float | None, ulps: int = 0) -> None:
    if expected is None or actual is None:
        assert actual is expected
        return
    assert abs(actual - expected) <= ulps * math.ulp(expected), (actual, expected)


def test_rate_reach_and_band_agree_with_python(client: Any, macros: Any) -> None:
    rng = random.Random(5)
    counts = [*((a, b, c) for a in EDGES for b in EDGES[:3] for c in EDGES)]
    counts += [(rng.randrange(10**7), rng.randrange(10**5), rng.randrange(10**9)) for _ in range(200)]
    counts += [(likes, 0, 100) for likes in (0, 1, 2, 3, 5, 6, 7)]  # the bands' borders
    rate = macros.engagement_rate("a", "b", "c")
    query = (
        f"SELECT a, b, c, {rate} AS rate, {macros.reels_reach('a', 'c')} AS reels, {macros.post_reach('a')} AS post,"
        f" {macros.engagement_band('rate')} AS band"
        " FROM (SELECT arrayJoin({counts:Array(Tuple(Int64, Int64, Int64))}) AS x, x.1 AS a, x.2 AS b, x.3 AS c)"
    )
    # In batches: parameters travel in the address, which has a limit.
    batches = [counts[start : start + 50] for start in range(0, len(counts), 50)]
    rows = [row for batch in batches for row in client.query(query, parameters={"counts": batch}).result_rows]
    assert len(rows) == len(counts)
    for a, b, c, rate, reels, post, band in rows:
        assert_same(rate, engagement.engagement_rate(a, b, c))
        assert_same(reels, engagement.reels_reach(a, c), LOGARITHM_ULPS)
        assert_same(post, engagement.post_reach(a), LOGARITHM_ULPS)
        assert band == engagement_band(rate)


def test_what_is_unknown_stays_unknown(client: Any, macros: Any) -> None:
    unknown = "cast(null AS Nullable(Int64))"
    parts = [
        macros.engagement_rate(unknown, "1", "5"),
        macros.engagement_rate("1", "1", unknown),
        macros.reels_reach(unknown, "5"),
        macros.reels_reach("1", unknown),
        macros.post_reach(unknown),
        macros.engagement_band("cast(null AS Nullable(Float64))"),
    ]
    assert client.query(f"SELECT {', '.join(parts)}").result_rows[0] == (None,) * len(parts)


def test_the_average_rate_of_unknown_followers_is_unknown(client: Any, macros: Any) -> None:
    rate = macros.average_engagement("[(1, 2, 3.5), (3, 4, 5.5)]", "followers")
    query = f"SELECT {rate} FROM (SELECT arrayJoin([null, 0, 100]::Array(Nullable(Int64))) AS followers)"
    assert [row[0] for row in client.query(query).result_rows] == [None, 0.0, 5.0]


def accounts() -> list[tuple[int, list[Post]]]:
    """(followers, posts): from no post to many, with ties, unknown reach, no followers."""
    rng = random.Random(7)

    def post() -> Post:
        reach = None if rng.random() < 0.3 else rng.uniform(0, 1e7)
        return rng.randrange(10**6), rng.randrange(10**4), reach

    found: list[tuple[int, list[Post]]] = [
        (1000, []),
        (0, [(10, 10, 5.0)]),
        (1000, [(7, 0, None), (0, 7, 1.5), (3, 4, 2.5), (4, 3, None), (7, 0, 9.0), (0, 7, None)]),
        (310, [(900, 1, 1800.0), (1, 1, 2.0), (30, 1, 60.0), (2, 1, 4.0), (800, 1, 1600.0)]),
        (100, [(5, 5, None)] * 9),
    ]
    found += [
        (rng.randrange(1, 10**8), [post() for _ in range(number)]) for number in (1, 2, 3, 4, 5, 6, 9, 25, 40)
    ]
    return found


@pytest.mark.parametrize("trim", [True, False])
def test_averages_agree_with_python(client: Any, macros: Any, trim: bool) -> None:
    query = f"""
        SELECT {macros.average_likes("kept")}, {macros.average_comments("kept")}, {macros.average_reach("kept")},
               {macros.average_engagement("kept", "followers")}
        FROM (
            SELECT toInt64({{followers:Int64}}) AS followers, {macros.averaged_posts("x.1", "x.2", "x.3", trim)} AS kept
            FROM (SELECT arrayJoin({{posts:Array(Tuple(Nullable(Int64), Nullable(Int64), Nullable(Float64)))}}) AS x)
        )
    """
    for followers, posts in accounts():
        unknown: list[Any] = [(None, 5, 1.0), (5, None, 1.0)]
        (row,) = client.query(
            query, parameters={"followers": followers, "posts": posts + unknown}
        ).result_rows
        expected = averages([PostFigures(*post) for post in posts], followers, trim=trim)
        assert_same(row[0], expected.avg_likes)
        assert_same(row[1], expected.avg_comments)
        assert_same(row[2], expected.avg_reach, SUM_ULPS)
        assert_same(row[3], expected.avg_engagement, SUM_ULPS)
