"""Records to rows: newest per key, merged and sorted, each with the pointer to its raw answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from upbeat.ingestion.rows import Observation, rows_of
from upbeat.records import FollowerScore, Parsed, PayloadKind, Platform, Post, Profile, RawPayload

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def profile(profile_id: str = "1", *, minutes: int = 0, **facts: Any) -> Profile:
    return Profile(
        **{
            "platform": Platform.INSTAGRAM,
            "profile_id": profile_id,
            "handle": f"h{profile_id}",
            "source": "lama",
            "observed_at": NOON + timedelta(minutes=minutes),
            **facts,
        }
    )


def payload(source: str, minutes: int) -> RawPayload:
    return RawPayload(
        source=source,
        kind=PayloadKind.PROFILE,
        url="http://x",
        params={},
        status=200,
        body=b"{}",
        fetched_at=NOON + timedelta(minutes=minutes),
    )


def seen(*profiles: Profile) -> Observation:
    return Observation(Parsed(profiles=list(profiles)), [], [])


def test_the_newest_observation_of_a_group_stands_with_what_only_older_ones_tell() -> None:
    rows = rows_of(
        [
            seen(profile(minutes=1, followers=20)),
            seen(profile(followers=10, category="Music", biography="old")),
        ]
    )
    (account,) = rows.of("instagram_account")
    assert account["followers_count"] == 20
    assert account["category"] == "Music"
    assert account["observed_at"] == NOON + timedelta(minutes=1)
    assert [entry["metrics"]["followers"] for entry in rows.profile_log] == [10, 20]


def test_zero_is_a_figure_and_not_a_gap() -> None:
    (account,) = rows_of([seen(profile(followers=10)), seen(profile(minutes=1, followers=0))]).of(
        "instagram_account"
    )
    assert account["followers_count"] == 0


@settings(deadline=None)  # a loaded machine is no bug
@given(st.lists(st.integers(0, 50), max_size=60))
def test_rows_come_sorted_by_key_and_each_key_once(ids: list[int]) -> None:
    rows = rows_of([seen(profile(str(i), minutes=n)) for n, i in enumerate(ids)])
    keys = [row["profile_id"] for row in rows.of("instagram_account")]
    assert keys == sorted({str(i) for i in ids})
    log_keys = [(row["profile_id"], row["timestamp"].isoformat()) for row in rows.profile_log]
    assert log_keys == sorted(log_keys)
    assert len(log_keys) == len(ids)


def test_a_record_points_to_the_answer_that_it_was_read_from() -> None:
    found = profile(minutes=2, source="lama")
    observation = Observation(
        Parsed(profiles=[found]),
        [payload("graphapi", 2), payload("lama", 2), payload("lama", 3)],
        ["k#0", "k#1", "k#2"],
    )
    assert observation.pointer_of(found) == "k#1"
    assert observation.pointer_of(profile(minutes=9, source="lama")) == "k#2"
    assert observation.pointer_of(profile(source="ytapi")) is None


def test_posts_are_keyed_by_post_and_not_by_creator() -> None:
    posts = [
        Post(
            platform=Platform.INSTAGRAM,
            post_id=str(n),
            profile_id="1",
            handle="h1",
            source="lama",
            observed_at=NOON,
            likes=n,
        )
        for n in (3, 1, 2)
    ]
    rows = rows_of([Observation(Parsed(posts=posts), [], [])])
    assert [row["post_id"] for row in rows.of("instagram_post")] == ["1", "2", "3"]
    assert [row["metrics"]["likes"] for row in rows.post_log] == [1, 2, 3]


def score(minutes: int, **told: Any) -> FollowerScore:
    return FollowerScore(
        **{
            "platform": Platform.INSTAGRAM, "profile_id": "1", "relation": "follower", "account_id": "7", "handle": "h", "score": 0.0,
            "lang_flag": False, "digits_flag": False, "special_char_flag": False, "is_known_name": False, "scorer_version": "1",
            "source": "scorer", "observed_at": NOON + timedelta(minutes=minutes), **told,
        }
    )  # fmt: skip


def test_a_score_takes_the_place_of_all_of_an_older_one_and_has_no_raw_answer() -> None:
    older, newer = score(0, model_probability=0.9, full_name="P"), score(1, score=1.0)
    rows = rows_of([Observation(Parsed(facts=[newer]), [], []), Observation(Parsed(facts=[older]), [], [])])
    (row,) = rows.of("follower_score")
    assert (row["score"], row["model_probability"], row["full_name"]) == (1.0, None, None)
    (table,) = rows.current
    assert "raw_object" not in table.all_columns()
