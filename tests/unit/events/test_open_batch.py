"""Messages become a batch, and a message is finished when all of its events are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.events.messages import event, held

from upbeat.events.held_message import HeldMessage
from upbeat.events.open_batch import OpenBatch, join

numbers = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)
contents = st.sampled_from([b"{}", b"{}", b'{"a":1}'])


def opened(messages: list[HeldMessage], most: int = 100) -> OpenBatch:
    joined = join(messages, most)
    return OpenBatch.of("a-batch", "story", joined, joined.events)


def test_the_same_event_in_two_messages_is_sent_once_and_finishes_both() -> None:
    first, second = held(1, event(7)), held(2, event(7), event(8))
    batch = opened([first, second])
    assert [one.id for one in batch.batch.events] == [7, 8]
    assert batch.done([7]) == (1, [first])
    assert batch.done([7]) == (0, [])
    assert batch.done([8]) == (1, [second])


def test_another_event_with_a_known_id_waits_for_the_next_batch() -> None:
    messages = [held(1, event(7)), held(2, event(7, b"[]")), held(3, event(8))]
    joined = join(messages, 100)
    assert joined.messages == [messages[0], messages[2]]
    assert joined.rest == [messages[1]]


def test_a_batch_takes_whole_messages_and_one_at_least() -> None:
    messages = [held(1, event(1), event(2), event(3)), held(2, event(4)), held(3, event(5))]
    assert len(join(messages, 2).events) == 3
    assert len(join(messages, 4).events) == 4
    assert join(messages, 4).rest == [messages[2]]


def test_what_is_left_of_a_batch_that_was_given_back_keeps_its_order() -> None:
    batch = opened([held(1, event(3)), held(2, event(1), event(2))])
    batch.done([1])
    again = batch.again(not_before=5.0)
    assert [one.id for one in again.batch.events] == [3, 2]
    assert again.done([3, 2])[0] == 2


def test_a_batch_that_falls_apart_leaves_the_messages_that_stand_with_what_is_left_of_them() -> None:
    lost, half, finished = held(1, event(1)), held(2, event(2), event(3)), held(3, event(4))
    batch = opened([lost, half, finished])
    batch.done([2, 4])
    lost.void = True
    assert batch.apart() == [half]
    assert [one.id for one in half.decoded()] == [3]
    assert half.left == 1


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 12), contents), min_size=1, max_size=4), min_size=1), st.data()
)
def test_every_message_is_finished_exactly_when_its_last_event_is(
    contents_of: list[list[tuple[int, bytes]]], data: st.DataObject
) -> None:
    """Whatever events the messages share, and in whatever order they are settled or parked."""
    messages = [
        held(tag, *(event(number, body) for number, body in dict(pairs).items()))
        for tag, pairs in enumerate(contents_of, start=1)
    ]
    while messages:
        joined = join(messages, data.draw(st.integers(1, 8)))
        batch = OpenBatch.of("a-batch", "story", joined, joined.events)
        assert joined.messages, "there is progress"
        open_ids = {held: {one.id for one in held.decoded()} for held in joined.messages}
        for number in data.draw(st.permutations(list(joined.events))):
            _, finished = batch.done([number])
            for ids in open_ids.values():
                ids.discard(number)
            assert set(finished) == {held for held, ids in open_ids.items() if not ids}
            open_ids = {held: ids for held, ids in open_ids.items() if ids}
        assert open_ids == {}
        messages = joined.rest


def test_a_copy_of_a_message_takes_no_room() -> None:
    """Else a batch of before a crash, of which a message came twice, would lack its last events."""
    messages = [held(1, event(1), event(2)), held(2, event(1), event(2)), held(3, event(3))]
    joined = join(messages, 3)
    assert (list(joined.events), joined.rest) == ([1, 2, 3], [])
