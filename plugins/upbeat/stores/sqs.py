"""One SQS queue: messages in batches, at least once, and where those go that nobody can read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from upbeat.settings import Settings
from upbeat.stores.aws import aws_client, aws_errors

MOST_MESSAGE_BYTES = 256 * 1024
"""Of one message, and of all messages of one call together."""
MOST_MESSAGES_OF_A_CALL = 10


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that nobody else sees until its visibility timeout ends. `raw` is SQS's own form of it."""

    id: str
    receipt: str
    body: str
    raw: dict[str, Any]


class MessageQueue:
    """A standard queue. Every method raises the errors of `stores.aws.aws_errors`."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.name = name
        self._what = f"SQS queue {name} (UPBEAT_SCORE_QUEUE)"
        self._client = aws_client(settings, "sqs")

    def create(self, *, visibility_seconds: int, dead_letters_after: int) -> None:
        """Make the queue and its `-dead` queue, where a message goes that was received so often in vain."""
        with aws_errors(self._what):
            dead = self._client.create_queue(
                QueueName=f"{self.name}-dead", Attributes={"MessageRetentionPeriod": str(14 * 86_400)}
            )["QueueUrl"]
            arn = self._attribute(dead, "QueueArn")
            redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": dead_letters_after}
            self._client.create_queue(
                QueueName=self.name,
                Attributes={
                    "VisibilityTimeout": str(visibility_seconds),
                    "RedrivePolicy": json.dumps(redrive),
                },
            )

    def send(self, bodies: Sequence[str]) -> list[int]:
        """Send at most ten messages, of 256 KiB together; the places of those that were not taken and may be sent again."""
        entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        with aws_errors(self._what):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        return sorted(int(one["Id"]) for one in answer.get("Failed", []))

    def receive(self, *, wait_seconds: int = 0) -> list[ReceivedMessage]:
        """At most ten messages; an empty list when none came within the time."""
        with aws_errors(self._what):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=MOST_MESSAGES_OF_A_CALL,
                WaitTimeSeconds=wait_seconds,
                MessageSystemAttributeNames=["All"],
            )
        return [
            ReceivedMessage(one["MessageId"], one["ReceiptHandle"], one["Body"], one)
            for one in answer.get("Messages", [])
        ]

    def delete(self, messages: Sequence[ReceivedMessage]) -> None:
        """Remove messages that are done. One whose removal fails comes again, which is harmless."""
        if not messages:
            return
        entries = [{"Id": str(place), "ReceiptHandle": one.receipt} for place, one in enumerate(messages)]
        with aws_errors(self._what):
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def counts(self) -> tuple[int, int, int]:
        """About how many messages wait, are being worked on, and ended in the dead letter queue."""
        with aws_errors(self._what):
            dead = self._client.get_queue_url(QueueName=f"{self.name}-dead")["QueueUrl"]
            return (
                int(self._attribute(self._url, "ApproximateNumberOfMessages")),
                int(self._attribute(self._url, "ApproximateNumberOfMessagesNotVisible")),
                int(self._attribute(dead, "ApproximateNumberOfMessages")),
            )

    def _attribute(self, url: str, name: str) -> str:
        answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return str(answer["Attributes"][name])

    @cached_property
    def _url(self) -> str:
        return str(self._client.get_queue_url(QueueName=self.name)["QueueUrl"])
