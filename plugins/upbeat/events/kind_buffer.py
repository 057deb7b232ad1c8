"""What a source holds of one kind of event and when it makes a batch of it. Pure, not thread-safe."""

from __future__ import annotations

from dataclasses import asdict

from upbeat.events.flush_policy import LARGEST_BATCH_BYTES, FlushLimits, ready
from upbeat.events.held_message import HeldMessage, WaitingMessages
from upbeat.events.open_batch import OpenBatch
from upbeat.events.regathering import Regathering

# Who wants everything at once takes smaller batches when nothing has arrived for so long.
QUIET_SECONDS = 0.05
NEVER = float("-inf")


class KindBuffer:
    """Waiting messages, batches that were given back, and batches of before a crash that are being found again."""

    def __init__(self, kind: str, limits: FlushLimits, capacity: int) -> None:
        """`capacity`: the most messages that the broker hands over unacknowledged."""
        self.kind = kind
        self.limits = limits
        self.waiting = WaitingMessages()
        self.regathering = Regathering(limits.flush_seconds)
        self.released: list[OpenBatch] = []
        self.on_the_way = 0
        """Events that somebody took to make a batch of them."""
        self._capacity = capacity
        self._limits = asdict(limits)
        self._last = NEVER

    @property
    def events(self) -> int:
        """All events here, as far as they are counted."""
        released = sum(len(one.left) for one in self.released)
        return self.waiting.events + self.regathering.events + released + self.on_the_way

    def released_batch(self, now: float) -> OpenBatch | None:
        """A batch that was given back and whose time has come."""
        return next((one for one in self.released if one.not_before <= now), None)

    def messages_due(self, now: float, whole: bool) -> bool:
        """Whether the waiting messages are worth a batch now."""
        oldest = self.waiting.oldest
        if oldest is None:
            return False
        # A full buffer gets no fuller: more comes only when some of it is acknowledged.
        if len(self.waiting) >= self._capacity or (not whole and now - self.waiting.newest >= QUIET_SECONDS):
            return True
        if self.waiting.bytes >= LARGEST_BATCH_BYTES:
            return True
        return ready(self.waiting.events, now - oldest, now - self._last, **self._limits)

    def take(self, now: float) -> list[HeldMessage]:
        """The messages of the next batch, a few more at most than it may hold."""
        self._last = now
        taken = self.waiting.take(self.limits.largest_rows, LARGEST_BATCH_BYTES)
        self.on_the_way += sum(held.size for held in taken)
        return taken

    def lost(self, channel: int) -> None:
        """The messages of this channel come again; what else was in a batch with them waits for them."""
        self.waiting.lost(channel)
        self.regathering.lost(channel)
        for one in [one for one in self.released if any(held.void for held in one.messages)]:
            self.released.remove(one)
            self.waiting.look_again(one.apart())
