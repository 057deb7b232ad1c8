"""Where an event spent its time: its own stamps and those of Airflow's tasks, put in one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.leaderboard_live.legs import (
    LEGS,
    Event,
    TaskRun,
    legs_of,
    median_p95_most,
    typical_seconds,
    waited_for_others,
)
from benchmarks.leaderboard_live.report import document

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def task(dag_id: str, due: float, started: float, ended: float | None, **more: str) -> TaskRun:
    """A task by seconds after noon."""
    task_id, pool = more.get("task_id", "build"), more.get("pool", "dbt")
    return TaskRun(dag_id, task_id, pool, at(due), at(started), None if ended is None else at(ended))


def event(**more: float) -> Event:
    """Sent at noon, in ClickHouse after half a minute, built at 930 and seen at 970 seconds."""
    stamps = {"ingested_at": 30.0, "built_at": 930.0, "seen_at": 970.0} | more
    return Event("natgeo", 7, at(0), at(1), **{name: at(seconds) for name, seconds in stamps.items()})


BUILD = task("dbt_core", 900, 910, 950)
TASKS = [
    task("dbt_core", 0, 10, 20),
    task("dbt_recent_scl", 890, 895, 908),
    BUILD,
    task("sync_leaderboard_prod", 50, 51, 60, task_id="export_to_s3", pool="default_pool"),
    task("sync_leaderboard_prod", 950, 955, 960, task_id="export_to_s3", pool="default_pool"),
    task("sync_leaderboard_prod", 950, 962, 972, task_id="load_to_postgres", pool="default_pool"),
]


def test_the_legs_are_told_apart_and_add_up() -> None:
    legs = legs_of(event(), TASKS)

    assert list(legs.values()) == [1, 29, 870, 10, 40, 5, 15]
    assert list(legs) == list(LEGS)
    assert sum(legs.values()) == 970


def test_an_event_that_its_build_read_while_it_ran_did_not_wait_for_it() -> None:
    legs = legs_of(event(ingested_at=915), TASKS)

    assert legs["wait for the schedule of the build"] == 0
    assert legs["wait for the start of the build"] == 0
    assert legs["build"] == 35
    assert sum(legs.values()) == 970


def test_an_event_that_was_not_seen_has_no_legs() -> None:
    with pytest.raises(ValueError, match="natgeo 7: it was not seen"):
        legs_of(Event("natgeo", 7, at(0), at(1)), TASKS)


def test_a_row_that_no_task_built_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="no task of Airflow ran at"):
        legs_of(event(built_at=955), TASKS)


def test_who_held_the_pool_before_a_build_is_told_from_the_moment_when_it_was_due() -> None:
    assert waited_for_others(BUILD, TASKS) == {"dbt_recent_scl": 8.0}


def test_the_work_of_a_dag_is_that_of_its_tasks_without_the_waits_between_them() -> None:
    assert typical_seconds("sync_leaderboard_prod", TASKS) == (9 + 15) / 2


def test_an_event_that_was_not_seen_counts_as_old_as_it_was_when_last_looked() -> None:
    lost = Event("nasa", 8, at(0), at(1), ingested_at=at(30))

    found = document([event(), lost], TASKS, until=at(3_000))

    assert found["not_seen"] == 1
    assert found["minutes"]["longest"] == 50.0


def test_of_many_durations_the_95th_of_a_hundred_is_told() -> None:
    assert median_p95_most([float(number) for number in range(101)]) == (50.0, 95.0, 100.0)
