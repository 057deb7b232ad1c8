"""When a failed task runs again."""

from __future__ import annotations

import psycopg
import pytest

from upbeat.errors import (
    AllSourcesFailedError,
    BackOffError,
    DropError,
    NotFoundError,
    PrivateAccountError,
    StoreUnavailableError,
    ThrottledError,
)
from upbeat.queue.retry import LONGEST_DELAY_SECONDS, backoff, decide


def highest(_low: float, high: float) -> float:
    return high


def decided(error: Exception, retry_count: int = 0, max_attempts: int = 5):  # type: ignore[no-untyped-def]
    return decide(error, retry_count=retry_count, max_attempts=max_attempts, uniform=highest)


def test_a_throttled_task_waits_for_room_and_loses_no_attempt() -> None:
    decision = decided(ThrottledError("no room", retry_after=30), retry_count=99)
    assert decision.throttled
    assert not decision.counts
    assert 30 <= decision.delay <= 33


def test_a_task_that_waits_for_credentials_to_cool_off_loses_no_attempt() -> None:
    error = AllSourcesFailedError("all credentials rest", failures={}, retry_after=30, asked=False)
    decision = decided(error, retry_count=99)
    assert not decision.counts
    assert not decision.throttled, "other tasks of the flow may have another owner's credential"
    assert 30 <= decision.delay <= 33
    assert (
        decided(AllSourcesFailedError("none is stored", failures={}, retry_after=None, asked=False)) is None
    )


@pytest.mark.parametrize("error", [StoreUnavailableError("S3 is away"), psycopg.OperationalError("gone")])
def test_a_store_that_is_away_is_not_the_tasks_fault(error: Exception) -> None:
    decision = decided(error, retry_count=99)
    assert not decision.counts
    assert decision.delay > 0


def test_passing_errors_are_repeated_with_growing_waits_until_the_attempts_are_used_up() -> None:
    delays = []
    for retry_count in range(4):
        decision = decided(BackOffError("503"), retry_count)
        assert decision.counts
        delays.append(decision.delay)
    assert delays == [2, 4, 8, 16]
    assert decided(BackOffError("503"), 4) is None


def test_an_upstream_that_names_a_time_is_not_asked_before_it() -> None:
    error = AllSourcesFailedError("all cool down", failures={}, retry_after=3600)
    assert decided(error).delay == 3600


@pytest.mark.parametrize(
    "error",
    [
        DropError("no"),
        PrivateAccountError("@x is private"),
        NotFoundError("nobody"),
        AllSourcesFailedError("malformed everywhere", failures={}, retry_after=None),
        KeyError("a bug"),
    ],
)
def test_what_waiting_does_not_help_fails_at_once(error: Exception) -> None:
    assert decided(error) is None


def test_back_off_is_bounded_and_jittered() -> None:
    assert backoff(1000, highest) == LONGEST_DELAY_SECONDS
    assert backoff(3, lambda low, high: low) == 8
