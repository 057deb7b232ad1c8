"""Several plans by one process: what one does keeps none of the others, and nobody waits for a store that is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import cast

import pytest

from upbeat.errors import StoreUnavailableError, VerificationError
from upbeat.sync.load import LoadReport
from upbeat.sync.plan import Plan, load_plans
from upbeat.sync.publish_plans import AT_ONCE, GIVE_UP_AFTER, Outcome, publish_plans

PLANS = load_plans()[:8]


def outcomes(publish: Callable[[Plan], LoadReport]) -> dict[str, tuple[str, str | None]]:
    """What became of each plan: its status, and its error where it has one."""
    told: dict[str, tuple[str, str | None]] = {}
    for one in publish_plans(PLANS, publish):
        if one.unpublished:
            told[one.plan] = (str(one.unpublished["status"]), one.unpublished["error"])
        elif one.report:
            told[one.plan] = (str(one.report["status"]), None)
    return told


def published(plan: Plan) -> LoadReport:
    return cast(LoadReport, {"plan": plan.name, "status": "published"})


def test_every_plan_is_published_once_and_never_more_at_once_than_said() -> None:
    running, most, lock = set[str](), 0, threading.Lock()
    together = threading.Barrier(AT_ONCE, timeout=240)

    def publish(plan: Plan) -> LoadReport:
        nonlocal most
        with lock:
            running.add(plan.name)
            most = max(most, len(running))
        together.wait()  # so many are under way at once, or this breaks
        with lock:
            running.remove(plan.name)
        return published(plan)

    assert outcomes(publish) == {plan.name: ("published", None) for plan in PLANS}
    assert most == AT_ONCE


def test_a_plan_that_is_refused_keeps_none_of_the_others() -> None:
    def publish(plan: Plan) -> LoadReport:
        if plan in PLANS[::2]:
            raise VerificationError(f"{plan.name}: 0 rows")
        return published(plan)

    told = outcomes(publish)
    assert told[PLANS[0].name] == ("failed", f"{PLANS[0].name}: 0 rows")
    assert [status for status, _ in told.values()].count("published") == len(PLANS[1::2])


def test_the_rest_is_not_tried_where_a_store_is_away_for_several_in_a_row() -> None:
    asked: list[str] = []

    def publish(plan: Plan) -> LoadReport:
        asked.append(plan.name)
        raise StoreUnavailableError("Postgres is away")

    told = outcomes(publish)
    # Those under way when the last of the row fails have begun already.
    assert GIVE_UP_AFTER <= len(asked) <= GIVE_UP_AFTER + AT_ONCE
    assert set(told) == {plan.name for plan in PLANS}
    assert {name for name, (status, _) in told.items() if status == "failed"} == set(asked)
    assert {error for status, error in told.values() if status == "not tried"} == {
        f"{plan.name}: not tried, since a store is away" for plan in PLANS if plan.name not in asked
    }


def test_a_store_that_failed_one_plan_keeps_none_of_the_others() -> None:
    def publish(plan: Plan) -> LoadReport:
        if plan in PLANS[::2]:
            raise StoreUnavailableError("the export did not pass")
        return published(plan)

    assert {status for status, _ in outcomes(publish).values()} == {"failed", "published"}


def test_a_fault_of_the_program_is_raised_and_no_other_plan_begins() -> None:
    asked: list[str] = []

    def publish(plan: Plan) -> LoadReport:
        asked.append(plan.name)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outcomes(publish)
    assert len(asked) < len(PLANS)


def test_who_stops_asking_lets_those_under_way_end_and_no_other_begin() -> None:
    begun, ended = list[str](), list[str]()
    go_on = threading.Event()

    def publish(plan: Plan) -> LoadReport:
        begun.append(plan.name)
        if plan is not PLANS[0]:
            go_on.wait(240)
        ended.append(plan.name)
        return published(plan)

    told = cast("Generator[Outcome]", publish_plans(PLANS, publish))
    assert next(told).plan == PLANS[0].name
    later = threading.Timer(0.5, go_on.set)
    later.start()
    told.close()
    assert sorted(ended) == sorted(begun)
    assert len(begun) <= 1 + AT_ONCE
    later.join()
