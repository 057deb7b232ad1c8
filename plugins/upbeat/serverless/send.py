"""Puts accounts on the score queue, message by message."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from upbeat.errors import StoreUnavailableError
from upbeat.serverless.batch import Audience, Listed
from upbeat.serverless.pack import Packed, pack
from upbeat.serverless.publish import put_all
from upbeat.stores.sqs import MOST_MESSAGE_BYTES, MOST_MESSAGES_OF_A_CALL

MESSAGES_AT_ONCE = 100
"""That are held until the queue has taken them."""


class Queue(Protocol):
    """Where messages go; see `stores.sqs.MessageQueue`."""

    def send(self, bodies: list[str]) -> list[int]:
        """One call; the places of the messages that were not taken."""


@dataclass(slots=True)
class Sent:
    """What was packed and sent. In a dry run nothing was sent, and the figures are what would be."""

    accounts: int = 0
    messages: int = 0
    bytes: int = 0
    rejected: int = 0
    dry_run: bool = False


def send_accounts(
    accounts: Iterable[tuple[Audience, Listed]],
    queue: Queue | None,
    *,
    most_accounts: int,
    on_progress: Callable[[Sent], None] = lambda sent: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Sent:
    """Send all accounts.

    Args:
        queue: None for a dry run.
        most_accounts: in one message.
        on_progress: told after each hundred messages.

    Raises:
        StoreUnavailableError: the queue did not take some messages after several attempts. Sending the same again, as of the
            same time, sends the same messages: those that were taken do no harm.
    """
    sent = Sent(dry_run=queue is None)
    messages = pack(accounts, most_accounts=most_accounts, most_bytes=MOST_MESSAGE_BYTES)
    for group in _groups(messages):
        bodies = [message.body for message in group]
        refused = set() if queue is None else _send(bodies, queue, sleep)
        if refused:
            raise StoreUnavailableError(
                f"the score queue did not take {len(refused)} messages; {sent.accounts:,} accounts were sent before them"
            )
        sent.messages += len(group)
        sent.accounts += sum(message.accounts for message in group)
        sent.bytes += sum(_size(body) for body in bodies)
        on_progress(sent)
    return sent


def _send(bodies: list[str], queue: Queue, sleep: Callable[[float], None]) -> set[int]:
    return put_all(
        bodies,
        queue.send,
        size=_size,
        most_items=MOST_MESSAGES_OF_A_CALL,
        most_bytes=MOST_MESSAGE_BYTES,
        sleep=sleep,
    )


def _size(body: str) -> int:
    return len(body.encode())


def _groups(messages: Iterator[Packed]) -> Iterator[list[Packed]]:
    while group := list(islice(messages, MESSAGES_AT_ONCE)):
        yield group
