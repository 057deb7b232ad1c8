"""Queue and stream as the clients see them, and what a person reads when they are not there."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from structlog.testing import capture_logs
from tests.unit.serverless.test_batch import body_of

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.serverless.handler import Handler
from upbeat.serverless.results import decode_results
from upbeat.serverless.score_batch import BatchScorer
from upbeat.settings import Settings
from upbeat.stores.aws import AwsRefusedError
from upbeat.stores.kinesis import Entry, IteratorGoneError, KinesisStream
from upbeat.stores.sqs import MessageQueue


def records(stream: KinesisStream) -> list[bytes]:
    """Everything on the stream."""
    return [
        record.data
        for shard in stream.shards()
        for record in stream.read(stream.iterator(shard, None), 1_000).records
    ]


def test_a_message_comes_again_until_it_is_deleted_and_in_the_end_is_set_aside(on_aws: Settings) -> None:
    queue = MessageQueue(on_aws, on_aws.score_queue)
    assert queue.send(["good", "bad"]) == []
    for _ in range(2):
        received = queue.receive()
        queue.delete([message for message in received if message.body == "good"])
    assert queue.receive() == []
    assert queue.counts() == (0, 0, 1)
    queue.delete([])


def test_making_queue_and_stream_again_leaves_them_as_they_are(on_aws: Settings) -> None:
    queue, stream = MessageQueue(on_aws, on_aws.score_queue), KinesisStream(on_aws, on_aws.score_stream)
    queue.send(["kept"])
    identity = stream.identity()
    queue.create(visibility_seconds=0, dead_letters_after=2)
    stream.create(2)
    assert queue.counts() == (1, 0, 0)
    assert stream.identity() == identity


def test_a_shard_is_read_from_where_the_last_read_came_to(on_aws: Settings) -> None:
    stream = KinesisStream(on_aws, on_aws.score_stream)
    assert stream.put([Entry("17", b"one"), Entry("17", b"two"), Entry("17", b"three")]) == []
    (shard,) = (shard for shard in stream.shards() if stream.read(stream.iterator(shard, None), 1).records)
    first = stream.read(stream.iterator(shard, None), 1)
    assert [record.data for record in first.records] == [b"one"]
    rest = stream.read(stream.iterator(shard, first.records[0].sequence), 10)
    assert [record.data for record in rest.records] == [b"two", b"three"]
    assert first.next_iterator is not None
    assert [one.data for one in stream.read(first.next_iterator, 1).records] == [b"two"]


@pytest.mark.parametrize("call", ["send", "receive", "counts"])
def test_a_queue_that_is_not_there_names_the_command_that_makes_it(on_aws: Settings, call: str) -> None:
    queue = MessageQueue(on_aws, "nowhere")
    with pytest.raises(InputError, match=r"SQS queue nowhere \(UPBEAT_SCORE_QUEUE\).*score-queue create"):
        getattr(queue, call)(*([["x"]] if call == "send" else []))


def test_a_stream_that_is_not_there_names_the_command_that_makes_it(on_aws: Settings) -> None:
    stream = KinesisStream(on_aws, "nowhere")
    for call in (stream.identity, stream.shards, lambda: stream.put([Entry("1", b"x")])):
        with pytest.raises(InputError, match=r"Kinesis stream nowhere.*score-queue create"):
            call()


def test_an_address_where_nobody_answers_is_told_with_its_setting(on_aws: Settings) -> None:
    away = on_aws.model_copy(update={"aws_endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(StoreUnavailableError, match="UPBEAT_AWS_ENDPOINT_URL"):
        MessageQueue(away, "x").send(["x"])


def test_a_missing_login_is_told_with_the_way_out(on_aws: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(AwsRefusedError, match="no AWS login"):
        MessageQueue(on_aws, "x").send(["x"])


def test_a_missing_region_is_told_with_its_setting(on_aws: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(InputError, match="UPBEAT_AWS_REGION"):
        MessageQueue(on_aws.model_copy(update={"aws_region": ""}), "x")


def stubbed(stream: KinesisStream, operation: str, *answers: dict[str, Any] | str) -> None:
    """Answers of one operation that moto never gives, at the level of HTTP: botocore reads them as it reads Amazon's."""
    from botocore.awsrequest import AWSResponse

    told = list(answers)

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if not told or operation not in str(request.headers.get("X-Amz-Target")):
            return None
        one = told.pop(0)
        status, body = (400, {"__type": one, "message": "…"}) if isinstance(one, str) else (200, one)
        response = AWSResponse(request.url, status, {}, None)
        response._content = json.dumps(body).encode()
        return response

    stream._client.meta.events.register("before-send.kinesis", answer)


def test_records_that_kinesis_throttles_one_by_one_are_put_again(
    on_aws: Settings, batch_scorer: BatchScorer
) -> None:
    stream = KinesisStream(on_aws, on_aws.score_stream)
    throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
    taken = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}
    stubbed(stream, "PutRecords", {"FailedRecordCount": 1, "Records": [taken, throttled]})
    messages = {
        "a": body_of({"account_id": "1", "handle": "a"}),
        "b": body_of({"account_id": "2", "handle": "b"}, profile_id="18"),
    }
    event = {"Records": [{"messageId": name, "body": body} for name, body in messages.items()]}
    with capture_logs() as lines:
        answer = Handler(batch_scorer, stream).handle(event, lambda: 60.0)
    assert answer == {"batchItemFailures": []}
    assert [line["left"] for line in lines if "left" in line] == [1]
    assert [decode_results(data).audience.profile_id for data in records(stream)] == ["18"]


def test_a_place_in_a_shard_that_is_too_old_is_told_apart(on_aws: Settings) -> None:
    stream = KinesisStream(on_aws, on_aws.score_stream)
    stubbed(stream, "GetRecords", "ExpiredIteratorException")
    with pytest.raises(IteratorGoneError):
        stream.read(stream.iterator(stream.shards()[0], None), 1)
    stubbed(stream, "GetShardIterator", "InvalidArgumentException")
    with pytest.raises(IteratorGoneError):
        stream.iterator(stream.shards()[0], "999")


def test_a_refused_login_is_told_without_its_keys(on_aws: Settings) -> None:
    stream = KinesisStream(on_aws, on_aws.score_stream)
    for code in ("UnrecognizedClientException", "AccessDeniedException"):
        stubbed(stream, "PutRecords", code)
        with pytest.raises(AwsRefusedError) as raised:
            stream.put([Entry("1", b"x")])
        assert code in str(raised.value)
        assert "AKIA" not in str(raised.value)
