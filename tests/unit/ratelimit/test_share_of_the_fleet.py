"""What one worker answers for when it has to decide alone."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from upbeat.ratelimit import Limit, LimitState
from upbeat.ratelimit.fleet_view import PARTS, FleetView
from upbeat.ratelimit.redis_limiter import Window
from upbeat.ratelimit.share import share_of, share_of_grants


def window_of(
    ages_newest_last: list[float], limit: Limit, *, parts: int = PARTS, penalty: float = 0.0
) -> Window:
    used = len(ages_newest_last)
    parts = min(parts, used)
    marks = [ages_newest_last[ceil(used * j / parts) - 1] for j in range(1, parts + 1)]
    return Window(LimitState(limit, used, penalty, penalty), tuple(marks))


@given(st.integers(1, 1_000), st.integers(1, 200))
def test_all_shares_together_are_at_most_the_cap(amount: int, workers: int) -> None:
    limit = Limit("key", amount, 60.0)
    share = share_of(limit, workers)
    assert share.amount >= 1
    assert workers * share.amount / share.per_seconds <= limit.amount / limit.per_seconds * (1 + 1e-12)


@given(
    st.lists(st.floats(0, 60), max_size=300).map(lambda ages: sorted(ages, reverse=True)), st.integers(1, 40)
)
def test_the_workers_answer_for_all_that_the_fleet_did(ages: list[float], workers: int) -> None:
    """In any stretch of time up to now: k times one worker's part is at least what the fleet did."""
    window = window_of(ages, Limit("key", 1_000, 60.0))
    shares = share_of_grants(window.state.used, window.ages, workers)
    for oldest in [0.0, *ages]:
        fleet = sum(1 for age in ages if age <= oldest)
        assert workers * sum(1 for age in shares if age <= oldest) >= fleet
    assert len(shares) == ceil(len(ages) / workers)


def test_own_grants_since_the_snapshot_count_until_the_next_one() -> None:
    limit = Limit("source", 10, 60.0)
    view = FleetView()
    view.asked(limit, granted=True)
    view.asked(limit, granted=True)
    assert view.own_shares(2, now=100.0) == {limit: [0.0, 0.0]}
    held = view.pending()
    view.asked(limit, granted=True)  # while the snapshot is on its way
    view.update([window_of([30.0, 20.0, 10.0, 5.0], limit)], held, now=100.0)
    assert view.own_shares(2, now=101.0) == {limit: [0.0, 21.0, 6.0]}
    assert view.own_shares(2, now=145.0) == {limit: [0.0, 50.0]}


def test_what_others_have_filled_counts_for_a_worker_that_was_refused() -> None:
    limit = Limit("source", 4, 60.0)
    view = FleetView()
    view.asked(limit, granted=False)
    assert view.own_shares(2, now=100.0) == {limit: []}
    view.update([window_of([4.0, 3.0, 2.0, 1.0], limit)], view.pending(), now=100.0)
    assert view.own_shares(2, now=100.0) == {limit: [3.0, 1.0]}


def test_a_limit_that_is_empty_again_is_forgotten() -> None:
    limit = Limit("source", 10, 60.0)
    view = FleetView()
    view.asked(limit, granted=True)
    view.update([window_of([], limit)], view.pending(), now=100.0)
    assert view.pending() == {}


def test_penalties_of_others_are_remembered_for_as_long_as_they_stand() -> None:
    limit = Limit("source", 10, 60.0)
    view = FleetView()
    view.asked(limit, granted=True)
    view.update([window_of([1.0], limit, penalty=30.0)], view.pending(), now=100.0)
    assert view.penalties(now=110.0) == {"source": 20.0}
    assert view.penalties(now=131.0) == {}


def test_the_view_is_bounded_and_keeps_what_was_used_last() -> None:
    view = FleetView()
    limits = [Limit(f"key_{n}", 10, 60.0) for n in range(200)]
    for limit in limits:
        view.asked(limit, granted=True)
    assert list(view.pending()) == limits[-64:]
