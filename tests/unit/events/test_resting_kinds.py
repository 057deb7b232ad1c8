"""Which kinds the relay claims, and for how long a kind rests."""

from __future__ import annotations

import pytest

from upbeat.events.resting_kinds import LONGEST_REFUSED_SECONDS, REST_SECONDS, SMALL_BATCH, RestingKinds


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kinds(clock: Clock) -> RestingKinds:
    return RestingKinds(["quiet", "busy"], clock)


def test_a_kind_rests_a_moment_after_a_small_batch_and_not_after_a_large_one(
    kinds: RestingKinds, clock: Clock
) -> None:
    kinds.passed("quiet", 3, rest=True)
    kinds.passed("busy", SMALL_BATCH, rest=True)
    assert kinds.awake() == ["busy"]
    clock.now += REST_SECONDS
    assert kinds.awake() == ["quiet", "busy"]


def test_nothing_rests_when_all_is_to_go(kinds: RestingKinds) -> None:
    kinds.passed("quiet", 3, rest=False)
    assert kinds.awake() == ["quiet", "busy"]


def test_a_refused_kind_is_tried_at_once_and_then_after_longer_and_longer(
    kinds: RestingKinds, clock: Clock
) -> None:
    assert kinds.refused("busy", "no queue takes it")
    assert kinds.awake() == ["quiet", "busy"]
    assert kinds.any_problem() is None
    waits = []
    for _ in range(8):
        assert not kinds.refused("busy", "no queue takes it")
        assert kinds.awake() == ["quiet"], "the other kind goes on"
        start = clock.now
        while "busy" not in kinds.awake():
            clock.now += 0.25
        waits.append(clock.now - start)
    assert waits == sorted(waits)
    assert waits[0] <= 1
    assert waits[-1] == LONGEST_REFUSED_SECONDS
    assert kinds.any_problem() == "no queue takes it"


def test_what_passes_again_is_no_problem_any_more(kinds: RestingKinds) -> None:
    for _ in range(3):
        kinds.refused("busy", "no queue takes it")
    kinds.passed("busy", SMALL_BATCH, rest=True)
    assert kinds.any_problem() is None
    assert kinds.refused("busy", "no queue takes it"), "and is tried at once when it is refused anew"
