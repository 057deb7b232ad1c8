"""Finds the batches of before a crash again among messages that come a second time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from upbeat.events.held_message import HeldMessage


@dataclass(slots=True)
class _Gathering:
    ids: Sequence[int]
    since: float
    missing: set[int]
    messages: list[HeldMessage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Regathered:
    """A batch that is complete again: its events' ids in their old order, and the messages that hold them."""

    id: str
    ids: Sequence[int]
    messages: list[HeldMessage]


class Regathering:
    """Messages of one kind that belong to known batches. A batch that stays incomplete is given up after `patience` s.

    Nothing depends on it but repeats on disk: a message that finds no batch goes the ordinary way.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._gatherings: dict[str, _Gathering] = {}
        self._given_up: set[str] = set()

    @property
    def events(self) -> int:
        """Events that wait for the rest of their batch."""
        return sum(held.size for one in self._gatherings.values() for held in one.messages)

    @property
    def oldest(self) -> float | None:
        """When the first of these messages was received."""
        times = [held.received for one in self._gatherings.values() for held in one.messages]
        return min(times, default=None)

    def offer(
        self, messages: Iterable[HeldMessage], known: Mapping[str, Sequence[int]], now: float
    ) -> list[HeldMessage]:
        """Take the messages whose events are all in one of the `known` batches; give the others back, in their order."""
        self._given_up.intersection_update(known)
        batch_of = {
            number: batch for batch, ids in known.items() if batch not in self._given_up for number in ids
        }
        others = []
        for held in messages:
            batches = {batch_of.get(event.id) for event in held.decoded()}
            batch = batches.pop() if len(batches) == 1 else None
            if batch is None:
                others.append(held)
                continue
            gathering = self._gatherings.setdefault(batch, _Gathering(known[batch], now, set(known[batch])))
            gathering.messages.append(held)
            gathering.missing.difference_update(event.id for event in held.decoded())
            gathering.since = now
        return others

    def complete(self, under_way: Iterable[str]) -> Regathered | None:
        """The first batch that is complete and not in somebody's hands (`under_way`); it is forgotten here."""
        hands = set(under_way)
        for batch, one in self._gatherings.items():
            if not one.missing and batch not in hands:
                del self._gatherings[batch]
                return Regathered(batch, one.ids, one.messages)
        return None

    def given_up(self, now: float) -> list[HeldMessage]:
        """The messages of batches to which nothing was added for `patience` seconds and that lack some."""
        messages: list[HeldMessage] = []
        for batch, one in list(self._gatherings.items()):
            if one.missing and now - one.since >= self._patience:
                messages += self._gatherings.pop(batch).messages
                self._given_up.add(batch)
        return messages

    def lost(self, channel: int) -> None:
        """Forget the messages of a channel: they come again."""
        for batch, one in list(self._gatherings.items()):
            one.messages = [held for held in one.messages if held.delivery.channel != channel]
            if not one.messages:
                del self._gatherings[batch]
                continue
            there = {event.id for held in one.messages for event in held.decoded()}
            one.missing = set(one.ids) - there
