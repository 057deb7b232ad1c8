"""What a run of workers did, added up."""

from __future__ import annotations

import time
from uuid import uuid4

from upbeat.cli.work import _of_failures
from upbeat.ingestion.outcome import Outcome
from upbeat.queue.tasks import Task, TaskStatus
from upbeat.records import Platform
from upbeat.workers.pool import _throttled_report
from upbeat.workers.summary import WorkSummary, merge


def outcome(status: TaskStatus, **facts: object) -> Outcome:
    task = Task(
        id=1,
        platform=Platform.INSTAGRAM,
        flow="profile_by_handle",
        params={},
        priority=1,
        retry_count=0,
        account_id=None,
        lease_token=uuid4(),
        expires_at=None,
    )
    return Outcome(task=task, status=status, **facts)  # type: ignore[arg-type]


def test_every_outcome_is_counted_once() -> None:
    summary = WorkSummary()
    for one in (
        outcome(TaskStatus.COMPLETE, source="lama"),
        outcome(TaskStatus.COMPLETE, source="lama"),
        outcome(TaskStatus.FAILED),
        outcome(TaskStatus.TIMEOUT),
        outcome(TaskStatus.WAITING, throttled=True),
        outcome(TaskStatus.WAITING),
    ):
        summary.count(one)
    assert (summary.complete, summary.failed, summary.timeout) == (2, 1, 1)
    assert (summary.throttled, summary.retried) == (1, 1)
    assert summary.by_source == {"lama": 2}
    assert summary.ended == 4


def test_processes_add_up_and_run_side_by_side() -> None:
    total = merge(
        [
            WorkSummary(complete=2, by_source={"lama": 2}, seconds=3),
            WorkSummary(complete=3, failed=1, by_source={"lama": 1, "graphapi": 2}, seconds=5),
        ]
    )
    assert (total.complete, total.failed, total.seconds) == (5, 1, 5)
    assert total.by_source == {"lama": 3, "graphapi": 2}
    assert "5 complete, 1 failed" in str(total)


def test_progress_and_summary_count_from_the_same_start() -> None:
    lines: list[str] = []
    summary = WorkSummary(complete=1)
    _throttled_report(lines.append, time.monotonic() - 900)(summary)
    assert summary.seconds >= 900
    assert lines == [f"so far: {summary}"]
    assert f"{summary.seconds:.1f} s with the start" in lines[0]


def test_tasks_that_failed_are_told_with_the_way_to_their_reasons() -> None:
    told = _of_failures(WorkSummary(complete=5, failed=2, timeout=1))
    assert told.startswith("3 of 8 tasks failed or ran out of time")
    assert "`upbeat queue --failed`" in told
