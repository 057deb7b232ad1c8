"""Collection on the real stack while upstreams answer badly, workers are killed and stores go away.

After each fault: nothing is lost, nothing is counted twice, and a task that failed says why in one line.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.child_process import ChildProcess
from tests.collection_run import POSTS, PROFILES, CollectionRun, collection_run

from upbeat.embedded import stack as embedded_stack
from upbeat.sandbox.creators import PRIVATE_HANDLE, UNKNOWN_HANDLE
from upbeat.settings import Settings


@pytest.fixture
def bare(settings: Settings) -> Iterator[CollectionRun]:
    """A run without any credential, over a chain of three: one of the official API, one with a key, one without."""
    with collection_run(settings) as run:
        run.change(source_chains={key: ["graphapi", "rapidapi-igdata", "lama"] for key in (PROFILES, POSTS)})
        yield run


@pytest.fixture
def run(bare: CollectionRun) -> CollectionRun:
    """A run with credentials for every source."""
    bare.add_credentials()
    return bare


def reason_of(task: dict[str, Any]) -> str:
    """The one readable line of a failed task."""
    assert task["status"] == "FAILED", task["data"]
    message: str = task["data"]["error"]["message"]
    assert message
    assert "\n" not in message
    assert "sandbox-" not in message, "no credential in a reason"
    return message


# --- what upstreams do ---------------------------------------------------------------------------------------


def test_an_unknown_handle_fails_with_what_each_source_said(run: CollectionRun) -> None:
    (good,) = run.handles(1)
    run.enqueue(UNKNOWN_HANDLE, good)
    summary = run.work()
    assert (summary.complete, summary.failed) == (1, 1), "the run goes on"
    task = run.task(UNKNOWN_HANDLE)
    reason = reason_of(task)
    for source in ("graphapi", "rapidapi-igdata", "lama"):
        assert source in reason
    assert len(task["data"]["raw"]) == 3, "every answer is kept"
    assert run.archived(task["data"]["raw"][0]).body


def test_a_private_account_fails_and_says_so(run: CollectionRun) -> None:
    (good,) = run.handles(1)
    run.enqueue(PRIVATE_HANDLE, good, flow="instagram.posts_by_handle")
    summary = run.work(flows=["instagram.posts_by_handle"])
    assert (summary.complete, summary.failed) == (1, 1)
    task = run.task(PRIVATE_HANDLE)
    assert "private" in reason_of(task)
    assert task["data"]["raw"]


def test_a_malformed_body_everywhere_fails_at_once_and_the_bodies_are_kept(run: CollectionRun) -> None:
    bad, good = run.handles(2)
    run.sandbox.add_fault("*", "broken_body", handle=bad)
    run.enqueue(bad, good)
    summary = run.work()
    assert (summary.complete, summary.failed, summary.retried) == (1, 1, 0)
    task = run.task(bad)
    assert "graphapi" in reason_of(task)
    assert len(task["data"]["raw"]) == 3
    assert {run.archived(pointer).status for pointer in task["data"]["raw"]} == {200}


def test_a_malformed_body_of_one_source_costs_nothing(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.sandbox.add_fault("graphapi", "broken_body")
    run.enqueue(handle)
    assert run.work().by_source == {"rapidapi-igdata": 1}
    assert len(run.task(handle)["data"]["raw"]) == 2


def test_an_essential_figure_of_the_wrong_type_fails_and_the_good_fields_are_stored(
    run: CollectionRun,
) -> None:
    bad, good = run.handles(2)
    for source, field in (
        ("graphapi", "followers_count"),
        ("rapidapi-igdata", "edge_followed_by"),
        ("lama", "follower_count"),
    ):
        run.sandbox.add_fault(source, "wrong_type", handle=bad, field=field)
    run.sandbox.add_fault("rapidapi-igdata", "wrong_type", handle=bad, field="follower_count")
    run.enqueue(bad, good)
    summary = run.work()
    assert (summary.complete, summary.failed) == (1, 1)
    task = run.task(bad)
    assert "followers" in reason_of(task)
    assert task["data"]["raw"]
    (account,) = run.rows("SELECT * FROM beat.instagram_account WHERE handle = %(handle)s", handle=bad)
    assert account["followers_count"] is None
    assert account["full_name"]


def test_all_sources_failing_is_repeated_then_fails_with_one_line(run: CollectionRun) -> None:
    run.change(task_max_attempts=2)
    bad, good = run.handles(2)
    run.sandbox.add_fault("*", "500", handle=bad)
    run.enqueue(bad, good)
    run.work(time_budget=3.0)
    assert run.task(bad)["status"] == "WAITING"
    run.rows("UPDATE beat.scrape_request_log SET run_after = now() WHERE status = 'WAITING' RETURNING id")
    run.work(time_budget=20.0)
    task = run.task(bad)
    reason = reason_of(task)
    for source in ("graphapi", "rapidapi-igdata", "lama"):
        assert source in reason
    assert task["retry_count"] == 1
    assert run.task(good)["status"] == "COMPLETE"


def test_without_any_usable_credential_a_task_fails_and_says_what_to_add(bare: CollectionRun) -> None:
    bare.change(source_chains={PROFILES: ["graphapi", "rapidapi-igdata"]})
    bare.enqueue(*bare.handles(2))
    summary = bare.work()
    assert (summary.complete, summary.failed) == (0, 2)
    assert "upbeat credentials add graphapi" in reason_of(bare.task(bare.handles(1)[0]))


# --- workers that die ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point", ["after_claim:2", "after_retrieve:9", "after_archive:2", "before_commit:2", "after_commit:2"]
)
def test_a_worker_killed_between_any_two_steps_loses_nothing_and_counts_nothing_twice(
    run: CollectionRun, point: str
) -> None:
    run.change(group_commit_size=8, group_commit_milliseconds=20)
    handles = run.handles(40)
    run.enqueue(*handles)
    process = run.worker_process(failpoint=point)
    assert process.wait(timeout=240) == -signal.SIGKILL, process.communicate()
    assert run.statuses().get("PROCESSING", 0) > 0, "it died with tasks in hand"
    summary = run.work()
    assert summary.complete > 0
    run.assert_each_observation_is_counted_once(handles)


def test_a_process_killed_among_several_is_counted_and_its_tasks_are_run_by_the_others(
    run: CollectionRun,
) -> None:
    handles = run.handles(30)
    for handle in handles:
        run.sandbox.add_fault("*", "slow", handle=handle, seconds=3.0, times=1)
    run.enqueue(*handles)
    ended: list[Any] = []
    working = threading.Thread(
        target=lambda: ended.append(run.work(processes=2, concurrency=2, time_budget=200))
    )
    working.start()
    workers = "SELECT DISTINCT split_part(worker, ':', 2)::int AS pid FROM beat.task_lease"
    pids: list[int] = []

    def both_work() -> bool:
        pids[:] = [row["pid"] for row in run.rows(workers)]
        return len(pids) == 2

    run.wait_until(both_work)
    os.kill(pids[0], signal.SIGKILL)
    run.sandbox.end_faults()
    working.join(timeout=240)
    assert ended[0].crashed == 1
    run.assert_each_observation_is_counted_once(handles)


# --- stores that go away -------------------------------------------------------------------------------------


def slowed(run: CollectionRun, count: int, seconds: float = 0.3) -> list[str]:
    """Handles on the queue whose answers take a while, so that a store can go away in the middle."""
    handles = run.handles(count)
    run.sandbox.add_fault("*", "slow", seconds=seconds)
    run.enqueue(*handles)
    return handles


def ends_well(process: ChildProcess) -> str:
    """What the worker wrote to stderr; it ended by itself, all done."""
    _, told = process.communicate(timeout=240)
    assert process.returncode == 0, told
    return told


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_postgres_goes_away_in_the_middle_of_a_run(run: CollectionRun, stack: Settings, how: str) -> None:
    run.change(task_lease_seconds=20.0, stuck_after_seconds=5.0)
    handles = slowed(run, 50)
    process = run.worker_process(concurrency=4)
    run.wait_until(lambda: run.statuses().get("COMPLETE", 0) >= 10)
    if how == "killed":
        (postgres,) = embedded_stack.status(stack, ["postgres"])
        assert postgres.pid
        os.kill(postgres.pid, signal.SIGKILL)
    else:
        embedded_stack.stop(stack, ["postgres"])
    embedded_stack.start(stack, ["postgres"])
    ends_well(process)
    run.assert_each_observation_is_counted_once(handles)


def test_s3_goes_away_while_answers_are_archived(run: CollectionRun, stack: Settings) -> None:
    run.change(task_lease_seconds=20.0, stuck_after_seconds=5.0)
    handles = slowed(run, 80, seconds=2.0)
    process = run.worker_process(concurrency=4)
    run.wait_until(lambda: run.statuses().get("COMPLETE", 0) >= 8)
    embedded_stack.stop(stack, ["s3"])
    try:
        # Groups are committed one after the other: the one before this line is.
        run.wait_until(lambda: "the raw archive is away" in process.told())
        complete = run.statuses()["COMPLETE"]
        threading.Event().wait(2.0)
        assert run.statuses()["COMPLETE"] == complete, "nothing is committed without its raw answer"
        run.sandbox.end_faults()
    finally:
        embedded_stack.start(stack, ["s3"])
    told = ends_well(process)
    assert told.count("the raw archive is away") == 1, "said once"
    assert "the raw archive is back" in told
    run.assert_each_observation_is_counted_once(handles)
    assert run.rows("SELECT max(retry_count) AS n FROM beat.scrape_request_log")[0]["n"] == 0
    for row in run.rows("SELECT raw_object FROM beat.profile_log LIMIT 5"):
        assert run.archived(row["raw_object"]).status == 200


def test_redis_goes_away_and_nothing_stops(run: CollectionRun, stack: Settings) -> None:
    handles = slowed(run, 80, seconds=2.0)
    process = run.worker_process(concurrency=4)
    run.wait_until(lambda: run.statuses().get("COMPLETE", 0) >= 8)
    embedded_stack.stop(stack, ["redis"])
    try:
        complete = run.statuses()["COMPLETE"]
        run.wait_until(lambda: run.statuses()["COMPLETE"] > complete)
        run.sandbox.end_faults()
    finally:
        embedded_stack.start(stack, ["redis"])
    ends_well(process)
    run.assert_each_observation_is_counted_once(handles)
