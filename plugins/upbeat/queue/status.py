"""What is on the queue, for people and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from upbeat.errors import InputError
from upbeat.queue.statements import SQL
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction

_ENDED = ("COMPLETE", "FAILED", "TIMEOUT")


class QueueStatus(TypedDict):
    """`flows`: open tasks, and those that ended within the last hour, by flow and state (WAITING counts as PENDING);
    `ended` and `failed_share` are of the last hour."""

    flows: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    ended: int
    failed_share: float


def queue_status(settings: Settings, *, failures: int = 0) -> QueueStatus:
    """Counts and ages, and the latest `failures` tasks that ended badly within the last hour."""
    with transaction(settings, application="upbeat:queue") as connection:
        flows = connection.execute(SQL["counts"].encode()).fetchall()
        bad = connection.execute(SQL["failures"].encode(), {"limit": failures}).fetchall() if failures else []
    ended = sum(row["tasks"] for row in flows if row["status"] in _ENDED)
    failed = sum(row["tasks"] for row in flows if row["status"] in _ENDED[1:])
    return {"flows": flows, "failures": bad, "ended": ended, "failed_share": failed / ended if ended else 0.0}


@dataclass(frozen=True, slots=True)
class FailureRate:
    """Of the tasks that ended within the last hour, how many did so badly (FAILED, TIMEOUT).

    It alerts above the share `alert_above`, from `alert_from` failed tasks on: one of three in a quiet hour says little.
    """

    ended: int
    failed: int
    alert_above: float
    alert_from: int = 1

    @property
    def share(self) -> float:
        """Failed tasks per ended task; 0 when none ended."""
        return self.failed / self.ended if self.ended else 0.0

    @property
    def alerts(self) -> bool:
        """Whether somebody should look."""
        return self.failed >= self.alert_from and self.share > self.alert_above

    def __str__(self) -> str:
        return (
            f"{self.failed:,} of {self.ended:,} tasks that ended within the last hour failed ({self.share:.1%}, "
            f"alert above {self.alert_above:.1%} and from {self.alert_from} failed on)"
        )


def failure_rate(settings: Settings) -> FailureRate:
    """The failure rate of the last hour, for the alert."""
    with transaction(settings, application="upbeat:queue") as connection:
        row = connection.execute(SQL["ended_last_hour"].encode()).fetchone()
    assert row is not None
    return FailureRate(
        row["ended"], row["failed"], settings.task_failure_alert_share, settings.task_failure_alert_least
    )


def task_details(settings: Settings, task_id: int) -> dict[str, Any]:
    """Everything about one task. Raises `InputError` for an id that is none."""
    with transaction(settings, application="upbeat:queue") as connection:
        row = connection.execute(SQL["task"].encode(), {"id": task_id}).fetchone()
    if row is None:
        raise InputError(f"task {task_id}: there is no such task: `upbeat queue --failed` lists some")
    return {name: value for name, value in row.items() if value is not None}
