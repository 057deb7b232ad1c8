"""Tells an observer of events what the listeners did, from the figures so far."""

from __future__ import annotations

from collections.abc import Callable

from upbeat.events.observer import SinkObserver
from upbeat.listeners.summary import ListenSummary


def told(observer: SinkObserver) -> Callable[[ListenSummary], None]:
    """An `on_progress` of `run_listeners`: what was handled since the last call counts as events, what was repeated does not.

    Messages of other services say nothing of when they were written: there are no lags.
    """
    seen: dict[str, tuple[int, int]] = {}

    def on_progress(summary: ListenSummary) -> None:
        for name, counts in summary.by_listener.items():
            handled, parked = seen.get(name, (0, 0))
            seen[name] = counts.handled, counts.parked
            if (handled, parked) != seen[name]:
                observer.stored(name, counts.handled - handled, 1, counts.parked - parked, [])

    return on_progress
