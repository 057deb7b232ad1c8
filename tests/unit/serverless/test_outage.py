"""Services of the score queue wait until a store is back; a run with an end gives up in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from upbeat.errors import StoreUnavailableError
from upbeat.serverless.outage import ATTEMPTS, LONGEST_WAIT_SECONDS, Outage
from upbeat.serverless.poll import poll
from upbeat.stores.aws import AwsRefusedError
from upbeat.stores.sqs import ReceivedMessage

AWAY = StoreUnavailableError("SQS is away")


class Queue:
    """Gives one message; its calls fail as `errors` say, one after the other."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.messages = [ReceivedMessage("m", "r", "{}", {})]

    def receive(self, *, wait_seconds: int = 0) -> list[ReceivedMessage]:
        if self.errors and (error := self.errors.pop(0)):
            raise error
        return self.messages

    def delete(self, messages: Sequence[ReceivedMessage]) -> None:
        if self.errors and (error := self.errors.pop(0)):
            raise error
        self.messages = []


def scored(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"batchItemFailures": []}


def test_waits_grow_and_are_bounded_and_begin_anew_when_it_is_over() -> None:
    waits: list[float] = []
    outage = Outage(waits.append, attempts=None)
    for _ in range(12):
        outage.met(AWAY)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.5, LONGEST_WAIT_SECONDS)
    outage.over()
    outage.met(AWAY)
    assert waits[-1] == waits[0]


def test_a_service_scores_on_when_the_queue_is_back() -> None:
    waits: list[float] = []
    queue = Queue(*[AWAY] * (ATTEMPTS + 3))
    polled = poll(
        queue,
        scored,
        until_idle=False,
        stopped=lambda: not queue.messages,
        wait_seconds=0,
        sleep=waits.append,
    )
    assert (polled.done, len(waits)) == (1, ATTEMPTS + 3)


def test_a_message_whose_removal_failed_comes_again() -> None:
    queue = Queue(None, AWAY)
    assert poll(queue, scored, until_idle=True, wait_seconds=0, sleep=lambda seconds: None).done == 1


def test_a_run_until_the_queue_is_empty_gives_up_in_the_end() -> None:
    waits: list[float] = []
    with pytest.raises(StoreUnavailableError, match="SQS is away"):
        poll(Queue(*[AWAY] * 99), scored, until_idle=True, wait_seconds=0, sleep=waits.append)
    assert len(waits) == ATTEMPTS - 1


def test_a_login_that_is_refused_is_not_waited_for() -> None:
    waits: list[float] = []
    with pytest.raises(AwsRefusedError):
        poll(Queue(AwsRefusedError("no")), scored, until_idle=False, wait_seconds=0, sleep=waits.append)
    assert waits == []
