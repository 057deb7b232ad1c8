"""Processes that are killed while they pay for answers: none is lost, none that is stored is paid for again.

The long version (50 kills over 10,000 creators) takes minutes: it has the marker `chaos` and runs with `make chaos`.
"""

from __future__ import annotations

import itertools
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.child_process import ChildProcess
from tests.enrichment_chaos import POINTS, enriching_process
from tests.enrichment_run import assert_the_gate_agrees_with_the_calls, rows

from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings

PROCESSES, CONCURRENCY = 2, 5


@dataclass
class ChaosRun:
    """Two processes over the same questions, from both ends, of which one is killed after the other."""

    settings: Settings
    model: SandboxControl
    creators: int
    kills: int
    random: random.Random = field(default_factory=lambda: random.Random(7))
    killed: int = 0

    def start(self, stack: ExitStack, *, backwards: bool, failpoint: str = "") -> ChildProcess:
        process = enriching_process(
            self.settings,
            count=self.creators,
            concurrency=CONCURRENCY,
            backwards=backwards,
            failpoint=failpoint,
        )
        stack.callback(lambda: (process.kill(), process.communicate()))
        return process

    def one(self, statement: str) -> Any:
        return next(iter(rows(self.settings, statement)[0].values()))

    def stored(self) -> int:
        return int(self.one("SELECT count(*) FROM beat.llm_answer"))

    def kill_them(self) -> None:
        """Every kill is spread over the run: none comes before its share of the creators is answered."""
        ways = itertools.cycle([*POINTS, None])
        with ExitStack() as stack:
            crew: dict[bool, tuple[ChildProcess, str | None]] = {}
            while self.killed < self.kills:
                for side in (False, True):
                    if side not in crew:
                        crew[side] = self._armed(stack, side, next(ways))
                self._end_one(crew)
            for process, _ in crew.values():
                process.kill()
                process.wait(240)
            finishing = [self.start(stack, backwards=side) for side in (False, True)]
            for process in finishing:
                assert process.wait(timeout=600) == 0, process.communicate()

    def _armed(self, stack: ExitStack, side: bool, point: str | None) -> tuple[ChildProcess, str | None]:
        share = max(1, self.creators // (self.kills * 2))
        if point == "llm_repair_started":
            share = max(1, share // 50)
        failpoint = f"{point}:{self.random.randint(1, share)}" if point else ""
        return self.start(stack, backwards=side, failpoint=failpoint), point

    def _end_one(self, crew: dict[bool, tuple[ChildProcess, str | None]]) -> None:
        """Waits until a process has met its point, or kills one that has none at a moment by chance."""
        before = self.stored()
        while True:
            for side, (process, point) in list(crew.items()):
                if process.poll() is not None:
                    assert process.returncode == -signal.SIGKILL, process.communicate()
                    self.killed += 1
                    del crew[side]
                    return
                if point is None and self.stored() > before:
                    time.sleep(self.random.uniform(0, 0.2))
                    process.kill()
                    process.wait(240)
            time.sleep(0.02)


def assert_nothing_is_lost_and_nothing_stored_is_paid_again(run: ChaosRun) -> None:
    assert run.killed >= run.kills
    assert run.stored() == run.creators, "no record is lost"
    again = """SELECT count(*) FROM beat.llm_call AS call
               JOIN beat.llm_answer AS answer USING (kind, prompt_version, model, input_hash, is_sandbox)
               WHERE call.started_at > answer.answered_at"""
    assert run.one(again) == 0, "nothing that is stored is paid for again"
    assert run.one("SELECT count(*) FROM beat.llm_call WHERE status = 'started'") == 0
    lost = run.one("SELECT count(*) FROM beat.llm_call WHERE status = 'lost'")
    gone = run.one(
        "SELECT count(*) FROM beat.llm_call WHERE status = 'lost' AND problem = 'its process is gone'"
    )
    answered = run.one("SELECT count(*) FROM beat.llm_call WHERE status = 'answered'")
    # The kills, and the two processes that were ended before the last run. A slow machine's time-outs are lost, too, and no kill's.
    assert 0 < gone <= (run.killed + PROCESSES) * CONCURRENCY, "only what was in flight"
    assert answered <= run.model.completions()["total"] <= answered + lost, (
        "every call that was paid is counted"
    )
    assert_the_gate_agrees_with_the_calls(run.settings)


@pytest.fixture
def model(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(f"http://127.0.0.1:{settings.sandbox_port}", timeout=30) as control:
        control.reset_llm()
        control.set_llm(malformed_share=0.1, latency_seconds=0.005)
        yield control
        control.reset_llm()


def chaos(settings: Settings, model: SandboxControl, *, creators: int, kills: int) -> None:
    # So that the lease of a call of a killed process ends within seconds; no answer of the stand-in takes as long.
    short = settings.model_copy(update={"llm_timeout_seconds": 5.0, "llm_backoff_seconds": 1.0})
    run = ChaosRun(short, model, creators, kills)
    run.kill_them()
    assert_nothing_is_lost_and_nothing_stored_is_paid_again(run)


@pytest.mark.timeout(600)
def test_five_killed_processes_lose_nothing_and_pay_for_nothing_twice(
    settings: Settings, model: SandboxControl
) -> None:
    chaos(settings, model, creators=500, kills=5)


@pytest.mark.chaos
@pytest.mark.timeout(3_000)
def test_fifty_killed_processes_over_ten_thousand_creators_lose_nothing_and_pay_for_nothing_twice(
    settings: Settings, model: SandboxControl
) -> None:
    chaos(settings, model, creators=10_000, kills=50)
