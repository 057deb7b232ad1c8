"""The observer of events hears of each message of the listeners once."""

from __future__ import annotations

from upbeat.events.metrics import StageMetrics
from upbeat.events.minutes import Minutes
from upbeat.events.stage_observer import StageObserver
from upbeat.listeners.summary import ListenerCounts, ListenSummary
from upbeat.listeners.told import told


def test_what_was_done_since_the_last_time_is_told_by_listener() -> None:
    minutes = Minutes(clock=lambda: 0.0)
    tell = told(StageObserver(minutes, StageMetrics("listen")))
    summary = ListenSummary(by_listener={"a": ListenerCounts(handled=3), "b": ListenerCounts()})
    tell(summary)
    summary.by_listener["a"] = ListenerCounts(handled=5, parked=1)
    summary.by_listener["b"] = ListenerCounts(repeated=4)
    tell(summary)
    tell(summary)
    counted = {kind: (one.events, one.parked, one.batches) for (_, kind), one in minutes.take().items()}
    assert counted == {"a": (5, 1, 2)}
