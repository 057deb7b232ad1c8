"""Runs one task by the runner of its part and says what becomes of it. Never raises for what a source or a task's data did.

The time limit, retries and the words of failures are here, once for all parts: a part brings a `Runner`, which finds records
and raises when it cannot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg

from upbeat.crawlers.base import Capture
from upbeat.errors import AllSourcesFailedError, UpbeatError
from upbeat.failpoints import failpoint
from upbeat.flows import Flow
from upbeat.flows.flow import Part
from upbeat.ingestion.outcome import Outcome, error_data
from upbeat.logs import get_logger
from upbeat.queue.retry import decide
from upbeat.queue.tasks import Task, TaskStatus
from upbeat.records import Parsed

log = get_logger("ingestion.runner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a runner found.

    Attributes:
        source: who said so: a source of the chain, or the part's own name for itself.
        parsed: what is stored with the end of the task.
        details: what is kept with the task beside the counts of records and the problems.
        incomplete: what is missing; the task fails with it, and what was found is stored all the same.
    """

    source: str
    parsed: Parsed
    details: Mapping[str, Any] = field(default_factory=dict)
    incomplete: str | None = None


class Runner(Protocol):
    """What a part of the platform does with a task. One serves all tasks of a worker process, many at once."""

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        """Find what the task asks for; what is put into `capture` is archived, however the run ends.

        Cancelled at the task's time limit: work that blocks belongs into a thread, so that leases are extended meanwhile.

        Raises:
            BaseException: whatever went wrong; `queue.retry.decide` says from its class whether the task is run again.
        """


@dataclass(frozen=True, slots=True)
class TaskRunner:
    """The rules of time limits and retries over the runners of the parts.

    Attributes:
        runners: by the part of the flows that they run.
        deadline: longest run of a task in seconds; a flow may set a shorter one.
        max_attempts: attempts before a passing error fails a task.
    """

    runners: Mapping[Part, Runner]
    deadline: float
    max_attempts: int

    async def run(self, task: Task, flow: Flow) -> Outcome:
        """The outcome of one task; cancelling it is the one way that this raises."""
        capture = Capture()
        deadline = min(self.deadline, flow.deadline.total_seconds())
        try:
            async with asyncio.timeout(deadline) as limit:
                ran = await self.runners[flow.part].run(task, flow, capture)
        except TimeoutError as error:
            if not limit.expired():
                return self._failed(task, error, capture)
            message = f"{_subject(task)}: no end after {deadline:.4g} s, the task's time limit"
            return Outcome(
                task=task,
                status=TaskStatus.TIMEOUT,
                data=error_data(error, message),
                payloads=capture.payloads,
            )
        except Exception as error:
            return self._failed(task, error, capture)
        failpoint("after_retrieve")
        return _complete(task, ran, capture)

    def _failed(self, task: Task, error: Exception, capture: Capture) -> Outcome:
        decision = decide(error, retry_count=task.retry_count, max_attempts=self.max_attempts)
        if decision is None:
            return Outcome(
                task=task,
                status=TaskStatus.FAILED,
                data=_reason(task, error),
                payloads=capture.payloads,
            )
        return Outcome(
            task=task,
            status=TaskStatus.WAITING,
            data=None if decision.throttled else _reason(task, error),
            delay=decision.delay,
            attempts=1 if decision.counts else 0,
            throttled=decision.throttled,
            payloads=capture.payloads,
        )


def _complete(task: Task, ran: Ran, capture: Capture) -> Outcome:
    data: dict[str, Any] = {
        "source": ran.source,
        "records": ran.parsed.counts(),
        "problems": [str(problem) for problem in ran.parsed.problems],
        **ran.details,
    }
    status = TaskStatus.COMPLETE
    if ran.incomplete:
        # The fields that could be read are stored all the same; the task says which one could not.
        status = TaskStatus.FAILED
        data |= {"error": {"class": "Incomplete", "message": f"{_subject(task)}: {ran.incomplete}"}}
    return Outcome(
        task=task,
        status=status,
        source=ran.source,
        parsed=ran.parsed,
        data=data,
        payloads=capture.payloads,
    )


def _reason(task: Task, error: Exception) -> dict[str, Any]:
    if isinstance(error, UpbeatError):
        if isinstance(error, AllSourcesFailedError):
            unknown: dict[str, Any] = {"unknown": True} if error.unknown else {}
            return error_data(error, sources=error.failures, **unknown)
        return error_data(error)
    if isinstance(error, psycopg.Error):
        return error_data(error)
    # Not an upstream's doing but a mistake of ours: the task says so, the log has the traceback, the run goes on.
    log.exception("a task met an error that nobody expected", task=task.id, flow=task.flow)
    return error_data(error, f"{_subject(task)}: unexpected {type(error).__name__}: {error}")


def _subject(task: Task) -> str:
    named = next((str(value) for value in task.params.values() if isinstance(value, str)), f"task {task.id}")
    return f"{task.flow} of {named}"
