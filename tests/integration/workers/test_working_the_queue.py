"""Workers over the real chain: limits, time-outs, drains, several processes."""

from __future__ import annotations

import signal
import time

import psutil
import pytest
from pydantic import SecretStr
from tests.collection_run import POSTS, PROFILES, CollectionRun

from upbeat.embedded.ports import free_ports
from upbeat.flows import FLOWS
from upbeat.queue.store import open_flows
from upbeat.records import Platform
from upbeat.stores.postgres import connect
from upbeat.workers import pool


def test_creators_are_collected_with_row_log_event_and_archived_answer(run: CollectionRun) -> None:
    handles = run.handles(30)
    run.enqueue(*handles)
    summary = run.work()
    assert (summary.complete, summary.failed, summary.by_source) == (30, 0, {"graphapi": 30})
    run.assert_each_observation_is_counted_once(handles)
    task = run.task(handles[0])
    raw = run.archived(task["data"]["raw"][0])
    assert (raw.source, raw.status, raw.params["handle"]) == ("graphapi", 200, handles[0])
    (entry,) = run.rows("SELECT * FROM beat.profile_log WHERE handle = %(handle)s", handle=handles[0])
    assert entry["raw_object"] == task["data"]["raw"][0]
    assert entry["metrics"]["followers"] == run.sandbox.creator(handles[0])["followers"]


def test_several_processes_share_the_queue_and_their_counts_add_up(run: CollectionRun) -> None:
    handles = run.handles(60)
    run.enqueue(*handles)
    lines: list[str] = []
    summary = run.work(processes=2, concurrency=4, on_progress=lines.append)
    assert (summary.complete, summary.crashed) == (60, 0)
    assert lines[0] == "starting 2 processes for 1 flow"
    assert all(line.startswith("so far: ") for line in lines[1:]), "the summary is the caller's to show, once"
    run.assert_each_observation_is_counted_once(handles)


def test_a_run_until_idle_starts_nothing_where_no_task_is_open(
    run: CollectionRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.enqueue(*run.handles(1))
    assert run.work().complete == 1
    monkeypatch.setattr(pool, "run_in_processes", lambda *args, **more: pytest.fail("processes were started"))
    lines: list[str] = []
    summary = run.work(flows=list(FLOWS), processes=None, on_progress=lines.append)
    assert (summary.ended, lines) == (
        0,
        ["nothing to do: no task of these flows is pending, waiting or being run"],
    )


def test_a_run_until_idle_has_processes_only_for_the_flows_with_open_tasks(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle)
    run.enqueue(handle, flow=POSTS)
    lines: list[str] = []
    summary = run.work(flows=list(FLOWS), processes=None, on_progress=lines.append)
    assert summary.complete == 2
    processes = FLOWS[PROFILES].processes + FLOWS[POSTS].processes
    assert lines[0] == f"starting {processes} processes for 2 flows"


def test_a_task_that_waits_or_that_somebody_runs_keeps_its_flow_open(run: CollectionRun) -> None:
    names = [(Platform.INSTAGRAM, flow.partition(".")[2]) for flow in (PROFILES, POSTS)]
    (handle,) = run.handles(1)

    def found() -> set[str]:
        with connect(run.settings) as connection:
            return {flow for _, flow in open_flows(connection, names)}

    assert found() == set()
    run.enqueue(handle)
    assert found() == {"profile_by_handle"}
    run.change(source_limits={"graphapi": "1/h"}, source_chains={PROFILES: ["graphapi"]})
    run.work(time_budget=1.0)  # the one request is spent on asking about the token
    assert run.statuses() == {"WAITING": 1}
    assert found() == {"profile_by_handle"}
    run.sandbox.add_fault("*", "timeout", handle=handle, seconds=60)
    run.enqueue(handle, flow=POSTS)
    process = run.worker_process(until_idle=False, flow=POSTS)
    try:
        run.wait_until(lambda: run.statuses().get("PROCESSING") == 1)
        assert found() == {"profile_by_handle", "posts_by_handle"}
    finally:
        process.kill()
        process.wait(timeout=240)


def test_redis_being_away_is_said_before_the_work_as_upbeat_limits_says_it(run: CollectionRun) -> None:
    run.enqueue(*run.handles(1))
    (port,) = free_ports(1)
    run.change(redis_url=SecretStr(f"redis://127.0.0.1:{port}/0"))
    lines: list[str] = []
    assert run.work(on_progress=lines.append).complete == 1
    assert "Redis does not answer" in lines[1]
    assert lines[1].endswith(": each worker keeps to its share of the caps in memory")


def test_a_second_collection_makes_a_second_log_entry_and_one_row(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle, key="first")
    run.work()
    run.sandbox.change_creator(handle, followers=4_321)
    run.enqueue(handle, key="second")
    run.work()
    (account,) = run.rows("SELECT followers_count FROM beat.instagram_account")
    assert account["followers_count"] == 4_321
    assert run.count("beat.profile_log") == 2


def test_posts_are_collected_with_their_log(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.enqueue(handle, flow=POSTS)
    assert run.work(flows=[POSTS]).complete == 1
    posts = run.count("beat.instagram_post")
    assert 0 < posts <= 25
    assert run.count("beat.post_log") == posts
    assert run.rows("SELECT count(*) AS n FROM beat.post_log WHERE raw_object IS NULL")[0]["n"] == 0


def test_throttled_tasks_give_their_slots_back_wait_and_lose_no_attempt(run: CollectionRun) -> None:
    run.change(source_limits={"graphapi": "5/s"}, source_chains={PROFILES: ["graphapi"]})
    handles = run.handles(15)
    run.enqueue(*handles)
    started = time.monotonic()
    summary = run.work(concurrency=4)
    assert summary.complete == 15
    assert summary.throttled > 0
    assert time.monotonic() - started > 1.5, "fifteen at five a second"
    assert run.rows("SELECT max(retry_count) AS n FROM beat.scrape_request_log")[0]["n"] == 0
    run.assert_each_observation_is_counted_once(handles)


def test_a_time_budget_ends_the_run_and_leaves_the_rest_on_the_queue(run: CollectionRun) -> None:
    # One of the three is spent on asking about the token.
    run.change(source_limits={"graphapi": "3/h"}, source_chains={PROFILES: ["graphapi"]})
    run.enqueue(*run.handles(60))
    started = time.monotonic()
    summary = run.work(time_budget=300.0)
    assert summary.complete == 2
    assert time.monotonic() - started < 150, "nothing is due within the budget, so nothing is waited for"
    left = run.statuses()
    assert left.pop("COMPLETE") == 2
    assert sum(left.values()) == 58
    assert set(left) == {"WAITING", "PENDING"}, (
        "the worker does not walk the whole backlog to hear no from each"
    )


def test_a_task_past_its_deadline_ends_in_timeout_and_the_run_goes_on(run: CollectionRun) -> None:
    # The deadline binds the other one too, which begins with the validation of its credential.
    run.change(task_deadline_seconds=15.0, upstream_timeout_seconds=240.0)
    slow, other = run.handles(2)
    run.sandbox.add_fault("*", "timeout", handle=slow, seconds=240)
    run.enqueue(slow, other)
    summary = run.work(time_budget=240.0)
    assert (summary.complete, summary.timeout) == (1, 1)
    assert "time limit" in run.task(slow)["data"]["error"]["message"]


def test_a_passing_error_is_repeated_and_counted(run: CollectionRun) -> None:
    (handle,) = run.handles(1)
    run.change(source_chains={PROFILES: ["lama"]})
    run.sandbox.add_fault("lama", "429", times=1, seconds=1)
    run.enqueue(handle)
    run.work(time_budget=1.0)
    waiting = run.task(handle)
    assert (waiting["status"], waiting["retry_count"]) == ("WAITING", 1)
    assert "lama" in waiting["data"]["error"]["message"]
    run.rows("UPDATE beat.scrape_request_log SET run_after = now() RETURNING id")
    import redis

    redis.Redis.from_url(run.settings.redis_dsn()).flushall()  # ends the penalty of the source
    assert run.work().complete == 1


def test_a_terminated_worker_drains_and_gives_back_what_it_cannot_end(run: CollectionRun) -> None:
    run.change(drain_seconds=1.0)
    quick, stuck = run.handles(2)
    run.sandbox.add_fault("*", "timeout", handle=stuck, seconds=60)
    run.enqueue(quick, stuck)
    process = run.worker_process(until_idle=False)
    run.wait_until(lambda: run.statuses() == {"COMPLETE": 1, "PROCESSING": 1})
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=240) == 0
    assert run.statuses() == {"COMPLETE": 1, "PENDING": 1}
    assert run.task(stuck)["retry_count"] == 0


def claim_lines(run: CollectionRun) -> int:
    """How many workers listen for notifications in this test's database."""
    return int(
        run.rows(
            "SELECT count(*) AS n FROM pg_stat_activity "
            "WHERE application_name = 'upbeat:claims' AND datname = current_database()"
        )[0]["n"]
    )


def worker_processes(parent: int) -> list[psutil.Process]:
    """The forks of the preloaded server: neither it nor what tidies up after it."""
    return [child for server in psutil.Process(parent).children() for child in server.children()]


def test_workers_whose_parent_was_killed_drain_and_end(run: CollectionRun) -> None:
    process = run.worker_process(until_idle=False, processes=2)
    run.wait_until(lambda: claim_lines(run) == 2)
    process.kill()
    process.wait(timeout=240)
    run.wait_until(lambda: claim_lines(run) == 0)


def test_a_stop_while_processes_are_still_starting_leaves_none_behind(run: CollectionRun) -> None:
    process = run.worker_process(until_idle=False, processes=3)
    parent = psutil.Process(process.pid)
    run.wait_until(
        lambda: len(parent.children(recursive=True)) >= 3
    )  # the first is no worker: it tidies up after them
    children = parent.children(recursive=True)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=240)
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert psutil.wait_procs(children, timeout=240)[1] == []
    run.wait_until(lambda: claim_lines(run) == 0)  # Postgres notices the end of a client by and by


def test_a_process_of_a_service_that_dies_is_started_again_and_its_tasks_are_run(run: CollectionRun) -> None:
    process = run.worker_process(until_idle=False, processes=2)
    try:
        run.wait_until(lambda: claim_lines(run) == 2)
        workers = worker_processes(process.pid)
        workers[0].kill()
        run.wait_until(lambda: len(set(worker_processes(process.pid)) - set(workers)) == 1)
        run.wait_until(lambda: claim_lines(run) == 2)
        run.enqueue(*run.handles(5))
        run.wait_until(lambda: run.statuses() == {"COMPLETE": 5})
    finally:
        process.terminate()
        _, told = process.communicate(timeout=240)
    assert "is started again" in told
    assert process.returncode == 1, "it says that something died"


def test_an_idle_worker_hardly_uses_the_cpu(run: CollectionRun) -> None:
    process = run.worker_process(until_idle=False)
    try:
        run.wait_until(lambda: claim_lines(run) == 1)
        time.sleep(0.5)
        watched = psutil.Process(process.pid)
        before = watched.cpu_times()
        time.sleep(2)
        after = watched.cpu_times()
        assert (after.user + after.system) - (before.user + before.system) < 0.5
    finally:
        process.terminate()
        process.wait(timeout=240)


def test_an_idle_worker_starts_at_a_notification(run: CollectionRun) -> None:
    # The slow poll, which would find the tasks too, is put off beyond the end of the test.
    rare = "from upbeat.queue import consumer; consumer.IDLE_POLL_SECONDS = 3600.0"
    process = run.worker_process(until_idle=False, before=rare)
    try:
        run.wait_until(lambda: claim_lines(run) == 1)
        time.sleep(0.5)  # it has had its first look, and sleeps
        for number, handle in enumerate(run.handles(3), 1):
            run.enqueue(handle)
            run.wait_until(lambda done=number: run.statuses() == {"COMPLETE": done})
    finally:
        process.terminate()
        process.wait(timeout=240)
