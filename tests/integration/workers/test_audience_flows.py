"""Audiences that were collected are scored by workers: rows, events and the warehouse, through kills and odd names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.integration.workers.audience_bench import AudienceBench

from upbeat.authenticity.score import Scorer
from upbeat.settings import Settings

CREATOR = "100"
PEOPLE = [
    ("1", "priya.sharma", "Priya Sharma"),
    ("2", "user84920471", "Rahul"),
    ("3", "eleni", "Ελένη"),
    ("4", "anita", None),
    ("5", "amit_k_99", "प्रिया शर्मा"),
]
ODD_NAMES = [
    "\u0001\u0085",
    "\U0010ffff" * 40,
    "न" * 9_000,
    "a" * 50_000,
    "\u202e\u200d\ufeff",
    "﷽" * 30,
    "ꙮ",
    "e" + "\u0301" * 3_000,
]
SCORED = """
SELECT account_id, score, decided_by, digits, model_probability, model_reasons, sample_id, scorer_version, names_version
FROM beat.follower_score ORDER BY account_id
"""


@pytest.fixture
def bench(settings: Settings) -> AudienceBench:
    bench = AudienceBench(settings)
    bench.account(CREATOR, "creator")
    return bench


def test_followers_are_scored_with_rows_events_and_all_that_led_there(bench: AudienceBench) -> None:
    bench.follow(CREATOR, PEOPLE)
    bench.account("1", "priya.sharma", followers=812, following=400, posts=77)
    bench.enqueue("instagram.follower_scores", handle="Creator")
    summary = bench.work()
    assert (summary.complete, summary.failed, summary.by_source) == (1, 0, {"scorer": 1})
    rows = {row["account_id"]: row for row in bench.rows(SCORED)}
    assert [rows[n]["score"] for n in "123"] == [0.0, 1.0, 1.0]
    assert (rows["2"]["decided_by"], rows["2"]["digits"], rows["3"]["decided_by"]) == (
        "digits",
        8,
        "lang_flag",
    )
    for row in rows.values():
        assert 0 < row["model_probability"] < 1
        assert all(isinstance(name, str) and isinstance(value, float) for name, value in row["model_reasons"])
    assert len({row["sample_id"] for row in rows.values()}) == 1
    assert rows["1"]["names_version"] in rows["1"]["scorer_version"]
    # Who was collected is judged by counts, too.
    known = {n: {name for name, _ in row["model_reasons"]} for n, row in rows.items()}
    assert "log_followers" in known["1"]
    assert "log_followers" not in known["2"]
    task = bench.last_task()["data"]
    assert (task["records"], task["sample"], task["problems"]) == ({"follower_score": 5}, {"follower": 5}, [])
    stored = bench.warehouse("SELECT * FROM follower_score FINAL ORDER BY account_id")
    assert [(one["account_id"], one["score"]) for one in stored] == [
        (n, rows[n]["score"]) for n in sorted(rows)
    ]
    assert json.loads(stored[0]["model_reasons"]) == rows["1"]["model_reasons"]
    assert stored[0]["model_probability"] == rows["1"]["model_probability"]


def test_commenters_count_once_and_the_creator_is_none(bench: AudienceBench) -> None:
    fan, bot = ("7", "priya.sharma", "Priya Sharma"), ("8", "user84920471", "Rahul")
    bench.post(CREATOR, "p1", [fan, bot, bot, (CREATOR, "creator", "Creator"), ("9", None, "No handle")])
    bench.post(CREATOR, "p2", [("7", "priya.new", "Priya Sharma"), ("", "nobody", None)])
    bench.enqueue("instagram.commenter_scores", profile_id=CREATOR)
    assert bench.work().complete == 1
    rows = bench.rows(
        "SELECT account_id, relation, handle, score FROM beat.follower_score ORDER BY account_id"
    )
    assert [(row["account_id"], row["relation"], row["score"]) for row in rows] == [
        ("7", "commenter", 0.0),
        ("8", "commenter", 1.0),
    ]


def test_an_audience_is_summed_up_over_the_same_sample_with_intervals(bench: AudienceBench) -> None:
    people = [
        (str(n), f"user{n:08}" if n % 4 == 0 else f"priya.{'abcd'[n % 4]}", "Priya") for n in range(400)
    ]
    bench.follow(CREATOR, people)
    bench.post(CREATOR, "p1", PEOPLE[:2])
    for flow in ("follower_scores", "audience_quality"):
        bench.enqueue(f"instagram.{flow}", handle="creator", sample_size=200)
    assert bench.work().complete == 2
    by_relation = {row["relation"]: row for row in bench.rows("SELECT * FROM beat.audience_quality")}
    quality = by_relation["follower"]
    scores = bench.rows("SELECT score, sample_id, model_probability FROM beat.follower_score")
    assert {row["sample_id"] for row in scores} == {quality["sample_id"]}
    assert quality["fake_count"] == sum(row["score"] == 1.0 for row in scores)
    assert (quality["sample_size"], quality["audience_size"]) == (200, 5_000)
    assert quality["fake_count"] + quality["weak_count"] + quality["real_count"] == 200
    assert quality["model_sample_size"] == sum(row["model_probability"] is not None for row in scores)
    for low, share, high in (
        ("fake_share_low", "corrected_fake_share", "fake_share_high"),
        ("model_fake_share_low", "model_fake_share", "model_fake_share_high"),
    ):
        told = [quality[low], quality[share], quality[high]]
        # A score that is no better than chance says nothing of an audience.
        assert told == [None] * 3 or 0 <= told[0] <= told[1] <= told[2] <= 1
    assert quality["model_fake_share"] is not None
    assert (by_relation["commenter"]["sample_size"], by_relation["commenter"]["audience_size"]) == (2, 2)
    (stored,) = bench.warehouse("SELECT * FROM audience_quality FINAL WHERE relation = 'follower'")
    assert stored["model_fake_share"] == quality["model_fake_share"]
    assert stored["sample_id"] == quality["sample_id"]


def test_another_day_draws_others_and_the_same_task_draws_the_same(bench: AudienceBench) -> None:
    bench.follow(CREATOR, [(str(n), f"priya.{n}", None) for n in range(60)])
    bench.follow(CREATOR, [("gone", "gone", None)], days_ago=30)

    def drawn() -> set[str]:
        bench.enqueue("instagram.follower_scores", profile_id=CREATOR, sample_size=20)
        bench.rows(
            f"UPDATE beat.scrape_request_log SET created_at = created_at - interval '{days} days' RETURNING id"
        )
        assert bench.work().complete == 1
        sample = bench.rows("DELETE FROM beat.follower_score RETURNING account_id")
        return {row["account_id"] for row in sample}

    days = 0
    first, again = drawn(), drawn()
    days = 3
    other = drawn()
    assert first == again
    assert (len(first), len(other)) == (20, 20)
    assert first != other
    assert "gone" not in first | other, "whoever was not in the latest collection is drawn last"


def test_a_killed_worker_repeats_its_sample_without_double_rows(bench: AudienceBench) -> None:
    short = {"task_lease_seconds": 1.5, "stuck_after_seconds": 0.5}
    bench.settings = bench.settings.model_copy(update=short)
    bench.follow(CREATOR, PEOPLE)
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.worker_killed_at("before_commit") != 0
    assert bench.rows("SELECT FROM beat.follower_score") == []
    assert bench.work().complete == 1
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.work().complete == 1
    assert len(bench.rows(SCORED)) == len(PEOPLE)
    counted = "SELECT count() AS n, uniqExact(account_id) AS accounts FROM follower_score FINAL"
    assert bench.warehouse(counted) == [{"n": len(PEOPLE), "accounts": len(PEOPLE)}]


def test_a_later_score_takes_the_place_of_all_of_an_older_one(bench: AudienceBench) -> None:
    bench.follow(CREATOR, PEOPLE[:1])
    told = "SELECT full_name, script, similarity, is_known_name, matched_name FROM beat.follower_score"
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.work().complete == 1
    (before,) = bench.rows(told)
    assert None not in before.values()
    bench.rows("UPDATE beat.follower SET full_name = NULL RETURNING account_id")
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.work().complete == 1
    assert bench.rows(told) == [{**dict.fromkeys(before), "is_known_name": False}]


def test_a_creator_without_collected_followers_is_no_failure_and_is_told_what_to_enqueue(
    bench: AudienceBench,
) -> None:
    for flow in ("follower_scores", "commenter_scores", "audience_quality"):
        bench.enqueue(f"instagram.{flow}", handle="creator")
    assert bench.work().complete == 3
    note = bench.last_task()["data"]["note"]
    assert f"no followers of creator were collected: `upbeat enqueue instagram.followers {CREATOR}`" in note
    assert "no commenters of creator" in note
    assert (
        bench.rows("SELECT FROM beat.follower_score") == bench.rows("SELECT FROM beat.audience_quality") == []
    )


def test_a_handle_that_was_never_collected_fails_and_names_the_way_out(bench: AudienceBench) -> None:
    bench.enqueue("instagram.follower_scores", handle="stranger")
    assert bench.work().failed == 1
    error = bench.last_task()["data"]["error"]
    assert error["class"] == "InputError"
    assert "`upbeat enqueue instagram.profile_by_handle stranger`" in error["message"]


def test_odd_names_are_scored_like_others_and_who_has_no_handle_is_left_out(bench: AudienceBench) -> None:
    bench.follow(CREATOR, [*PEOPLE, ("none", None, "X"), ("blank", " ", "X")])
    bench.follow(CREATOR, [(f"odd{n}", f"odd{n}", name) for n, name in enumerate(ODD_NAMES)])
    bench.follow(CREATOR, [("sign", "_", None), ("emoji", "🎀", "🎀")])
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.work().complete == 1
    rows = {row["account_id"]: row for row in bench.rows(SCORED)}
    assert len(rows) == len(PEOPLE) + len(ODD_NAMES) + 2
    assert rows["sign"]["model_probability"] is rows["emoji"]["model_probability"] is None, "nothing to judge"
    assert bench.last_task()["data"]["problems"] == []


def test_an_account_that_cannot_be_scored_costs_none_of_the_others(
    bench: AudienceBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = Scorer.rules

    def rules(self: Scorer, followers: Any, **options: Any) -> Any:
        if any(follower.handle == "anita" for follower in followers):
            raise RuntimeError("a mistake of ours")
        return scored(self, followers, **options)

    monkeypatch.setattr(Scorer, "rules", rules)
    bench.follow(CREATOR, PEOPLE)
    bench.enqueue("instagram.follower_scores", handle="creator")
    assert bench.work().complete == 1
    assert [row["account_id"] for row in bench.rows(SCORED)] == ["1", "2", "3", "5"]
    assert bench.last_task()["data"]["problems"] == ["account 4: could not be scored: RuntimeError"]
