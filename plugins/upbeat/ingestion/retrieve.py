"""Runs one task through the source chain and says what becomes of it. Never raises for what an upstream did."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from upbeat.crawlers.base import Capture
from upbeat.crawlers.fallback import ChainResult, FallbackChain
from upbeat.errors import AllSourcesFailedError, UpbeatError
from upbeat.failpoints import failpoint
from upbeat.flows import Flow
from upbeat.ingestion.outcome import Outcome, error_data
from upbeat.logs import get_logger
from upbeat.queue.retry import decide
from upbeat.queue.tasks import Task, TaskStatus

log = get_logger("ingestion.retrieve")


@dataclass(frozen=True, slots=True)
class Retriever:
    """Retrieval and parsing of tasks, with the rules of time-outs and retries.

    Attributes:
        deadline: longest run of a task in seconds; a flow may set a shorter one.
        max_attempts: attempts before a passing error fails a task.
    """

    chain: FallbackChain
    deadline: float
    max_attempts: int

    async def run(self, task: Task, flow: Flow) -> Outcome:
        """The outcome of one task; cancelling it is the one way that this raises."""
        capture = Capture()
        deadline = min(self.deadline, flow.deadline.total_seconds())
        try:
            async with asyncio.timeout(deadline) as limit:
                result = await self.chain.run(flow, task.params, capture)
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
        return _complete(task, result, capture)

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


def _complete(task: Task, result: ChainResult, capture: Capture) -> Outcome:
    data: dict[str, Any] = {
        "source": result.source,
        "records": result.parsed.counts(),
        "problems": [str(problem) for problem in result.parsed.problems],
        "attempts": [_attempt(attempt) for attempt in result.attempts],
    }
    status = TaskStatus.COMPLETE
    if result.incomplete:
        # The fields that could be read are stored all the same; the task says which one could not.
        status = TaskStatus.FAILED
        data |= {"error": {"class": "Incomplete", "message": f"{_subject(task)}: {result.incomplete}"}}
    return Outcome(
        task=task,
        status=status,
        source=result.source,
        parsed=result.parsed,
        data=data,
        payloads=capture.payloads,
    )


def _reason(task: Task, error: Exception) -> dict[str, Any]:
    if isinstance(error, UpbeatError):
        if isinstance(error, AllSourcesFailedError):
            return error_data(error, sources=error.failures)
        return error_data(error)
    if isinstance(error, psycopg.Error):
        return error_data(error)
    # Not an upstream's doing but a mistake of ours: the task says so, the log has the traceback, the run goes on.
    log.exception("a task met an error that nobody expected", task=task.id, flow=task.flow)
    return error_data(error, f"{_subject(task)}: unexpected {type(error).__name__}: {error}")


def _attempt(attempt: Any) -> dict[str, str]:
    fields: Mapping[str, Any] = {"source": attempt.source, "outcome": attempt.outcome, "error": attempt.error}
    return {name: str(value) for name, value in fields.items() if value is not None}


def _subject(task: Task) -> str:
    named = next((str(value) for value in task.params.values() if isinstance(value, str)), f"task {task.id}")
    return f"{task.flow} of {named}"
