"""A worker's part of a limit when nobody can count for all: pure arithmetic.

With k workers each takes 1/k of the cap. When every worker keeps to its part in any window, the fleet keeps to the cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from upbeat.ratelimit.limits import Limit


def share_of(limit: Limit, workers: int) -> Limit:
    """`limit` for one of `workers` workers: floor(amount / workers) requests in the same period.

    Where that is less than one, one request in a period longer by workers / amount: the fleet then keeps to the cap over the
    longer period, and may pass it within one shorter period, where only a shared clock could prevent it.
    """
    if workers <= 1:
        return limit
    if limit.amount >= workers:
        return Limit(limit.key, limit.amount // workers, limit.per_seconds)
    return Limit(limit.key, 1, limit.per_seconds * workers / limit.amount)


def share_of_grants(used: int, ages: Sequence[float], workers: int) -> list[float]:
    """The ages of the grants that one of `workers` workers answers for, of the `used` ones that the fleet made.

    `ages` are the ages of the newest grant of each of m equal parts, oldest part first (part j ends with grant ceil(used * j / m)).
    Counted from the newest, each group of k grants of the fleet stands as one, with the age of the newest grant of its newest part.
    So in any stretch up to now the fleet's past grants are at most k times these, and a worker that counts them within
    its share keeps the fleet within the cap from the first second.
    """
    parts = len(ages)
    shares: list[float] = []
    for j in range(parts, 0, -1):
        newer = used - ceil(used * (j - 1) / parts)
        shares += [ages[j - 1]] * (ceil(newer / workers) - len(shares))
    return shares[::-1]
