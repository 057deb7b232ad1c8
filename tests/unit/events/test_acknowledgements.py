"""Nothing is acknowledged before it is done, and in the end everything is: whatever comes in whatever order."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from upbeat.events.acknowledgements import Ack, Acknowledgements


class Channel(RuleBasedStateMachine):
    """A channel and its broker: the broker's side is what the acks say, the owner's side what is done."""

    @initialize(most_held_back=st.integers(0, 4))
    def open_channel(self, most_held_back: int) -> None:
        self.acknowledgements: Acknowledgements[str] = Acknowledgements(most_held_back)
        self.most_held_back = most_held_back
        self.last_tag = 0
        self.unacked: dict[int, str] = {}  # as the broker sees it
        self.not_done: set[int] = set()

    @rule(count=st.integers(1, 5))
    def deliver(self, count: int) -> None:
        for _ in range(count):
            self.last_tag += 1
            self.unacked[self.last_tag] = f"message {self.last_tag}"
            self.not_done.add(self.last_tag)
            self.acknowledgements.delivered(self.last_tag, f"message {self.last_tag}")

    @precondition(lambda self: self.not_done)
    @rule(data=st.data())
    def settle_or_park(self, data: st.DataObject) -> None:
        tags = data.draw(st.sets(st.sampled_from(sorted(self.not_done)), min_size=1))
        self.not_done -= tags
        for ack in self.acknowledgements.done(tags):
            self.broker_receives(ack)

    @rule(tags=st.sets(st.integers(-3, 40)))
    def what_a_lost_channel_left_is_done_late(self, tags: set[int]) -> None:
        old = [tag for tag in tags if tag not in self.unacked]
        assert all(self.broker_receives(ack) for ack in self.acknowledgements.done(old))

    @rule()
    def lose(self) -> None:
        assert self.acknowledgements.lost() == list(self.unacked.values())
        self.unacked.clear()
        self.not_done.clear()
        self.last_tag = 0

    @rule()
    def finish(self) -> None:
        tags, self.not_done = self.not_done, set()
        for ack in self.acknowledgements.done(tags):
            self.broker_receives(ack)
        assert self.unacked == {}

    def broker_receives(self, ack: Ack[str]) -> bool:
        assert ack.tag in self.unacked, "an unknown tag closes the channel"
        tags = [tag for tag in self.unacked if tag <= ack.tag] if ack.multiple else [ack.tag]
        assert not self.not_done.intersection(tags), "not settled yet"
        assert [self.unacked.pop(tag) for tag in tags] == list(ack.items)
        return True

    @invariant()
    def both_sides_agree(self) -> None:
        if hasattr(self, "unacked"):
            assert len(self.acknowledgements) == len(self.unacked)
            assert len(self.unacked) - len(self.not_done) <= self.most_held_back


TestAcknowledgements = Channel.TestCase


def test_what_is_done_in_order_takes_one_ack() -> None:
    acknowledgements: Acknowledgements[int] = Acknowledgements(most_held_back=100)
    for tag in range(1, 1001):
        acknowledgements.delivered(tag, tag)
    assert acknowledgements.done(range(2, 90)) == []
    assert acknowledgements.done([1]) == [Ack(89, True, tuple(range(1, 90)))]
    assert acknowledgements.done([90]) == [Ack(90, False, (90,))]
