"""When a worker stops walking through a backlog that a limit of ours holds back."""

from __future__ import annotations

from upbeat.workers.throttle_pause import ThrottlePause


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_single_refusals_do_not_stop_the_flow() -> None:
    pause = ThrottlePause(Clock(), refusals=3)
    for _ in range(10):
        pause.refused(60)
        pause.refused(60)
        pause.passed()
    assert pause.seconds_left == 0


def test_refusals_in_a_row_pause_the_flow_for_the_shortest_wait() -> None:
    clock = Clock()
    pause = ThrottlePause(clock, refusals=3)
    for wait in (60, 5, 30):
        pause.refused(wait)
    assert pause.seconds_left == 5
    clock.now += 5
    assert pause.seconds_left == 0


def test_a_task_that_goes_through_ends_the_pause() -> None:
    pause = ThrottlePause(Clock(), refusals=1)
    pause.refused(60)
    pause.passed()
    assert pause.seconds_left == 0
