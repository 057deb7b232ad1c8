"""Where an event spent its time: its own stamps and those of Airflow's tasks, put in one order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median, quantiles

LEGS = (
    "POST to outbox",
    "outbox to ClickHouse",
    "wait for the schedule of the build",
    "wait for the start of the build",
    "build",
    "wait for the publish",
    "publish to the API's answer",
)
PUBLISH = "sync_leaderboard_prod"
BUILDS = "dbt_"


@dataclass(slots=True)
class Event:
    """A count that was sent, and when it was where; None: it was not seen there (yet). All by the clock of one machine.

    Attributes:
        stored_at: the API had answered that it is in the outbox.
        ingested_at: its row's own time in ClickHouse.
        seen_at: an answer of the API's leaderboard showed the count.
        built_at: when that answer's row was built, as the row says.
    """

    handle: str
    followers: int
    sent_at: datetime
    stored_at: datetime
    ingested_at: datetime | None = None
    seen_at: datetime | None = None
    built_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One run of a task, as Airflow kept it.

    Attributes:
        due_at: from when on its DAG's run was to start: the moment of its cron, or of the asset's event.
        ended_at: None while it runs.
    """

    dag_id: str
    task_id: str
    pool: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None

    def ran_at(self, moment: datetime) -> bool:
        """Whether it ran then."""
        return self.started_at <= moment and (self.ended_at is None or moment <= self.ended_at)


def legs_of(event: Event, tasks: Sequence[TaskRun]) -> dict[str, float]:
    """Seconds of each of `LEGS`; they add up to the time from the POST to the answer.

    The build is the one that wrote the row that was seen; the publish is the last one that had begun by then. An event that comes while its build
    runs, and is read by it all the same, did not wait for it: no leg is negative.

    Raises:
        ValueError: the event was not seen, or no such build or publish is among the tasks.
    """
    if event.ingested_at is None or event.seen_at is None or event.built_at is None:
        raise ValueError(f"{event.handle} {event.followers}: it was not seen")
    build, publish = build_of(event, tasks), _publish_of(event, tasks)
    moments = [
        event.sent_at,
        event.stored_at,
        event.ingested_at,
        build.due_at,
        build.started_at,
        build.ended_at or event.seen_at,
        publish.started_at,
        event.seen_at,
    ]
    ordered = [moments[0]]
    for moment in moments[1:]:
        ordered.append(min(max(moment, ordered[-1]), event.seen_at))
    return {
        leg: (after - before).total_seconds()
        for leg, (before, after) in zip(LEGS, pairwise(ordered), strict=True)
    }


def build_of(event: Event, tasks: Sequence[TaskRun]) -> TaskRun:
    """The build that wrote the row that was seen. Raises `ValueError` where none ran then."""
    assert event.built_at is not None
    for task in tasks:
        if task.dag_id.startswith(BUILDS) and task.ran_at(event.built_at):
            return task
    raise ValueError(f"no task of Airflow ran at {event.built_at}, when the row of {event.handle} was built")


def _publish_of(event: Event, tasks: Sequence[TaskRun]) -> TaskRun:
    """The first step of the publish that brought the row."""
    assert event.seen_at is not None
    begun = [
        task
        for task in tasks
        if task.dag_id == PUBLISH and task.task_id == "export_to_s3" and task.started_at <= event.seen_at
    ]
    if not begun:
        raise ValueError(f"{PUBLISH} had not run when {event.handle} was seen")
    return max(begun, key=lambda task: task.started_at)


def waited_for_others(build: TaskRun, tasks: Sequence[TaskRun]) -> dict[str, float]:
    """Seconds between the moment when a build was due and its start in which another task held its pool, by DAG."""
    found: dict[str, float] = {}
    for task in tasks:
        if task.pool != build.pool or task is build or task.dag_id == build.dag_id:
            continue
        begun = max(task.started_at, build.due_at)
        ended = min(task.ended_at or build.started_at, build.started_at)
        if (seconds := (ended - begun).total_seconds()) > 0:
            found[task.dag_id] = found.get(task.dag_id, 0.0) + seconds
    return found


def typical_seconds(dag_id: str, tasks: Sequence[TaskRun]) -> float:
    """How long a DAG's tasks work in a run, by the median of its runs: their durations added up, without the waits between them.

    Raises:
        ValueError: none of its runs ended.
    """
    runs: dict[datetime, float] = {}
    for task in tasks:
        if task.dag_id == dag_id and task.ended_at is not None:
            seconds = (task.ended_at - task.started_at).total_seconds()
            runs[task.due_at] = runs.get(task.due_at, 0.0) + seconds
    if not runs:
        raise ValueError(f"{dag_id}: no run of it ended")
    return median(runs.values())


def median_p95_most(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Of at least one duration."""
    p95 = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return median(seconds), p95, max(seconds)
