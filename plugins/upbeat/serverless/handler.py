"""The Lambda function: an SQS event in, scores onto the stream, and the messages that have to come again as the answer.

The event source mapping needs `ReportBatchItemFailures`. A message that fails alone goes back to the queue, and after a few
times to its dead letter queue; those beside it are done. Texts of messages never stand in logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

from upbeat.logs import configure_logging, get_logger
from upbeat.serverless.batch import UnreadableBatchError, decode_batch
from upbeat.serverless.publish import put_all
from upbeat.serverless.score_batch import BatchScorer
from upbeat.settings import get_settings
from upbeat.stores.kinesis import (
    MOST_BYTES_OF_A_CALL,
    MOST_BYTES_OF_A_RECORD,
    MOST_RECORDS_OF_A_CALL,
    Entry,
    KinesisStream,
)

RESERVE_SECONDS = 10.0
"""Of the time of a run, kept for publishing: messages that are not begun by then come again."""

log = get_logger("serverless.handler")


class Stream(Protocol):
    """Where records go."""

    def put(self, entries: Sequence[Entry]) -> list[int]:
        """One call; the places of the records that were not taken."""


class Handler:
    """What a warm function keeps: the tables and the client of the stream."""

    def __init__(self, scorer: BatchScorer, stream: Stream) -> None:
        self._scorer = scorer
        self._stream = stream

    def handle(self, event: dict[str, Any], seconds_left: Callable[[], float]) -> dict[str, Any]:
        """See `handle`."""
        failed: list[str] = []
        entries: list[Entry] = []
        owners: list[str] = []
        for message in event.get("Records", []):
            identifier = message["messageId"]
            records = self._scored(message, seconds_left)
            if records is None:
                failed.append(identifier)
                continue
            entries += records
            owners += [identifier] * len(records)
        for place in sorted(self._put(entries, seconds_left)):
            if owners[place] not in failed:
                failed.append(owners[place])
        log.info("scored", messages=len(event.get("Records", [])), records=len(entries), failed=len(failed))
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    def _scored(self, message: dict[str, Any], seconds_left: Callable[[], float]) -> list[Entry] | None:
        """The records of a message; None for one that has to come again. One that breaks must not cost those beside it."""
        told = {"message": message["messageId"]}
        if seconds_left() < RESERVE_SECONDS:
            log.warning("no time is left for a message", **told)
            return None
        try:
            batch = decode_batch(message["body"])
            records = self._scorer.score(batch)
        except UnreadableBatchError as error:
            log.error("a message is no batch", reason=str(error), **told)
            return None
        except Exception as error:
            log.error("a message cannot be scored", error=type(error).__name__, **told)
            return None
        if batch.rejects:
            log.warning("accounts were rejected", batch=batch.id, rejects=len(batch.rejects), **told)
        entries = [Entry(batch.audience.profile_id, data) for data in records]
        if any(entry.size > MOST_BYTES_OF_A_RECORD for entry in entries):
            log.error("the scores of a message are too large for the stream", **told)
            return None
        return entries

    def _put(self, entries: list[Entry], seconds_left: Callable[[], float]) -> set[int]:
        return put_all(
            entries,
            self._stream.put,
            size=lambda entry: entry.size,
            most_items=MOST_RECORDS_OF_A_CALL,
            most_bytes=MOST_BYTES_OF_A_CALL,
            may_wait=lambda seconds: seconds_left() > seconds + 1.0,
        )


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Score the followers of an SQS event.

    Args:
        event: `Records` of SQS, each with `messageId` and a `body` of the form that `batch` tells.
        context: Lambda's; says how much time is left.

    Returns:
        `batchItemFailures`: the messages that were not scored or whose scores did not all reach the stream.

    Raises:
        InputError: a file of tables is missing in the image, or no region is set.
    """
    return _warm_handler().handle(event, lambda: context.get_remaining_time_in_millis() / 1000)


@cache
def _warm_handler() -> Handler:
    settings = get_settings()
    configure_logging(settings.log_level, json=True)
    return Handler(BatchScorer.load(settings), KinesisStream(settings, settings.score_stream))
