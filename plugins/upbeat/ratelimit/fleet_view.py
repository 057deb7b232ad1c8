"""What one worker remembers of the fleet's requests, so that losing Redis does not open the limits again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.ratelimit.limits import Limit
from upbeat.ratelimit.redis_limiter import Window
from upbeat.ratelimit.share import share_of_grants

PARTS = 10
"""In how many parts a window's grants are remembered: a tenth of the grants comes back a little late, never early."""

_MOST_LIMITS = 64


@dataclass(slots=True)
class _Seen:
    limit: Limit
    granted: int = 0
    """Own grants that the snapshot does not hold."""
    snapshot: Window | None = None
    taken_at: float = 0.0


class FleetView:
    """A snapshot of each limit this worker asked for lately, and its own grants since then. Times are the caller's clock."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def asked(self, limit: Limit, *, granted: bool) -> None:
        """This worker asked for `limit`, and passed or not: what others have filled is as full for this worker's share.

        The limits asked for longest ago are forgotten beyond 64.
        """
        seen = self._seen.get(limit.key)
        if seen is None:
            seen = self._seen[limit.key] = _Seen(limit)
            if len(self._seen) > _MOST_LIMITS:
                self._seen.popitem(last=False)
        else:
            seen.limit = limit
            self._seen.move_to_end(limit.key)
        seen.granted += granted

    def pending(self) -> dict[Limit, int]:
        """The limits to take a snapshot of, with the own grants that it will hold."""
        return {seen.limit: seen.granted for seen in self._seen.values()}

    def update(self, windows: Sequence[Window], held: dict[Limit, int], now: float) -> None:
        """Take in snapshots asked for when `held` was pending. Empty ones are forgotten."""
        for window in windows:
            key = window.state.limit.key
            seen = self._seen.get(key)
            if seen is None:
                continue
            seen.granted -= held[window.state.limit]
            seen.snapshot, seen.taken_at = window, now
            if window.state.used == 0 and window.state.penalty == 0 and seen.granted <= 0:
                del self._seen[key]

    def own_shares(self, workers: int, now: float) -> dict[Limit, list[float]]:
        """The ages of the grants that this worker answers for, as one of `workers`, by limit.

        What others did since the snapshot is not known: that they did as much as this worker is assumed.
        """
        return {seen.limit: _ages(seen, workers, now) for seen in self._seen.values()}

    def penalties(self, now: float) -> dict[str, float]:
        """The penalties seen in the snapshots that still stand, and for how many seconds."""
        standing = {
            key: seen.taken_at + seen.snapshot.state.penalty - now
            for key, seen in self._seen.items()
            if seen.snapshot
        }
        return {key: seconds for key, seconds in standing.items() if seconds > 0}


def _ages(seen: _Seen, workers: int, now: float) -> list[float]:
    ages = [0.0] * seen.granted
    if seen.snapshot:
        since = now - seen.taken_at
        ages += [
            age + since
            for age in share_of_grants(seen.snapshot.state.used, seen.snapshot.ages, workers)
            if age + since < seen.limit.per_seconds
        ]
    return ages
