"""Which messages of a channel may be acknowledged, and by how few acks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ack(Generic[T]):
    """An ack to send: of the message with this tag and, if `multiple`, of all before it. `items` are what it covers."""

    tag: int
    multiple: bool
    items: tuple[T, ...]


class Acknowledgements(Generic[T]):
    """The unacknowledged messages of one channel in the order of delivery, each with an item of the owner's.

    One ack covers all up to the first message that is not done. What is done behind that one waits for it, since thousands
    of single acks would cost more than the room they make; beyond `most_held_back` they are acknowledged one by one.
    """

    def __init__(self, most_held_back: int) -> None:
        self._most_held_back = most_held_back
        self._open: dict[int, T] = {}
        self._done: set[int] = set()

    def __len__(self) -> int:
        """Messages that are not acknowledged: what counts against the prefetch."""
        return len(self._open)

    def delivered(self, tag: int, item: T) -> None:
        """A message came. Tags count up."""
        self._open[tag] = item

    def done(self, tags: Iterable[int]) -> list[Ack[T]]:
        """These messages need not come again; the acks that are due now. Unknown tags are those of a lost channel."""
        self._done.update(tag for tag in tags if tag in self._open)
        acks = []
        if first := self._first_ack():
            acks.append(first)
        if len(self._done) > self._most_held_back:
            acks += [Ack(tag, False, (self._open.pop(tag),)) for tag in sorted(self._done)]
            self._done.clear()
        return acks

    def lost(self) -> list[T]:
        """The channel is gone: the broker delivers everything again, under other tags. The items that are void now."""
        items = list(self._open.values())
        self._open.clear()
        self._done.clear()
        return items

    def _first_ack(self) -> Ack[T] | None:
        covered: list[int] = []
        for tag in self._open:
            if tag not in self._done:
                break
            covered.append(tag)
        if not covered:
            return None
        self._done.difference_update(covered)
        items = tuple(self._open.pop(tag) for tag in covered)
        return Ack(covered[-1], len(covered) > 1, items)
