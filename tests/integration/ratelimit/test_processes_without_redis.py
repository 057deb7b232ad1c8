"""Redis is killed under several worker processes: none of them raises, and the fleet's total stays within the caps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.ratelimit.worker_process import LONG, SHORT

from upbeat.ratelimit import Limit

if TYPE_CHECKING:
    from tests.integration.ratelimit.conftest import RedisProcess

WORKER = Path(__file__).with_name("worker_process.py")
WORKERS = 4
BEFORE, AWAY, AFTER = 4.0, 7.0, 7.0


def test_redis_killed_under_four_processes_costs_no_exception_and_opens_no_cap(
    own_redis: RedisProcess,
) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, str(WORKER), own_redis.url, str(WORKERS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(WORKERS)
    ]
    try:
        all_go_on_after("ready", workers)
        time.sleep(BEFORE)
        all_tell("asks", workers)
        own_redis.kill()
        gone = time.monotonic()
        time.sleep(AWAY)
        back = time.monotonic()
        own_redis.start()
        time.sleep(AFTER)
        all_go_on(workers)
        all_go_on_after("ended", workers)
        ended = [worker.communicate(timeout=240) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    for worker, (_, said) in zip(workers, ended, strict=True):
        assert worker.returncode == 0, said
        assert "Traceback" not in said
        assert said.count("fall back to memory") == said.count("shared in Redis again") == 1, said
    told = [json.loads(out) for out, _ in ended]
    for one in told:
        assert {"shared", "alone"} <= set(one["modes"]), "Redis was not missed: the test has shown nothing"
        assert one["live_workers"] == WORKERS
    spans = sorted(tuple(span) for one in told for span in one["spans"])
    for limit in (LONG, SHORT):
        assert_within_the_cap(spans, limit)
    before, alone, after = (
        sum(first <= asked < last for asked, _ in spans)
        for first, last in ((0, gone), (gone, back), (back, float("inf")))
    )
    assert before >= LONG.amount - LONG.amount // 4
    assert alone >= LONG.amount // 2, "requests stopped without Redis"
    assert after >= LONG.amount // 2, "requests stopped after its return"


def all_go_on_after(step: str, workers: list[subprocess.Popen[str]]) -> None:
    all_tell(step, workers)
    all_go_on(workers)


def all_tell(step: str, workers: list[subprocess.Popen[str]]) -> None:
    assert {worker.stdout.readline() for worker in workers if worker.stdout} == {f"{step}\n"}


def all_go_on(workers: list[subprocess.Popen[str]]) -> None:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()


def assert_within_the_cap(spans: list[tuple[float, ...]], limit: Limit) -> None:
    """A grant happened between its question and its answer: N + 1 of them must span at least the period."""
    for first, last in zip(spans, spans[limit.amount :], strict=False):
        assert last[1] - first[0] >= limit.per_seconds - 0.002
