"""How many requests of a key one process asks for at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.token_batch import TokenBatch, largest_batch, lifetime
from upbeat.ratelimit import Rate

RATES = st.builds(Rate, st.integers(1, 1_000_000), st.floats(0.1, 86_400))


@given(RATES)
def test_a_batch_is_a_small_part_of_the_limit(rate: Rate) -> None:
    assert largest_batch(rate) == 1 or largest_batch(rate) <= rate.amount / 20
    assert lifetime(rate) <= rate.per_seconds / 20


@given(RATES, st.lists(st.tuples(st.floats(0, 3), st.integers(0, 5)), max_size=50))
def test_no_more_grants_are_used_than_were_taken_in(rate: Rate, steps: list[tuple[float, int]]) -> None:
    batch, now, asked, used = TokenBatch(rate), 0.0, 0, 0
    for pause, waiting in steps:
        now += pause
        if batch.take(now):
            used += 1
        else:
            size = batch.next_size(now, waiting)
            assert waiting <= size <= max(waiting, largest_batch(rate))
            batch.fill(size, now)
            asked += size
    assert used <= asked


def test_a_busy_key_gets_larger_batches_and_a_quiet_one_small_ones_again() -> None:
    batch = TokenBatch(Rate(1_000, 60))
    sizes = []
    for _ in range(7):
        sizes.append(batch.next_size(0.0, 0))
        batch.fill(sizes[-1], 0.0)
        while batch.take(0.1):
            pass
    for later in (10.0, 20.0):
        sizes.append(batch.next_size(later, 0))
        batch.fill(sizes[-1], later)

    assert sizes == [1, 2, 4, 8, 16, 32, 50, 25, 12]


def test_a_grant_that_waited_too_long_is_not_used() -> None:
    batch = TokenBatch(Rate(600, 60))
    batch.fill(3, now=0.0)

    assert batch.take(0.5)
    assert not batch.take(1.0)
