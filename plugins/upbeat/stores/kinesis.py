"""One Kinesis stream: records in by the call, and out shard by shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.settings import Settings
from upbeat.stores.aws import aws_client, aws_errors

MOST_RECORDS_OF_A_CALL = 500
MOST_BYTES_OF_A_CALL = 5 * 2**20
MOST_BYTES_OF_A_RECORD = 2**20
"""Of data and partition key together."""


class IteratorGoneError(LookupError):
    """A place in a shard that was read too late, or that belongs to an earlier stream of this name: ask for a new one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to put. All records of a partition key go to one shard."""

    partition_key: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes that count towards Kinesis' limits."""
        return len(self.partition_key.encode()) + len(self.data)


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """A record as it is read; `sequence` rises within its shard."""

    sequence: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """What one call reads.

    Attributes:
        next_iterator: where to read on; None at the end of a shard that was split or merged.
        behind_seconds: how far this page is behind the newest record.
    """

    records: list[StreamRecord]
    next_iterator: str | None
    behind_seconds: float


class KinesisStream:
    """Every method raises the errors of `stores.aws.aws_errors`."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._what = f"Kinesis stream {name} (UPBEAT_SCORE_STREAM)"
        self._client = aws_client(settings, "kinesis")

    def create(self, shards: int | None = None) -> None:
        """Make the stream, with so many shards or on demand, and wait until it takes records; one that is there stays."""
        mode = "ON_DEMAND" if shards is None else "PROVISIONED"
        size = {} if shards is None else {"ShardCount": shards}
        with aws_errors(self._what):
            try:
                self._client.create_stream(
                    StreamName=self.name, StreamModeDetails={"StreamMode": mode}, **size
                )
            except self._client.exceptions.ResourceInUseException:
                return
            self._client.get_waiter("stream_exists").wait(
                StreamName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )

    def identity(self) -> str:
        """Name and time of creation: a stream that was deleted and made again is another one, with other sequences."""
        with aws_errors(self._what):
            summary = self._client.describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]
        return f"{self.name}@{summary['StreamCreationTimestamp'].timestamp():.0f}"

    def put(self, entries: Sequence[Entry]) -> list[int]:
        """Put the records of one call; the places of those that were not taken and may be put again."""
        records = [{"PartitionKey": entry.partition_key, "Data": entry.data} for entry in entries]
        with aws_errors(self._what):
            answer = self._client.put_records(StreamName=self.name, Records=records)
        return [place for place, one in enumerate(answer["Records"]) if one.get("ErrorCode")]

    def shards(self) -> list[str]:
        """The ids of all shards that still hold records, parents before the shards that came of them."""
        found: list[str] = []
        arguments: dict[str, str] = {"StreamName": self.name}
        with aws_errors(self._what):
            while True:
                answer = self._client.list_shards(**arguments)
                found += [shard["ShardId"] for shard in answer["Shards"]]
                if not answer.get("NextToken"):
                    return sorted(found)
                arguments = {"NextToken": answer["NextToken"]}

    def iterator(self, shard: str, after: str | None) -> str:
        """A place to read from: behind the record `after`, or the oldest record.

        Raises:
            IteratorGoneError: the stream does not know `after`.
        """
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if after is not None:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
        with aws_errors(self._what):
            try:
                answer = self._client.get_shard_iterator(StreamName=self.name, ShardId=shard, **place)
            except self._client.exceptions.InvalidArgumentException as error:
                raise IteratorGoneError(f"{self._what}: shard {shard} does not know {after}") from error
        return str(answer["ShardIterator"])

    def read(self, iterator: str, limit: int) -> Page:
        """The next records, at most `limit` of them and 10 MiB.

        Raises:
            IteratorGoneError: more than five minutes went by since the iterator was given.
        """
        with aws_errors(self._what):
            try:
                answer = self._client.get_records(ShardIterator=iterator, Limit=limit)
            except self._client.exceptions.ExpiredIteratorException as error:
                raise IteratorGoneError(f"{self._what}: the iterator is too old") from error
        return Page(
            [StreamRecord(one["SequenceNumber"], one["Data"]) for one in answer["Records"]],
            answer.get("NextShardIterator") or None,
            answer.get("MillisBehindLatest", 0) / 1000,
        )
