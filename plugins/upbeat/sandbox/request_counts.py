"""How often each upstream was asked for what: proves that a request was made, or that none was."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

NO_ANSWER = 0
"""The status of a request that got no answer: a timeout fault."""
MAX_KEYS = 200_000


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What is told apart. `credential` is one of the sandbox's own, `other`, or empty."""

    source: str
    endpoint: str
    handle: str
    credential: str
    status: int


@dataclass(slots=True)
class RequestCounts:
    """Counts since the start or the last reset."""

    counts: Counter[RequestKey] = field(default_factory=Counter)

    def add(self, key: RequestKey) -> None:
        """Count one request; the handle is dropped when there are very many different ones."""
        if len(self.counts) >= MAX_KEYS and key not in self.counts:
            key = RequestKey(key.source, key.endpoint, "", key.credential, key.status)
        self.counts[key] += 1

    def reset(self) -> None:
        """Begin at 0."""
        self.counts.clear()

    def listed(self, **wanted: str) -> dict[str, Any]:
        """`total`, `by_source`, `by_status` and the rows that match all of `wanted` (as text), most first."""
        rows = [
            {**asdict(key), "count": count}
            for key, count in self.counts.most_common()
            if all(str(getattr(key, name)) == value for name, value in wanted.items())
        ]
        by_source: Counter[str] = Counter()
        by_status: Counter[str] = Counter()
        for row in rows:
            by_source[row["source"]] += row["count"]
            by_status[str(row["status"])] += row["count"]
        total = sum(by_source.values())
        return {"total": total, "by_source": dict(by_source), "by_status": dict(by_status), "requests": rows}
