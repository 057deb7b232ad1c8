"""A record of the stream tells every score of its message; whatever else stands on a stream is found out."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from tests.unit.serverless.test_batch import AUDIENCE, body_of

from upbeat.authenticity.follower import Follower
from upbeat.serverless import results
from upbeat.serverless.batch import Batch, Listed, UnreadableBatchError, decode_batch
from upbeat.serverless.results import decode_results
from upbeat.serverless.score_batch import BatchScorer

ROWS = [
    {"account_id": "1", "handle": "rahul_sharma", "full_name": "Rahul Sharma", "followers": 250, "following": 300, "posts": 12},
    {"account_id": "2", "handle": "user83920174", "full_name": "राहुल"},
    {"account_id": "3", "handle": "maria", "full_name": "Μαρία"},
    {"account_id": "4", "handle": "..."},
]  # fmt: skip


def test_the_scores_are_those_of_the_rules_and_the_model(batch_scorer: BatchScorer) -> None:
    (data,) = batch_scorer.score(decode_batch(body_of(*ROWS)))
    told = decode_results(data)
    assert told.batch == "b"
    assert told.audience == AUDIENCE
    assert [(one["account_id"], one["decided_by"], one["score"]) for one in told.scores] == [
        ("1", "none", 0.0), ("2", "digits", 1.0), ("3", "lang_flag", 1.0), ("4", "none", 0.0),
    ]  # fmt: skip
    assert told.scores[0]["latin_name"] == "rahul sharma"
    assert 0 < told.scores[0]["model_probability"] < 1
    assert "model_probability" not in told.scores[3], "nothing can be said of a handle of dots"
    assert told.scores[3]["similarity"] is None
    assert told.versions.scorer.startswith("rules")
    assert told.versions.model


def test_the_same_message_gives_the_same_bytes(batch_scorer: BatchScorer) -> None:
    first, second = (batch_scorer.score(decode_batch(body_of(*ROWS))) for _ in range(2))
    assert first == second


def test_many_scores_are_told_in_several_records_and_rejects_once(
    batch_scorer: BatchScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "SCORES_OF_A_RECORD", 3)
    told = [decode_results(data) for data in batch_scorer.score(decode_batch(body_of(*ROWS, "bad")))]
    assert [len(one.scores) for one in told] == [3, 1]
    assert [one.rejects for one in told] == [
        [{"place": 4, "reason": "is no JSON object", "row": "bad"}],
        [],
    ]


def test_a_message_without_a_good_account_still_tells_its_rejects(batch_scorer: BatchScorer) -> None:
    (data,) = batch_scorer.score(decode_batch(body_of({"handle": "a" * 5_000, "account_id": "1"})))
    told = decode_results(data)
    assert told.scores == []
    assert told.rejects[0]["reason"] == "handle: has 5,000 characters, which no platform allows"
    assert len(told.rejects[0]["row"]) == results.MOST_CHARACTERS_OF_A_REJECT


def test_a_record_of_the_largest_message_is_far_below_what_the_stream_takes(
    batch_scorer: BatchScorer,
) -> None:
    accounts = [
        Listed(str(number), Follower(handle=f"user_{number}", full_name=f"नाम {number}", followers=number))
        for number in range(5_000)
    ]
    sizes = [len(data) for data in batch_scorer.score(Batch("b", AUDIENCE, accounts, []))]
    assert len(sizes) == 5
    assert max(sizes) < 2**18


def packed(value: Any) -> bytes:
    return gzip.compress(json.dumps(value).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", gzip.compress(b"{}")[:-1], gzip.compress(b"no json"), packed([]), packed({}),
     packed({"scores": [1], "rejects": []}), packed({"scores": [], "rejects": []})],
    ids=["empty", "not packed", "cut off", "no json", "a list", "no fields", "a score that is a number", "no scores"],
)  # fmt: skip
def test_what_is_no_record_of_ours_is_found_out(data: bytes) -> None:
    with pytest.raises(UnreadableBatchError):
        decode_results(data)


def test_a_record_that_unpacks_to_very_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_BYTES_UNPACKED", 10_000)
    with pytest.raises(UnreadableBatchError):
        decode_results(gzip.compress(b'{"scores":[],"rejects":[]' + b" " * 100_000 + b"}"))
