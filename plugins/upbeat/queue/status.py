"""What is on the queue, for people and alerts."""

from __future__ import annotations

from typing import Any, TypedDict

from upbeat.errors import InputError
from upbeat.queue.store import SQL
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


def task_details(settings: Settings, task_id: int) -> dict[str, Any]:
    """Everything about one task. Raises `InputError` for an id that is none."""
    with transaction(settings, application="upbeat:queue") as connection:
        row = connection.execute(SQL["task"].encode(), {"id": task_id}).fetchone()
    if row is None:
        raise InputError(f"task {task_id}: there is no such task: `upbeat queue --failed` lists some")
    return {name: value for name, value in row.items() if value is not None}
