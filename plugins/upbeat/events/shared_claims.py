"""What the outboxes of one process know of each other's claims."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable


class SharedClaims:
    """When each kind was last claimed, and which batches are in hand.

    Attributes:
        one_at_a_time: held from the look at what waits to the end of the claim: of two outboxes that see the same events one
            would claim them, and the other a handful that came since.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.one_at_a_time = threading.Lock()
        self._clock = clock
        self._at: dict[str, float] = {}
        # The batch that each outbox handed out last, by the outbox: it is its own to claim again when the answer
        # about it was lost, and nobody else's in this process, however long it takes.
        self._held: dict[int, str] = {}

    def seconds_since(self, kind: str) -> float:
        """Seconds since the last claim of the kind; infinite when there was none."""
        return self._clock() - self._at.get(kind, -math.inf)

    def note_claim(self, kind: str) -> None:
        """A batch of the kind was made just now."""
        self._at[kind] = self._clock()

    def hold(self, outbox: object, batch: str | None) -> None:
        """The outbox has this batch in hand now, or none."""
        if batch is None:
            self._held.pop(id(outbox), None)
        else:
            self._held[id(outbox)] = batch

    def held_by(self, outbox: object) -> str | None:
        """The batch in its hand."""
        return self._held.get(id(outbox))

    def held_by_others(self, outbox: object) -> list[str]:
        """The batches in the hands of the others."""
        return [batch for owner, batch in list(self._held.items()) if owner != id(outbox)]
