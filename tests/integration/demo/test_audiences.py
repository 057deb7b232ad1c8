"""What the tour reads of audiences, after workers have scored some."""

from __future__ import annotations

import math

import pytest
from tests.integration.workers.audience_bench import AudienceBench

from upbeat.demo.audiences import CREATORS, audiences, creators_to_score, likeliest_fake
from upbeat.settings import Settings

PEOPLE = [
    (str(n), f"user84920{n:03}" if n % 3 == 0 else "priya." + "abcdefghij"[n % 10], None) for n in range(60)
]


@pytest.fixture
def bench(settings: Settings) -> AudienceBench:
    bench = AudienceBench(settings)
    bench.account("1", "larger", followers=9_000)
    bench.account("2", "smaller", followers=4_000)
    bench.account("3", "unscored", followers=20_000)
    return bench


def test_each_scored_audience_has_a_share_with_its_interval_and_the_likeliest_fake_its_reasons(
    bench: AudienceBench,
) -> None:
    bench.follow("1", PEOPLE)
    bench.follow("2", [*PEOPLE[:30], ("emoji", "🎀", None)])
    for handle in ("larger", "smaller"):
        bench.enqueue("instagram.follower_scores", handle=handle)
        bench.enqueue("instagram.audience_quality", handle=handle)
    assert bench.work().complete == 4
    rows = audiences(bench.settings, ["2", "1", "3"])
    assert [(row.handle, row.audience_size, row.sample_size) for row in rows] == [
        ("larger", 9_000, 60),
        ("smaller", 4_000, 31),
    ]
    for row in rows:
        assert row.corrected_fake_share is None, "the rules are no better than chance where labels are"
        assert row.model_fake_share is not None
        assert row.model_fake_share_low is not None
        assert row.model_fake_share_high is not None
        assert 0 <= row.model_fake_share_low <= row.model_fake_share <= row.model_fake_share_high <= 1
        assert row.model_fake_share_low < row.model_fake_share_high
    found = likeliest_fake(bench.settings, ["1", "2"])
    assert found is not None
    (highest,) = bench.rows("SELECT max(model_probability) AS p FROM beat.follower_score")
    assert found.probability == highest["p"]
    assert found.handle.startswith("user84920")
    log_odds = math.log(found.probability / (1 - found.probability))
    assert sum(added for _, added in found.reasons) == pytest.approx(log_odds, abs=0.01)
    assert found.reasons[-1][0] == "base_rate"


def test_nobody_scored_is_nobody_to_show(bench: AudienceBench) -> None:
    assert audiences(bench.settings, ["3"]) == []
    assert likeliest_fake(bench.settings, ["3"]) is None


def test_creators_are_taken_in_the_order_of_the_list_without_private_and_uncollected_ones(
    bench: AudienceBench,
) -> None:
    bench.rows("UPDATE beat.instagram_account SET is_private = true WHERE handle = 'larger' RETURNING 1")
    listed = ["stranger", "unscored", "larger", "smaller"]
    assert creators_to_score(bench.settings, listed) == {"unscored": "3", "smaller": "2"}
    for number in range(4, 10):
        bench.account(str(number), f"other{number}")
    many = creators_to_score(bench.settings, [f"other{number}" for number in range(9, 3, -1)])
    assert list(many) == ["other9", "other8", "other7"]
    assert len(many) == CREATORS
