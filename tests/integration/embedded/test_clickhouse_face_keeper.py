"""An engine that crashes takes its process with it: another one answers, on the same port, with what was committed."""

from __future__ import annotations

import os
import signal
import threading
import time

import httpx
import psutil
from tests.integration.embedded.conftest import PASSWORD, USER, Face
from tests.parts_that_died import Watch
from tests.process_family import wait_until_gone

from upbeat.embedded import processes
from upbeat.embedded import stack as embedded_stack
from upbeat.settings import Settings
from upbeat.stores import clickhouse


def test_after_a_crash_under_queries_the_next_query_is_answered_with_the_committed_rows(
    own_face: Face,
) -> None:
    own_face.start()
    own_face.ask("CREATE TABLE kept (n Int64) ENGINE = MergeTree ORDER BY n")
    own_face.post("1\n2\n", query="INSERT INTO kept FORMAT TSV")
    for number in (signal.SIGSEGV, signal.SIGKILL):
        broken: list[bool] = []
        running = [threading.Thread(target=_ask_for_ever, args=(own_face, broken)) for _ in range(4)]
        for thread in running:
            thread.start()
        while int(own_face.ask("SELECT count() FROM system.processes")) < 5:
            time.sleep(0.02)
        crashed = own_face.engine
        crashed.send_signal(number)
        wait_until_gone(crashed.pid)
        assert own_face.ask("SELECT groupArray(n) FROM (SELECT n FROM kept ORDER BY n)") == "[1,2]"
        for thread in running:
            thread.join()
        assert broken == [True] * 4
        assert own_face.engine.pid != crashed.pid
    log = (own_face.folder / "log").read_text()
    assert log.count("clickhouse_engine_died") == 2
    assert '"ended": "SIGSEGV"' in log
    assert "Fatal Python error: Segmentation fault" in log, (
        "with a trace of its threads, and not five minutes later"
    )
    assert own_face.stop() == 0
    assert "clickhouse_face_stopped" in (own_face.folder / "log").read_text()


def _ask_for_ever(face: Face, broken: list[bool]) -> None:
    try:
        httpx.post(
            face.url, content="SELECT count() FROM numbers(1000000000000)", auth=(USER, PASSWORD), timeout=60
        )
    except httpx.TransportError:
        broken.append(True)


def test_a_killed_keeper_leaves_no_process_and_its_folder_is_free_at_once(own_face: Face) -> None:
    own_face.start()
    engine = own_face.engine
    assert own_face.stop(signal.SIGKILL) == -signal.SIGKILL
    own_face.start()  # waits for the folder, which the engine holds until its end
    assert processes.birth_mark(engine.pid) is None


def test_the_stack_sees_one_part_that_stays_through_a_crash_and_ends_whole(own_settings: Settings) -> None:
    before = embedded_stack.start(own_settings, ["clickhouse"])[-1]
    watch = Watch(own_settings)
    assert watch.look() == {}
    assert before.pid is not None
    (engine,) = psutil.Process(before.pid).children()
    os.kill(engine.pid, signal.SIGKILL)
    client = clickhouse.client(own_settings)
    assert client.query("SELECT 1").result_rows == [(1,)]
    client.close()
    (after,) = embedded_stack.status(own_settings, ["clickhouse"])
    assert (after.state, after.pid) == ("healthy", before.pid)
    assert list(watch.look()) == ["clickhouse"]
    assert watch.look() == {}
    (engine,) = psutil.Process(before.pid).children()
    assert embedded_stack.stop(own_settings, ["clickhouse"]) == ["clickhouse"]
    assert [processes.birth_mark(pid) for pid in (before.pid, engine.pid)] == [None, None]
