"""What a run of workers did, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from upbeat.ingestion.outcome import Outcome
from upbeat.queue.tasks import TaskStatus


@dataclass(slots=True)
class WorkSummary:
    """Counts of committed outcomes; every task run counts once, so a task that was throttled twice counts there twice.

    Attributes:
        retried: runs that met a passing error and will be repeated.
        throttled: runs that a rate limit of ours sent back.
        given_back: tasks returned without having run: drain, or a store that was away.
        by_source: complete tasks by the source that answered.
        crashed: worker processes that ended by a signal or an error.
        seconds: length of the run, from its start on: connecting and loading count too.
    """

    complete: int = 0
    failed: int = 0
    timeout: int = 0
    retried: int = 0
    throttled: int = 0
    given_back: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    crashed: int = 0
    seconds: float = 0.0

    @property
    def ended(self) -> int:
        """Tasks that reached their end."""
        return self.complete + self.failed + self.timeout

    def count(self, outcome: Outcome) -> None:
        """Add one committed outcome."""
        if outcome.status is TaskStatus.COMPLETE:
            self.complete += 1
            self.by_source[outcome.source] = self.by_source.get(outcome.source, 0) + 1
        elif outcome.status is TaskStatus.FAILED:
            self.failed += 1
        elif outcome.status is TaskStatus.TIMEOUT:
            self.timeout += 1
        elif outcome.throttled:
            self.throttled += 1
        else:
            self.retried += 1

    def __str__(self) -> str:
        parts = [f"{self.complete} complete"]
        parts += [
            f"{value} {name.replace('_', ' ')}"
            for name in ("failed", "timeout", "retried", "throttled", "given_back")
            if (value := getattr(self, name))
        ]
        if self.crashed:
            parts.append(f"{self.crashed} worker processes crashed")
        if self.by_source:
            parts.append("from " + ", ".join(f"{name} {n}" for name, n in sorted(self.by_source.items())))
        rate = self.ended / self.seconds if self.seconds else 0.0
        return f"{', '.join(parts)}; {self.seconds:.1f} s with the start, {rate:.0f} tasks/s"


def merge(summaries: Iterable[WorkSummary]) -> WorkSummary:
    """The sum of what several processes did at the same time; the longest run counts as the length."""
    total = WorkSummary()
    sources: Counter[str] = Counter()
    for summary in summaries:
        for name in ("complete", "failed", "timeout", "retried", "throttled", "given_back", "crashed"):
            setattr(total, name, getattr(total, name) + getattr(summary, name))
        sources.update(summary.by_source)
        total.seconds = max(total.seconds, summary.seconds)
    total.by_source = dict(sources)
    return total
