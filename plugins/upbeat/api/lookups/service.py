"""From a request for a profile or post to its answer: the stored row while it is fresh, else what the sources say now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from upbeat.api.lookups.desk import SQL, lookup_desk
from upbeat.api.lookups.outcomes import TaskState, problem_of_failure
from upbeat.api.lookups.schemas import Explanation, Freshness, LookupAnswer
from upbeat.api.lookups.subjects import Subject, subject_of_task
from upbeat.api.problems import ProblemError
from upbeat.api.state import ApiState, Connection
from upbeat.queue.tasks import INTERACTIVE_KEYS


async def look_up(state: ApiState, subject: Subject, *, explain: bool) -> LookupAnswer | TaskState:
    """The answer, or the task that has not ended when the caller's time is over.

    Raises:
        ProblemError: 404 for what no source knows, 502 when all failed.
        StoreUnavailableError: Postgres is away.
    """
    stored = await stored_answer(
        state, subject, explain=explain, cached=True, newer_than=state.settings.api_lookup_cache_seconds
    )
    if stored is not None:
        return stored
    desk = await state.part(lookup_desk)
    return await answer_of(state, await desk.look_up(subject), subject, explain=explain)


async def answer_of_task(state: ApiState, task_id: int, *, explain: bool) -> LookupAnswer | TaskState:
    """The answer of a look-up that was left to go on. Raises as `look_up`; 404 too for a number that is none of a look-up."""
    async with state.connection() as connection:
        row = await (
            await connection.execute(SQL["lookup_task"], {"id": task_id, "interactive": INTERACTIVE_KEYS})
        ).fetchone()
    subject = None if row is None else subject_of_task(row[0], row[1], row[2])
    if row is None or subject is None:
        raise ProblemError(404, "Not found", f"look-up {task_id}: there is none of this number")
    return await answer_of(state, TaskState(task_id, row[3], row[4]), subject, explain=explain)


async def answer_of(
    state: ApiState, task: TaskState, subject: Subject, *, explain: bool
) -> LookupAnswer | TaskState:
    """What a task in this state gives."""
    if not task.ended:
        return task
    found = await stored_answer(state, subject, explain=explain, cached=False) if task.is_stored else None
    if found is None and task.status != "COMPLETE":
        raise problem_of_failure(task, subject.key)
    if found is None:
        raise ProblemError(
            502, "Sources failed", f"{subject.key}: the source answered for another one", task_id=task.id
        )
    return found


async def stored_answer(
    state: ApiState, subject: Subject, *, explain: bool, cached: bool, newer_than: float | None = None
) -> LookupAnswer | None:
    """The current row as an answer; None where there is none, or it is `newer_than` seconds old or older."""
    async with state.connection() as connection:
        statement = SQL[subject.kind.statement].encode()
        row = await (await connection.execute(statement, {"name": subject.name})).fetchone()
        if row is None or (newer_than is not None and row[1] >= newer_than):
            return None
        found: dict[str, Any] = row[0]
        metrics = {name: found.pop(column, None) for name, column in subject.kind.metrics.items()}
        return LookupAnswer(
            data=found,
            metrics=metrics,
            freshness=Freshness(
                observed_at=found["observed_at"], age_seconds=max(0.0, row[1]), cached=cached
            ),
            explain=await _explained(connection, subject, found, metrics) if explain else None,
        )


async def _explained(
    connection: Connection, subject: Subject, found: Mapping[str, Any], metrics: Iterable[str]
) -> dict[str, Explanation]:
    """Which observation each figure is from: the newest that tells it."""
    name = "profile_id" if subject.kind.log == "profile_log" else "post_id"
    values = {"platform": found["platform"], "id": found[name], "until": found["observed_at"]}
    entries = await (await connection.execute(SQL[subject.kind.log].encode(), values)).fetchall()
    return {metric: _explanation(metric, entries) for metric in metrics}


def _explanation(metric: str, entries: Iterable[tuple[Any, ...]]) -> Explanation:
    entry = next((entry for entry in entries if entry[0].get(metric) is not None), None)
    _, source, observed_at, raw_object = entry or (None, None, None, None)
    return Explanation(formula="observed", source=source, observed_at=observed_at, raw_object=raw_object)
