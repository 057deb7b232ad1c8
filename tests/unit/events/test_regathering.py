"""Messages that come again become the batch that they were, or go the ordinary way; none is kept for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.events.messages import event, held

from upbeat.events.regathering import Regathering

PATIENCE = 5.0


def test_a_batch_is_complete_when_all_its_messages_are_there_in_any_order() -> None:
    regathering = Regathering(PATIENCE)
    messages = [held(1, event(3)), held(2, event(1), event(2)), held(3, event(9))]
    assert regathering.offer(messages[::-1], {"a": [1, 2, 3]}, 0.0) == [messages[2]]
    found = regathering.complete(())
    assert found is not None
    assert (found.id, list(found.ids)) == ("a", [1, 2, 3])
    assert regathering.complete(()) is None
    assert regathering.events == 0


def test_a_batch_that_somebody_still_has_in_hand_waits_for_him() -> None:
    regathering = Regathering(PATIENCE)
    regathering.offer([held(1, event(1))], {"a": [1]}, 0.0)
    assert regathering.complete(["a"]) is None
    assert regathering.complete(["b"]) is not None


def test_an_incomplete_batch_is_given_up_and_not_waited_for_again() -> None:
    regathering = Regathering(PATIENCE)
    first, late = held(1, event(1)), held(2, event(2))
    assert regathering.offer([first], {"a": [1, 2, 3]}, 0.0) == []
    assert regathering.given_up(PATIENCE - 0.1) == []
    assert regathering.given_up(PATIENCE) == [first]
    assert regathering.offer([late], {"a": [1, 2, 3]}, PATIENCE) == [late]


def test_a_message_of_two_batches_or_of_none_goes_the_ordinary_way() -> None:
    regathering = Regathering(PATIENCE)
    messages = [held(1, event(1), event(5)), held(2, event(8)), held(3, event(1), event(9))]
    assert regathering.offer(messages, {"a": [1, 2], "b": [5]}, 0.0) == messages


def test_messages_of_a_lost_channel_are_missing_again() -> None:
    regathering = Regathering(PATIENCE)
    regathering.offer([held(1, event(1)), held(1, event(2), channel=1)], {"a": [1, 2]}, 0.0)
    regathering.lost(1)
    assert regathering.complete(()) is None
    regathering.offer([held(7, event(2), channel=1)], {"a": [1, 2]}, 0.0)
    found = regathering.complete(())
    assert found is not None
    assert {one.delivery.tag for one in found.messages} == {1, 7}


@given(
    st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=3, unique=True), max_size=20),
    st.dictionaries(
        st.sampled_from("abc"), st.lists(st.integers(1, 30), min_size=1, max_size=6, unique=True)
    ),
    st.lists(st.integers(0, 1), max_size=3),
)
def test_every_message_comes_out_one_way_or_is_lost_with_its_channel(
    contents: list[list[int]], known: dict[str, list[int]], lost: list[int]
) -> None:
    regathering = Regathering(PATIENCE)
    messages = [
        held(tag, *map(event, numbers), channel=tag % 2) for tag, numbers in enumerate(contents, start=1)
    ]
    out = list(regathering.offer(messages, known, 0.0))
    for channel in lost:
        regathering.lost(channel)
    while (found := regathering.complete(())) is not None:
        assert set(found.ids) <= {one.id for held in found.messages for one in held.decoded()}
        assert list(found.ids) == known[found.id]
        out += found.messages
    out += regathering.given_up(PATIENCE)
    assert len({id(one) for one in out}) == len(out)
    assert {one.delivery.tag for one in out} >= {
        one.delivery.tag for one in messages if one.delivery.channel not in lost
    }
    assert regathering.events == 0
