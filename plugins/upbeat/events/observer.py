"""Who is told what the sink stored: metrics and the table of minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class SinkObserver(Protocol):
    """Called from several threads at once. It must not raise: by then the events are stored and acknowledged."""

    def stored(self, kind: str, events: int, inserts: int, parked: int, lags: Sequence[float]) -> None:
        """One batch is done.

        Args:
            events: how many of the batch were stored now.
            inserts: inserts that passed; more than one when ClickHouse refused a row of the batch.
            parked: events that no column or ClickHouse took.
            lags: for each stored event the seconds from its `created_at` to the return of its insert. Clocks of two
                machines may make one negative.
        """

    def store_available(self, available: bool) -> None:
        """The sink begins to wait for a store or broker (False), or goes on (True)."""


class NoObserver:
    """Nobody is told."""

    def stored(self, kind: str, events: int, inserts: int, parked: int, lags: Sequence[float]) -> None:
        """See `SinkObserver`."""

    def store_available(self, available: bool) -> None:
        """See `SinkObserver`."""
