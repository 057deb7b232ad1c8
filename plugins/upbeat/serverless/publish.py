"""Brings records to Kinesis, or messages to SQS: as few calls as their limits allow, and again what a call did not take."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.stores.aws import AwsRefusedError

Item = TypeVar("Item")
Send = Callable[[list[Item]], list[int]]
"""One call with some items; gives the places of those that were not taken and may be sent again."""

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
ATTEMPTS = 8

log = get_logger("serverless.publish")


def calls_of(sizes: Sequence[int], *, most_items: int, most_bytes: int) -> Iterator[range]:
    """Runs of items that one call may hold. An item larger than a call goes alone: it is for the service to refuse it."""
    start, held = 0, 0
    for place, size in enumerate(sizes):
        if place > start and (place - start == most_items or held + size > most_bytes):
            yield range(start, place)
            start, held = place, 0
        held += size
    if start < len(sizes):
        yield range(start, len(sizes))


def put_all(
    items: Sequence[Item],
    send: Send[Item],
    *,
    size: Callable[[Item], int],
    most_items: int,
    most_bytes: int,
    attempts: int = ATTEMPTS,
    may_wait: Callable[[float], bool] = lambda seconds: True,
    sleep: Callable[[float], None] = time.sleep,
) -> set[int]:
    """Send all items; those that were not taken are sent again after a wait that doubles, with jitter.

    Args:
        may_wait: whether there is time left for so many seconds.

    Returns:
        The places of the items that were not taken in the end.

    Raises:
        AwsRefusedError: our login may not do this.
    """
    waiting = list(range(len(items)))
    for attempt in range(attempts):
        waiting = _attempt(items, waiting, send, size, most_items, most_bytes)
        if not waiting:
            break
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt) * random.uniform(0.5, 1.0)  # noqa: S311
        if attempt + 1 == attempts or not may_wait(wait):
            break
        log.info("not all was taken, sending again", left=len(waiting), wait_seconds=round(wait, 2))
        sleep(wait)
    return set(waiting)


def _attempt(
    items: Sequence[Item],
    waiting: list[int],
    send: Send[Item],
    size: Callable[[Item], int],
    most_items: int,
    most_bytes: int,
) -> list[int]:
    """One round of calls; what is left of `waiting`. A call that fails as a whole leaves all of it."""
    left: list[int] = []
    sizes = [size(items[place]) for place in waiting]
    for run in calls_of(sizes, most_items=most_items, most_bytes=most_bytes):
        places = [waiting[number] for number in run]
        try:
            refused = send([items[place] for place in places])
        except AwsRefusedError:
            raise  # no wait helps
        except StoreUnavailableError as error:
            log.warning("a call failed", error=str(error))
            refused = list(range(len(places)))
        left += [places[number] for number in refused]
    return left
