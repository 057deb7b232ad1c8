"""The rules that hold for the runner of every part: how a task ends, and what is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from upbeat.crawlers.base import Capture
from upbeat.errors import InputError, StoreUnavailableError
from upbeat.flows import Flow, flow_named
from upbeat.ingestion.outcome import Outcome
from upbeat.ingestion.runner import Ran, TaskRunner
from upbeat.queue.tasks import Task, TaskStatus
from upbeat.records import Parsed, Problem

FLOW = flow_named("instagram.follower_scores")


class Part:
    """A runner that does what a test says."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work

    async def run(self, task: Task, flow: Flow, capture: Capture) -> Ran:
        result = self._work()
        return await result if asyncio.iscoroutine(result) else result


def outcome(work: Callable[[], Any], *, deadline: float = 60.0, retry_count: int = 0) -> Outcome:
    task = Task(7, FLOW.platform, FLOW.name, {"handle": "natgeo"}, 1, retry_count, None, "token", None)
    runner = TaskRunner({"authenticity": Part(work)}, deadline=deadline, max_attempts=3)
    return asyncio.run(runner.run(task, FLOW))


def failing(error: Exception) -> Callable[[], Any]:
    def work() -> Any:
        raise error

    return work


def test_what_a_runner_finds_completes_the_task_with_its_details() -> None:
    found = Parsed(problems=[Problem("account 4", "could not be scored")])
    end = outcome(lambda: Ran(source="scorer", parsed=found, details={"note": "x"}))
    assert (end.status, end.source, end.parsed) == (TaskStatus.COMPLETE, "scorer", found)
    assert end.data == {
        "source": "scorer", "records": {}, "problems": ["account 4: could not be scored"], "note": "x",
    }  # fmt: skip


def test_what_is_incomplete_fails_and_is_stored_all_the_same() -> None:
    end = outcome(lambda: Ran(source="scorer", parsed=Parsed(), incomplete="no counts"))
    assert (end.status, end.parsed is None) == (TaskStatus.FAILED, False)
    assert end.data is not None
    assert end.data["error"] == {"class": "Incomplete", "message": "follower_scores of natgeo: no counts"}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InputError("handle=x: name another"), "handle=x: name another"),
        (KeyError("a"), "follower_scores of natgeo: unexpected KeyError: 'a'"),
    ],
)
def test_a_lasting_error_fails_the_task_with_one_line(error: Exception, message: str) -> None:
    end = outcome(failing(error))
    assert end.status is TaskStatus.FAILED
    assert end.data is not None
    assert end.data["error"]["message"] == message


def test_a_store_that_is_away_is_waited_for_without_an_attempt() -> None:
    end = outcome(failing(StoreUnavailableError("Postgres went away")), retry_count=2)
    assert (end.status, end.attempts, bool(end.delay)) == (TaskStatus.WAITING, 0, True)


def test_a_runner_without_an_end_is_stopped_at_the_time_limit() -> None:
    end = outcome(lambda: asyncio.Event().wait(), deadline=0.01)
    assert end.status is TaskStatus.TIMEOUT
    assert end.data is not None
    assert (
        end.data["error"]["message"]
        == "follower_scores of natgeo: no end after 0.01 s, the task's time limit"
    )


def test_a_timeout_within_a_runner_is_not_taken_for_the_task_s() -> None:
    assert outcome(failing(TimeoutError("of a request"))).status is TaskStatus.FAILED
