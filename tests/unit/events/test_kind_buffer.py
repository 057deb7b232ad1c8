"""When the messages of a kind become a batch."""

from __future__ import annotations

import pytest
from tests.unit.events.messages import event, held

from upbeat.events.flush_policy import FlushLimits
from upbeat.events.kind_buffer import QUIET_SECONDS, KindBuffer
from upbeat.events.open_batch import OpenBatch, join

LIMITS = FlushLimits(batch_rows=3, largest_rows=5, flush_seconds=5.0, least_interval=1.0)


def buffer_with(count: int, capacity: int = 100) -> KindBuffer:
    buffer = KindBuffer("story", LIMITS, capacity)
    for number in range(1, count + 1):
        buffer.waiting.add(held(number, event(number), received=10.0))
    return buffer


def test_a_small_batch_waits_for_its_time_and_a_full_one_does_not() -> None:
    assert not buffer_with(2).messages_due(now=14.9, whole=True)
    assert buffer_with(2).messages_due(now=15.0, whole=True)
    assert buffer_with(3).messages_due(now=10.0, whole=True)


def test_batches_of_a_busy_kind_grow_instead_of_following_each_other_closely() -> None:
    buffer = buffer_with(7)
    assert len(buffer.take(now=10.0)) == 5
    buffer.waiting.add(held(8, event(8), received=10.1))
    assert buffer.waiting.events == 3
    assert not buffer.messages_due(now=10.9, whole=True)
    assert buffer.messages_due(now=11.0, whole=True)


def test_who_wants_everything_gets_small_batches_when_nothing_more_arrives() -> None:
    assert not buffer_with(1).messages_due(now=10.0 + QUIET_SECONDS / 2, whole=False)
    assert buffer_with(1).messages_due(now=10.0 + QUIET_SECONDS * 2, whole=False)
    assert not buffer_with(0).messages_due(now=99.0, whole=False)


def test_a_full_buffer_is_due_for_it_gets_no_fuller() -> None:
    assert buffer_with(2, capacity=2).messages_due(now=10.0, whole=True)


def test_packed_messages_count_as_what_they_announce() -> None:
    buffer = KindBuffer("story", LIMITS, 100)
    buffer.waiting.add(held(1, event(1), event(2), event(3), received=10.0))
    assert buffer.events == 3
    assert buffer.messages_due(now=10.0, whole=True)


def test_a_batch_that_was_given_back_rests_for_its_delay() -> None:
    buffer = buffer_with(2)
    taken = buffer.take(now=10.0)
    joined = join(taken, 5)
    batch = OpenBatch.of("a-batch", "story", joined, joined.events)
    buffer.released.append(batch.again(not_before=12.0))
    assert buffer.released_batch(now=11.9) is None
    assert buffer.released_batch(now=12.0) is buffer.released[0]


def test_a_lost_channel_takes_its_messages_and_the_rest_of_their_batch_is_looked_at_again() -> None:
    buffer = KindBuffer("story", LIMITS, 100)
    lost, stands = held(1, event(1)), held(1, event(2), channel=1)
    joined = join([lost, stands], 5)
    buffer.released.append(OpenBatch.of("a-batch", "story", joined, joined.events))
    buffer.waiting.add(held(2, event(3)))
    lost.void = True
    buffer.lost(0)
    assert buffer.released == []
    assert buffer.waiting.take_redelivered() == [stands]
    assert buffer.events == 0


def test_a_message_without_an_event_is_due_as_any_other() -> None:
    buffer = buffer_with(0)
    empty = held(1, event(1), received=10.0)
    empty.events = []
    buffer.waiting.put_back([empty])
    assert not buffer.messages_due(now=14.9, whole=True)
    assert buffer.messages_due(now=15.0, whole=True)
    assert buffer.take(now=15.0) == [empty]
    assert buffer.waiting.events == 0


def test_a_batch_of_large_messages_ends_by_their_bytes_and_is_due_by_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("upbeat.events.kind_buffer.LARGEST_BATCH_BYTES", 250)
    buffer = buffer_with(0)
    large = [held(number, event(number, b"x" * 100), received=10.0) for number in range(1, 4)]
    buffer.waiting.add(large[0])
    buffer.waiting.add(large[1])
    assert not buffer.messages_due(now=10.0, whole=True)
    buffer.waiting.add(large[2])
    assert buffer.messages_due(now=10.0, whole=True)
    assert buffer.take(now=10.0) == large[:2]
    assert (buffer.waiting.events, buffer.waiting.bytes) == (1, 100)
    monkeypatch.setattr("upbeat.events.kind_buffer.LARGEST_BATCH_BYTES", 10)
    assert buffer.take(now=10.0) == large[2:], "one message at least"
