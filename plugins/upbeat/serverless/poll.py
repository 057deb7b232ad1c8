"""A machine in Lambda's place: takes messages off the queue, calls the function, removes what it did not give back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from upbeat.errors import StoreUnavailableError
from upbeat.failpoints import failpoint
from upbeat.serverless.outage import ATTEMPTS, Outage
from upbeat.stores.sqs import ReceivedMessage

RUN_SECONDS = 60.0
"""What a run may take, as the function's timeout on Lambda."""
WAIT_SECONDS = 5

Handle = Callable[[dict[str, Any], Any], dict[str, Any]]


class Queue(Protocol):
    """Where messages come from; see `stores.sqs.MessageQueue`."""

    def receive(self, *, wait_seconds: int = 0) -> list[ReceivedMessage]:
        """At most ten messages."""

    def delete(self, messages: Sequence[ReceivedMessage]) -> None:
        """Remove messages."""


@dataclass(slots=True)
class Polled:
    """Messages that were scored, and those that go back to the queue."""

    done: int = 0
    failed: int = 0


class _Context:
    """As much of Lambda's context as the function asks for: a run here has the time that it had at its start."""

    def get_remaining_time_in_millis(self) -> int:
        return int(RUN_SECONDS * 1000)


def poll(
    queue: Queue,
    handle: Handle,
    *,
    until_idle: bool,
    stopped: Callable[[], bool] = lambda: False,
    wait_seconds: int = WAIT_SECONDS,
    on_progress: Callable[[Polled], None] = lambda polled: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Polled:
    """Score what is on the queue, until it is empty or somebody stops it.

    A message that failed comes again when its visibility timeout ends, and in the end goes to the dead letter queue. While AWS is
    away, a service waits; what was in hand comes again.

    Raises:
        StoreUnavailableError: AWS refuses our login, or was away several times in a row of a run that ends with the queue.
        InputError: there is no such queue or stream.
    """
    polled = Polled()
    outage = Outage(sleep, attempts=ATTEMPTS if until_idle else None)
    while not stopped():
        try:
            found = _score(queue, handle, wait_seconds, polled)
        except StoreUnavailableError as error:
            outage.met(error)
            continue
        outage.over()
        if found:
            on_progress(polled)
        elif until_idle:
            break
    return polled


def _score(queue: Queue, handle: Handle, wait_seconds: int, polled: Polled) -> bool:
    """The messages of one call; whether there were any."""
    messages = queue.receive(wait_seconds=wait_seconds)
    if not messages:
        return False
    answer = handle(event_of(messages), _Context())
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    done = [message for message in messages if message.id not in failed]
    failpoint("work_before_delete")
    queue.delete(done)
    polled.done += len(done)
    polled.failed += len(failed)
    return True


def event_of(messages: Sequence[ReceivedMessage]) -> dict[str, Any]:
    """The event that Lambda makes of messages."""
    return {"Records": [_record(message) for message in messages]}


def _record(message: ReceivedMessage) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": message.raw.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message.raw.get("MD5OfBody"),
        "eventSource": "aws:sqs",
    }
