"""Which events of a batch leave it: those whose message the broker answers for, and no other."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from upbeat.events.batch import Batch, StoredEvent
from upbeat.events.consumers import Consumer
from upbeat.events.publish_batch import Published, publish_batch
from upbeat.events.wire import NDJSON, Message
from upbeat.stores.rabbitmq import Refusal


class Broker:
    """Takes messages as large as `most` bytes, refuses those with an id in `closed`, and knows what it holds."""

    def __init__(self, *, closed: frozenset[int] = frozenset(), most: int = 10**9) -> None:
        self.closed = closed
        self.most = most
        self.held: list[int] = []

    def publish(self, _: Consumer, messages: Sequence[Message], timeout: float) -> Sequence[Refusal]:
        refusals = []
        for index, message in enumerate(messages):
            ids = ids_of(message)
            if len(message.body) > self.most:
                refusals.append(Refusal(index, "too large", lasting=True))
            elif self.closed & set(ids):
                refusals.append(Refusal(index, "nack"))
            else:
                self.held += ids
        return refusals

    def open(self) -> None: ...
    def mend(self) -> None: ...
    def close(self) -> None: ...


def ids_of(message: Message) -> list[int]:
    if message.content_type == NDJSON:
        return [json.loads(line)["id"] for line in message.body.splitlines()]
    return [int(message.message_id or 0)]


def publish(events: Sequence[StoredEvent], pack: int, broker: Broker) -> Published:
    consumer = Consumer.model_validate({"kind": "a", "table": "a", "columns": {"x": "string"}, "pack": pack})
    return publish_batch(Batch("b", "a", events), consumer, broker, 1.0)


def event(number: int, size: int = 1) -> StoredEvent:
    return StoredEvent(number, "", json.dumps({"x": "y" * size}).encode(), "", 0.0)


@given(st.integers(1, 60), st.integers(1, 9), st.frozensets(st.integers(1, 60)))
def test_events_leave_exactly_when_the_broker_holds_them(
    count: int, pack: int, closed: frozenset[int]
) -> None:
    broker = Broker(closed=closed)
    published = publish([event(number) for number in range(1, count + 1)], pack, broker)
    assert [one.id for one in published.events] == broker.held
    assert bool(published.refusals) == (len(broker.held) < count)
    assert published.rejected == []


def test_what_is_too_large_for_any_message_is_told_apart_with_its_reason() -> None:
    broker = Broker(most=1000)
    published = publish([event(1), event(2, size=2000), event(3)], 1, broker)
    assert broker.held == [1, 3]
    assert [(one.event.id, one.reason) for one in published.rejected] == [(2, "too large")]
    assert published.refusals == []


def test_a_pack_that_is_too_large_goes_one_event_to_a_message() -> None:
    broker = Broker(most=1000)
    events = [event(number, size=400) for number in range(1, 5)] + [event(5, size=2000), event(6)]
    published = publish(events, 4, broker)
    assert sorted(broker.held) == [1, 2, 3, 4, 6]
    assert sorted(one.id for one in published.events) == [1, 2, 3, 4, 6]
    assert [one.event.id for one in published.rejected] == [5]
    assert published.messages == 5
