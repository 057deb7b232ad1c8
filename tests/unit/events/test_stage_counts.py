"""Counts of a stage add up, by kind and minute, whoever adds them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from upbeat.events import minutes as minutes_module
from upbeat.events.minutes import Minutes
from upbeat.events.stage_counts import StageCounts

BATCHES = st.lists(st.lists(st.floats(0, 100), max_size=20), max_size=10)


@given(BATCHES)
def test_the_counts_of_batches_add_up_to_those_of_all_their_events(batches: list[list[float]]) -> None:
    together = StageCounts()
    for lags in batches:
        together.add(StageCounts.of(len(lags), 1, 0, lags))
    every = [lag for lags in batches for lag in lags]
    assert together.events == len(every) == sum(together.lags)
    assert together.batches == len(batches)
    assert together.lag_max == max(every, default=0.0)
    assert abs(together.lag_sum - sum(every)) < 1e-6


def test_counts_belong_to_the_minute_in_which_they_were_added() -> None:
    now = [119.9]
    minutes = Minutes(clock=lambda: now[0])
    minutes.add("a", StageCounts(events=1))
    now[0] = 120.0
    minutes.add("a", StageCounts(events=2))
    minutes.add("b", StageCounts(events=4))
    assert {key: counts.events for key, counts in minutes.take().items()} == {
        (60, "a"): 1,
        (120, "a"): 2,
        (120, "b"): 4,
    }
    assert minutes.take() == {}


def test_what_was_not_written_is_there_again_beside_what_came_since() -> None:
    minutes = Minutes(clock=lambda: 0.0)
    minutes.add("a", StageCounts(events=1))
    taken = minutes.take()
    minutes.add("a", StageCounts(events=2))
    minutes.put_back(taken)
    assert minutes.take()[0, "a"].events == 3


def test_a_long_failure_drops_the_oldest_minutes_and_keeps_a_bound() -> None:
    minutes = Minutes()
    held = {(minute, "a"): StageCounts(events=1) for minute in range(minutes_module.MOST_HELD + 5)}
    minutes.put_back(held)
    kept = minutes.take()
    assert len(kept) == minutes_module.MOST_HELD
    assert min(kept) == (5, "a")


def test_threads_that_add_at_once_lose_no_count() -> None:
    minutes = Minutes(clock=lambda: 0.0)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4000):
            pool.submit(minutes.add, "a", StageCounts(events=1, lags=[1]))
    assert minutes.take()[0, "a"].lags[0] == 4000
