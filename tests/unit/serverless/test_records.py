"""Records of the stream become facts; what is none is set aside under a name of its own."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.unit.serverless.test_batch import AUDIENCE, body_of
from tests.unit.serverless.test_results import ROWS

from upbeat.ingestion.rows import Observation, rows_of
from upbeat.records import Parsed
from upbeat.serverless.batch import decode_batch
from upbeat.serverless.records import SOURCE, key_of_score, read_records
from upbeat.serverless.score_batch import BatchScorer
from upbeat.stores.kinesis import StreamRecord


@pytest.fixture
def data(batch_scorer: BatchScorer) -> bytes:
    """A record of four scores and one reject."""
    (one,) = batch_scorer.score(decode_batch(body_of(*ROWS, {"handle": "x"}, sample_id="s1")))
    return one


def changed(data: bytes, **fields: object) -> bytes:
    record = json.loads(gzip.decompress(data))
    record["scores"][0] |= fields
    return gzip.compress(json.dumps(record).encode())


def test_a_score_keeps_all_that_was_told_of_it(data: bytes) -> None:
    found = read_records("shard-1", [StreamRecord("100", data)])
    told = json.loads(gzip.decompress(data))
    assert len(found.scores) == 4
    for score, one in zip(found.scores, told["scores"], strict=True):
        assert {name: getattr(score, name) for name in one} == one
        assert (score.source, score.observed_at, score.sample_id) == (SOURCE, AUDIENCE.at, "s1")
        assert (score.scorer_version, score.names_version) == (told["scorer_version"], told["names_version"])
        assert score.model_version == (told["model_version"] if score.model_probability is not None else None)


def test_the_key_is_that_of_the_table(data: bytes) -> None:
    found = read_records("shard-1", [StreamRecord("100", data)])
    ((table, rows),) = rows_of([Observation(Parsed(facts=list(found.scores)), [], [])]).current.items()
    assert [":".join(row[name] for name in table.key) for row in rows] == [
        key_of_score(one) for one in found.scores
    ]


def test_what_cannot_be_scored_is_set_aside_with_its_reason_and_always_under_the_same_key(
    data: bytes,
) -> None:
    first, again = (read_records("shard-1", [StreamRecord(name, data)]).set_aside for name in ("100", "101"))
    assert first == again
    assert [(one.key, one.payload, one.reason) for one in first] == [
        ("b:4", {"handle": "x"}, "could not be scored: account_id: is no text of 1 to 256 characters")
    ]


def test_a_strange_record_costs_itself_alone(data: bytes) -> None:
    records = [StreamRecord("99", b"\x00strange"), StreamRecord("100", data)]
    found = read_records("shard-1", records)
    assert len(found.scores) == 4
    assert (found.set_aside[0].key, found.set_aside[0].payload) == (
        "shard-1:99",
        {"data": "AHN0cmFuZ2U="},
    )


def test_a_score_that_lacks_something_costs_itself_alone(data: bytes) -> None:
    found = read_records("shard-1", [StreamRecord("100", changed(data, handle=None, score=None))])
    assert len(found.scores) == 3
    assert (found.set_aside[0].key, found.set_aside[0].reason) == (
        "b:score:0",
        "no handle, score in the score",
    )


def test_a_record_of_the_future_is_set_aside_as_a_whole(data: bytes) -> None:
    record = json.loads(gzip.decompress(data)) | {"at": "2999-01-01T00:00:00+00:00"}
    found = read_records("shard-1", [StreamRecord("100", gzip.compress(json.dumps(record).encode()))])
    assert found.scores == []
    assert [one.reason for one in found.set_aside] == ["record at: lies in the future"]


@pytest.mark.parametrize("wrong", [{"account_id": 5}, {"handle": {"a": 1}}])
def test_a_score_whose_names_are_no_texts_is_set_aside_alone(data: bytes, wrong: dict[str, object]) -> None:
    found = read_records("shard-1", [StreamRecord("100", changed(data, **wrong))])
    assert len(found.scores) == 3
    assert "account_id or handle of the score is no text" in [one.reason for one in found.set_aside]
    rows_of([Observation(Parsed(facts=list(found.scores)), [], [])])
