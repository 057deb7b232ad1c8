"""Waits while a store is away: a service until it is back, a run that has an end a few times."""

from __future__ import annotations

from collections.abc import Callable

from upbeat.errors import StoreUnavailableError
from upbeat.logs import get_logger
from upbeat.stores.aws import AwsRefusedError

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
ATTEMPTS = 5
"""Of a run that has an end."""

log = get_logger("serverless.outage")


class Outage:
    """Counts failures that follow each other.

    Attributes:
        error: why the last try failed; None when it did not.
    """

    def __init__(self, sleep: Callable[[float], None], *, attempts: int | None) -> None:
        """
        Args:
            attempts: failures in a row that are borne; any number when None.
        """
        self._sleep = sleep
        self._attempts = attempts
        self._failures = 0
        self.error: StoreUnavailableError | None = None

    def over(self) -> None:
        """Note that all is well."""
        self._failures, self.error = 0, None

    def met(self, error: StoreUnavailableError) -> None:
        """Wait, the longer the more often it failed in a row.

        Raises:
            StoreUnavailableError: `error` itself, where waiting does not help or did not.
        """
        self._failures, self.error = self._failures + 1, error
        if isinstance(error, AwsRefusedError) or self._failures == self._attempts:
            raise error
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (self._failures - 1))
        log.warning("a store is away, trying again", error=str(error), wait_seconds=wait)
        self._sleep(wait)
