"""What a worker holds, by task and by lease."""

from __future__ import annotations

from upbeat.queue.leases import HeldTasks
from upbeat.queue.tasks import Task
from upbeat.records import Platform


def task(number: int, token: str) -> Task:
    return Task(number, Platform.SHOPIFY, "orders", {}, 1, 0, None, token, None)


def test_a_lease_has_ended_when_its_last_task_is_released() -> None:
    held, one, two = HeldTasks(), task(1, "a"), task(2, "a")
    held.add([one, two])
    held.release(one)
    assert (held.tokens(), held.take_ended()) == (["a"], [])
    held.release(two)
    held.release(two)
    assert (held.tokens(), held.take_ended(), held.take_ended(), len(held)) == ([], ["a"], [], 0)


def test_a_task_claimed_anew_takes_the_place_of_its_lost_claim() -> None:
    held, before, after = HeldTasks(), task(1, "a"), task(1, "b")
    held.add([before])
    held.add([after])
    assert (held.holds(before), held.holds(after)) == (False, True)
    held.release(before)
    assert (held.tokens(), held.take_ended()) == (["b"], ["a"])


def test_lost_leases_take_their_tasks_with_them() -> None:
    held, mine, lost = HeldTasks(), task(1, "a"), task(2, "b")
    held.add([mine, lost])
    assert held.lose({"b", "unknown"}) == [lost]
    assert (held.tasks(), held.tokens()) == ([mine], ["a"])


def test_the_lease_of_a_broken_task_is_left_to_run_out() -> None:
    held, broken, well = HeldTasks(), task(1, "a"), task(2, "a")
    held.add([broken, well])
    held.release(broken, broken=True)
    assert held.tokens() == ["a"]
    held.release(well)
    assert (held.tokens(), held.take_ended(), len(held)) == ([], [], 0)
