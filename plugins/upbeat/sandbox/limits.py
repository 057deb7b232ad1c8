"""The rate limits of the real APIs, enforced: a fixed window per source and credential.

A window begins with its first request and ends `seconds` later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `requests` (of an API that counts in units: units) in any window of `seconds`; None: no limit."""

    requests: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How a window stands after a request. `reset_after` is in seconds."""

    limit: Limit
    used: int
    reset_after: float
    allowed: bool

    @property
    def remaining(self) -> int:
        """Requests left in the window; a large number without a limit."""
        return 1_000_000 if self.limit.requests is None else max(0, self.limit.requests - self.used)

    @property
    def percent(self) -> int:
        """Share of the limit that is used, 0 to 100 and above."""
        return 0 if not self.limit.requests else round(100 * self.used / self.limit.requests)


class Limits:
    """The limits in force and the windows that are open."""

    def __init__(self, defaults: dict[str, Limit], clock: Callable[[], float]) -> None:
        self._defaults = defaults
        self._limits = dict(defaults)
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}
        self._clock = clock

    def count(self, source: str, credential: str, cost: int = 1) -> Usage:
        """Count one request at its cost; a refused one does not count."""
        limit, now = self._limits[source], self._clock()
        began, used = self._windows.get((source, credential), (now, 0))
        if now - began >= limit.seconds:
            began, used = now, 0
        allowed = limit.requests is None or used + cost <= limit.requests
        if allowed:
            used += cost
            self._windows[source, credential] = began, used
        return Usage(limit, used, began + limit.seconds - now, allowed)

    def change(self, source: str, limit: Limit) -> None:
        """Put another limit in force for a source; its windows begin anew."""
        self._limits[source] = limit
        self._windows = {key: window for key, window in self._windows.items() if key[0] != source}

    def reset(self) -> None:
        """Back to the limits of the real APIs; all windows begin anew."""
        self._limits = dict(self._defaults)
        self._windows.clear()

    def listed(self) -> dict[str, Limit]:
        """The limit in force per source."""
        return dict(self._limits)
