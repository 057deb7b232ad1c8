"""The function scores what it can and gives back just the messages that have to come again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.unit.serverless.test_batch import body_of

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.serverless import publish
from upbeat.serverless.handler import RESERVE_SECONDS, Handler
from upbeat.serverless.results import decode_results
from upbeat.serverless.score_batch import BatchScorer
from upbeat.stores.kinesis import Entry


class Stream:
    """Keeps what it takes. Refuses the records of a profile so many times."""

    def __init__(self, refuses: dict[str, int] | None = None, error: Exception | None = None) -> None:
        self.refuses = refuses or {}
        self.error = error
        self.taken: list[Entry] = []

    def put(self, entries: Sequence[Entry]) -> list[int]:
        if self.error is not None:
            raise self.error
        refused = []
        for place, entry in enumerate(entries):
            if self.refuses.get(entry.partition_key, 0) > 0:
                self.refuses[entry.partition_key] -= 1
                refused.append(place)
            else:
                self.taken.append(entry)
        return refused

    def accounts(self) -> list[str]:
        """Of all scores that were taken."""
        return [score["account_id"] for entry in self.taken for score in decode_results(entry.data).scores]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "FIRST_WAIT_SECONDS", 0.0)


def event_of(**bodies: str) -> dict[str, Any]:
    """An event as SQS hands it to Lambda; messages by their ids."""
    return {
        "Records": [
            {
                "messageId": name,
                "receiptHandle": "AQEB…",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795680501500"},
                "messageAttributes": {},
                "md5OfBody": "0cc175b9c0f1b6a831c399e269772661",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:upbeat-followers",
                "awsRegion": "eu-central-1",
            }
            for name, body in bodies.items()
        ]
    }


def row(account: str) -> dict[str, str]:
    return {"account_id": account, "handle": f"handle{account}", "full_name": "Asha Rao"}


def failed(answer: dict[str, Any]) -> list[str]:
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def ample() -> float:
    return 60.0


def test_every_account_of_every_message_reaches_the_stream(batch_scorer: BatchScorer) -> None:
    stream = Stream()
    event = event_of(a=body_of(row("1"), row("2")), b=body_of(row("3"), profile_id="18"))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == []
    assert stream.accounts() == ["1", "2", "3"]
    assert [entry.partition_key for entry in stream.taken] == ["17", "18"]


def test_a_message_that_is_no_batch_fails_alone(batch_scorer: BatchScorer) -> None:
    stream = Stream()
    event = event_of(a="poison", b=body_of(row("1")), c=body_of(row("2"), platform="?"))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == ["a", "c"]
    assert stream.accounts() == ["1"]


def test_a_message_that_breaks_the_scorer_fails_alone(
    batch_scorer: BatchScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = BatchScorer.score

    def break_on_two(self: BatchScorer, batch: Any) -> list[bytes]:
        if batch.accounts[0].account_id == "2":
            raise ZeroDivisionError
        return real(self, batch)

    monkeypatch.setattr(BatchScorer, "score", break_on_two)
    stream = Stream()
    event = event_of(a=body_of(row("1")), b=body_of(row("2")), c=body_of(row("3")))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == ["b"]
    assert stream.accounts() == ["1", "3"]


def test_records_that_the_stream_throttles_are_put_again(batch_scorer: BatchScorer) -> None:
    stream = Stream(refuses={"17": 3})
    event = event_of(a=body_of(row("1")), b=body_of(row("2"), profile_id="18"))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == []
    assert stream.accounts() == ["2", "1"]


def test_a_message_whose_scores_are_never_taken_comes_again_and_only_that(batch_scorer: BatchScorer) -> None:
    stream = Stream(refuses={"17": 1_000})
    event = event_of(a=body_of(row("1")), b=body_of(row("2"), profile_id="18"))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == ["a"]
    assert stream.accounts() == ["2"]


def test_all_messages_come_again_while_the_stream_is_away(batch_scorer: BatchScorer) -> None:
    stream = Stream(error=StoreUnavailableError("Kinesis is away"))
    event = event_of(a=body_of(row("1")), b=body_of(row("2")))
    assert failed(Handler(batch_scorer, stream).handle(event, ample)) == ["a", "b"]


def test_a_stream_that_does_not_exist_fails_the_run_as_a_whole(batch_scorer: BatchScorer) -> None:
    stream = Stream(error=InputError("there is none"))
    with pytest.raises(InputError):
        Handler(batch_scorer, stream).handle(event_of(a=body_of(row("1"))), ample)


def test_messages_that_no_time_is_left_for_come_again_and_those_scored_are_published(
    batch_scorer: BatchScorer,
) -> None:
    left = iter([60.0, RESERVE_SECONDS - 0.1, RESERVE_SECONDS - 0.2])
    stream = Stream()
    event = event_of(a=body_of(row("1")), b=body_of(row("2")), c=body_of(row("3")))
    assert failed(Handler(batch_scorer, stream).handle(event, lambda: next(left, 5.0))) == ["b", "c"]
    assert stream.accounts() == ["1"]


def test_nothing_of_a_message_stands_in_the_logs(batch_scorer: BatchScorer) -> None:
    event = event_of(
        a='{"followers": [{"handle": "private_person"',
        b=body_of({"handle": "other_person", "followers": "x"}),
    )
    with capture_logs() as lines:
        Handler(batch_scorer, Stream()).handle(event, ample)
    assert "_person" not in str(lines)
    assert [line["event"] for line in lines] == ["a message is no batch", "accounts were rejected", "scored"]


def test_an_event_without_messages_is_done_at_once(batch_scorer: BatchScorer) -> None:
    assert Handler(batch_scorer, Stream()).handle({}, ample) == {"batchItemFailures": []}
