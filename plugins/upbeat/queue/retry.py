"""Whether a task that failed runs again, and when: a value, decided from the class of the error alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from upbeat.errors import AllSourcesFailedError, BackOffError, StoreUnavailableError, ThrottledError

FIRST_DELAY_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 600.0
STORE_DELAY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """Run again after `delay` seconds. `counts`: an attempt was used up. `throttled`: a limit of ours had no room."""

    delay: float
    counts: bool
    throttled: bool = False


def backoff(retry_count: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds before retry number `retry_count` (0 for the first): 2 · 2^n, at most 600, times a jitter of 0.5–1."""
    longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(retry_count, 30))
    return longest * uniform(0.5, 1.0)


def decide(
    error: BaseException,
    *,
    retry_count: int,
    max_attempts: int,
    uniform: Callable[[float, float], float] = random.uniform,
) -> RetryDecision | None:
    """When a task that ended in `error` runs again; None when it has failed for good.

    ==========================================================  ================================================
    error                                                       decision
    ==========================================================  ================================================
    `ThrottledError`                                            after `retry_after`, no attempt counted
    `StoreUnavailableError`, Postgres away                      after 5 s, no attempt counted
    `AllSourcesFailedError`, nobody `asked`                     after `retry_after`, no attempt counted
    `BackOffError`, `AllSourcesFailedError` with `retry_after`  after the longer of it and the back-off, up to
                                                                `max_attempts` attempts in all
    all else (`DropError`, not found, malformed everywhere, …)  never
    ==========================================================  ================================================

    Args:
        retry_count: attempts counted before this one.
        uniform: source of jitter; tests pass their own.
    """
    if isinstance(error, ThrottledError):
        # Up to a tenth on top: tasks refused together do not all come back in the same instant.
        return RetryDecision(max(error.retry_after, 0.05) * uniform(1.0, 1.1), counts=False, throttled=True)
    if isinstance(error, StoreUnavailableError | psycopg.OperationalError | psycopg.InterfaceError):
        return RetryDecision(STORE_DELAY_SECONDS * uniform(0.5, 1.0), counts=False)
    if isinstance(error, AllSourcesFailedError) and not error.asked and error.retry_after is not None:
        # Credentials rest: for seconds near a limit, or for an hour. A task must not use up its attempts by waiting.
        return RetryDecision(max(error.retry_after, FIRST_DELAY_SECONDS) * uniform(1.0, 1.1), counts=False)
    passing = isinstance(error, BackOffError) or (
        isinstance(error, AllSourcesFailedError) and error.retry_after is not None
    )
    if not passing or retry_count + 1 >= max_attempts:
        return None
    retry_after = getattr(error, "retry_after", None) or 0.0
    return RetryDecision(max(retry_after, backoff(retry_count, uniform)), counts=True)
